"""What applications and acts change in one part: proposals of reductions, and what goes back because nothing is due.

An event counts in the month that it reaches, for every month billed by then; later months of it are looked at as they
are billed. What has been proposed for it stays.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import polars as pl

from pipeline.contracts.recalculation import RETURNED_APPLICATIONS
from pipeline.domain.recalculation import absence, quality
from pipeline.domain.recalculation.applications import Fault, answer_due, faulty, returned
from pipeline.domain.recalculation.fees import fees
from pipeline.domain.recalculation.reductions import proposals
from pipeline.rules.recalculation_absence import AbsenceRules
from pipeline.rules.recalculation_quality import QualityRules


class Applications(NamedTuple):
    """Of one part, inside shapes: sound absences of accounts that one concerns, their months (`months_away`), sound
    acts `everywhere` and the accounts that they concern (account_id, where), ids of the events that this cycle brought,
    lines billed to these accounts since (fees.BILLED_LINE), what earlier runs proposed for them (fees.EARLIER),
    contracts."""

    absences: pl.DataFrame
    away: pl.DataFrame
    acts: pl.DataFrame
    places: pl.DataFrame
    new_ids: pl.Series
    lines: pl.DataFrame
    earlier: pl.DataFrame
    contracts: pl.DataFrame


class Terms(NamedTuple):
    """By what applications are judged and computed."""

    absence: AbsenceRules
    quality: QualityRules
    working_days: pl.Series


def touches(begun: pl.Expr, over: pl.Expr, month: date) -> pl.Expr:
    """Whether the days of an event touch a month; `month` is its first day."""
    first = pl.lit(month)
    return (begun < first.dt.offset_by("1mo")) & (over >= first)


def applied(
    told: Applications, terms: Terms, *, book_id: str, month: date, lands_in_month: date
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """RECALCULATIONS rows and RETURNED_APPLICATIONS rows, inside shape, of one part."""
    ground = fees(told.lines, told.earlier)
    is_counted = _is_counted(told.new_ids, month)
    found_away = absence.reductions(
        told.away.filter(is_counted), ground, rules=terms.absence, working_days=terms.working_days
    )
    brought = quality.counted(told.acts, told.places, rules=terms.quality)
    found_bad = quality.reductions(brought, ground, rules=terms.quality, working_days=terms.working_days)
    wanted = pl.concat([found_away, found_bad]).filter(is_counted, pl.col("wanted_kop") > 0)
    new = proposals(
        wanted, ground, told.earlier, told.contracts,
        book_id=book_id, month=month, lands_in_month=lands_in_month,
    )
    proposed = pl.concat([new["event_id"], told.earlier["event_id"]]).unique()
    acts = _concluded(told.acts, quality.months(told.acts), told.new_ids, month)
    back = [
        _absences_back(told, ground, found_away, proposed, terms, month),
        quality.unanswered(
            acts, brought.join(acts, on="event_id", how="semi"), found_bad.filter(is_counted), proposed,
            rules=terms.quality, working_days=terms.working_days,
        ),
    ]
    return new, pl.concat(back).select(RETURNED_APPLICATIONS.inside_names)


def _is_counted(new_ids: pl.Series, month: date) -> pl.Expr:
    is_new = pl.col("event_id").is_in(new_ids.implode())
    return (is_new & (pl.col("charge_month") <= month)) | (pl.col("charge_month") == month)


def _concluded(events: pl.DataFrame, months: pl.DataFrame, new_ids: pl.Series, month: date) -> pl.DataFrame:
    """Events whose last month is billed now, or was before they came."""
    last = months.group_by("event_id").agg(last=pl.col("charge_month").max())
    is_new = pl.col("event_id").is_in(new_ids.implode())
    over = last.filter((pl.col("last") == month) | (is_new & (pl.col("last") <= month)))
    return events.join(over, on="event_id", how="semi")


def _absences_back(
    told: Applications, ground: pl.DataFrame, found: pl.DataFrame, proposed: pl.Series, terms: Terms, month: date
) -> pl.DataFrame:
    """Applications that leave nothing to recalculate: all their days count already, no such service is billed, or
    nothing of it is left. One without an act about meters has gone back for that."""
    away = told.away
    over = _concluded(away, away, told.new_ids, month).filter(pl.col("no_meter_act").is_not_null())
    is_new = pl.col("event_id").is_in(told.new_ids.implode())
    again = told.absences.filter(is_new).join(away, on="event_id", how="anti").with_columns(
        from_on="effective_from", to_on="effective_to"
    )
    faults = pl.concat([
        absence.unanswered(over, ground, found, proposed, rules=terms.absence),
        faulty(again, [Fault("effective_from", "nothing_to_recalculate", pl.lit(True))]),
    ])
    due = answer_due("registered_at", terms.absence.answer_working_days, terms.working_days)
    return returned(faults, absence.KIND, due)
