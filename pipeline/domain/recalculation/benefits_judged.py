"""Benefits as they are told: which are sound, which go back with the field and the reason, which months they reach.

A benefit is told anew when it ends or changes: of one account, person, code and first day the latest telling counts,
the same terms told twice count once. Not here: what they change (`benefits.py`).
"""

from __future__ import annotations

from datetime import date
from typing import Final

import polars as pl

from pipeline.contracts.recalculation_events import BENEFITS
from pipeline.domain.recalculation.applications import Fault, answer_due, faulty, on_day, returned
from pipeline.rules.recalculation_benefits import BenefitRules

KIND: Final = "benefit"
_SAME: Final = ("account_id", "person_id", "benefit_code", "effective_from")
_TERMS: Final = ("effective_to", "percent_e7", "month_sum_kop", "covers_code", "residents")
#: A fault that leaves the rest of the benefit standing.
_PARTIAL: Final = "too_late"
_WHOLE_E7: Final = 100 * 10**7


def judged(benefits: pl.DataFrame, *, rules: BenefitRules) -> tuple[pl.DataFrame, pl.DataFrame]:
    """BENEFITS that can be counted, with `replaces`, ids of earlier tellings of the same, and `faulty` rows."""
    faults = faulty(benefits, _faults(rules))
    fatal = faults.filter(pl.col("reason_code") != _PARTIAL)
    told = benefits.join(fatal, on="event_id", how="anti").sort("registered_at", "event_id").with_columns(
        is_repeat=~pl.struct(*_SAME, *_TERMS).is_first_distinct()
    )
    again = faulty(told, [Fault("effective_from", "told_already", pl.col("is_repeat"))])
    single = told.filter(~pl.col("is_repeat"))
    replaced = single.group_by(_SAME).agg(replaces=pl.col("event_id").slice(0, pl.len() - 1))
    sound = single.unique(_SAME, keep="last", maintain_order=True).join(
        replaced, on=_SAME, how="left", maintain_order="left"
    )
    return sound.select(*BENEFITS.inside_names, "replaces"), pl.concat([faults, again])


def months(sound: pl.DataFrame, *, rules: BenefitRules, month: date) -> pl.DataFrame:
    """Sound benefits × `charge_month` up to `month`: `days` that are covered, as far back as the rules go, and
    `days_after` its end."""
    first = pl.max_horizontal("effective_from", on_day("registered_at").dt.offset_by(f"-{rules.back_months_max}mo"))
    begins, ends = pl.col("charge_month"), pl.col("charge_month").dt.month_end()
    last = pl.min_horizontal(ends, pl.col("effective_to").fill_null(pl.date(9999, 1, 1)))
    days = (last - pl.max_horizontal(begins, pl.col("first_on"))).dt.total_days() + 1
    after = (ends - pl.max_horizontal(begins.dt.offset_by("-1d"), "effective_to")).dt.total_days()
    return (
        sound.with_columns(first_on=first)
        .with_columns(charge_month=pl.date_ranges(pl.col("first_on").dt.month_start(), pl.lit(month), interval="1mo"))
        .explode("charge_month", empty_as_null=True).drop_nulls("charge_month")
        .with_columns(days=days.clip(lower_bound=0),
                      days_after=pl.when(pl.col("effective_to").is_null()).then(0).otherwise(after.clip(0)))
        .sort("event_id", "charge_month")
    )


def counted(reached: pl.DataFrame, new_ids: pl.Series, *, rules: BenefitRules, month: date) -> pl.DataFrame:
    """Months to be looked at: all of a benefit that this cycle brought, this month of one that is still followed."""
    is_new = pl.col("event_id").is_in(new_ids.implode())
    told = on_day("registered_at").dt.month_start()
    is_followed = told.dt.offset_by(f"{rules.follow_months}mo") >= pl.lit(month)
    return reached.filter(is_new | (is_followed & (pl.col("charge_month") == month)))


def back(faults: pl.DataFrame, *, rules: BenefitRules, working_days: pl.Series) -> pl.DataFrame:
    """RETURNED_APPLICATIONS rows of `faulty` ones."""
    return returned(faults, KIND, answer_due("registered_at", rules.answer_working_days, working_days))


def _faults(rules: BenefitRules) -> list[Fault]:
    begun, over, percent = pl.col("effective_from"), pl.col("effective_to"), pl.col("percent_e7")
    has_both = percent.is_not_null() & pl.col("month_sum_kop").is_not_null()
    is_out = ~percent.is_between(1, _WHOLE_E7)
    is_late = begun.dt.offset_by(f"{rules.back_months_max}mo") < on_day("registered_at")
    is_ended = over.is_not_null()
    return [
        Fault("status_code", "not_confirmed", pl.col("status_code") == "not_confirmed"),
        *(Fault(field, "missing", pl.col(field).is_null())
          for field in ("effective_from", "person_id", "evidence", "residents")),
        Fault("residents", "wrong", pl.col("residents") < 1),
        Fault("percent", "missing", percent.is_null() & pl.col("month_sum_kop").is_null()),
        Fault("percent", "wrong", has_both | is_out),
        Fault("effective_to", "runs_backwards", over < begun),
        Fault("benefit_code", "paid_as_money", pl.col("benefit_code").is_in(list(rules.paid_as_money_codes))),
        Fault("effective_from", _PARTIAL, is_late & ~is_ended),
    ]
