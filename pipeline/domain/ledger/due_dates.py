"""When a billing document is to be paid.

    nominal due date = due day of the month after the billed one               ЖК РФ, ст. 155, ч. 1
    lateness         = max(0, delivered − deadline day of that same month)     ЖК РФ, ст. 155, ч. 2; ГК РФ, ст. 406
    due_on           = nominal due date + lateness, then to a working day      ГК РФ, ст. 193

The day itself is still in time; overdue day 1 is the day after. Days are chosen by the nominal due *month*, so that
documents for February 2026 already fall due on the 15th (see `due_day` in rules/ledger.yaml). The deadline of delivery
is not moved from a day off: the shorter reading is the better one for the payer.
"""

from __future__ import annotations

from typing import TypeVar

import polars as pl

from pipeline.rules.in_force import IntegerSteps, YesNoSteps
from pipeline.rules.ledger import DueDateRules

Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)

_DUE_MONTH = "_due_month"
_UNSHIFTED = "_unshifted_due_on"


def with_due_on(documents: Frame, working_days: pl.DataFrame | pl.LazyFrame, *, rules: DueDateRules) -> Frame:
    """Documents with `due_on` (Date); a `due_on` that they had is replaced.

    documents: billing_month (Date, first day), and delivered_on (Date, null = in time) where the feed has it.
    working_days: (date, next_working_day), see `rules.calendar.WorkingCalendar.working_days`.

    `due_on` is null when no due day is in force in the due month or the working calendar does not reach so far; the
    contract of `due_on` refuses it. Row order is kept.
    """
    dated = documents.lazy().pipe(_with_due_month).pipe(_with_unshifted_due_on, rules)
    shifted = dated.pipe(_with_working_due_on, working_days.lazy(), rules).drop(_DUE_MONTH, _UNSHIFTED)
    return shifted if isinstance(documents, pl.LazyFrame) else shifted.collect()


def _with_due_month(documents: pl.LazyFrame) -> pl.LazyFrame:
    return documents.with_columns(pl.col("billing_month").dt.offset_by("1mo").alias(_DUE_MONTH))


def _with_unshifted_due_on(documents: pl.LazyFrame, rules: DueDateRules) -> pl.LazyFrame:
    nominal = _day_of(rules.due_days)
    if "delivered_on" not in documents.collect_schema():
        return documents.with_columns(nominal.alias(_UNSHIFTED))
    late_by = (pl.col("delivered_on") - _day_of(rules.delivery_deadline_days)).dt.total_days()
    lateness = pl.max_horizontal(late_by, pl.lit(0, dtype=pl.Int64)).fill_null(0)
    moved = pl.when(_in_force(rules.late_delivery_moves_due_day)).then(lateness).otherwise(0)
    return documents.with_columns((nominal + pl.duration(days=moved)).alias(_UNSHIFTED))


def _with_working_due_on(documents: pl.LazyFrame, working_days: pl.LazyFrame, rules: DueDateRules) -> pl.LazyFrame:
    calendar = working_days.select(pl.col("date").alias(_UNSHIFTED), "next_working_day")
    is_shifted = _in_force(rules.shift_due_day)
    due_on = pl.when(is_shifted).then("next_working_day").otherwise(_UNSHIFTED)
    return (
        documents.join(calendar, on=_UNSHIFTED, how="left", maintain_order="left", validate="m:1")
        .with_columns(due_on=due_on)
        .drop("next_working_day")
    )


def _day_of(steps: IntegerSteps) -> pl.Expr:
    """The day of the due month that a dated parameter names; days 1 to 28 are in every month."""
    month = pl.col(_DUE_MONTH)
    return pl.date(month.dt.year(), month.dt.month(), _in_force(steps))


def _in_force(steps: IntegerSteps | YesNoSteps) -> pl.Expr:
    """The value in force on the first day of the due month; null before the first and after an end."""
    value = pl.lit(None)
    for valid_from, of_step in steps:
        value = pl.when(pl.col(_DUE_MONTH) >= pl.lit(valid_from)).then(pl.lit(of_step)).otherwise(value)
    return value
