"""All causes that start from an act on a meter and look at older months, for one part.

Not here: tampering, which adds to the bill without looking at one (`tampering.py`); the arithmetic of each cause.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Final, NamedTuple

import polars as pl

from pipeline.domain.recalculation import by_register, by_substitute, inspection, lapse
from pipeline.domain.recalculation.act_proposals import PROPOSED, Found, Of
from pipeline.domain.recalculation.standing import as_they_stand
from pipeline.rules.recalculation_by_register import ByRegisterRules
from pipeline.rules.recalculation_by_substitute import BySubstituteRules
from pipeline.rules.recalculation_inspection import InspectionRules

#: Which returned acts stay open: kind_code and the fields that a later month may tell.
OPEN: Final = {
    inspection.CAUSE: inspection.OPEN_FIELDS, by_substitute.METER_FAILED: by_substitute.OPEN_FIELDS,
    by_substitute.DISMANTLING: by_substitute.OPEN_FIELDS,
}


class ActRules(NamedTuple):
    """Rules of all these causes."""

    inspection: InspectionRules
    by_register: ByRegisterRules
    by_substitute: BySubstituteRules


class Ground(NamedTuple):
    """Of the accounts concerned, inside shapes: METER_ACTS to look at, all their METER_ACTS, METERS, until when
    registers of those checked were worth nothing (`metering/soundness.py`), readings of all months (inspection.SEEN),
    live lines (act_proposals.BILLED), proposals of older runs (act_proposals.PROPOSED), what is due in months after a
    meter ceased to count (by_substitute.SUBSTITUTE); contracts.
    """

    acts: pl.DataFrame
    history: pl.DataFrame
    meters: pl.DataFrame
    spoilt: pl.DataFrame
    readings: pl.DataFrame
    lines: pl.DataFrame
    earlier: pl.DataFrame
    due: pl.DataFrame
    contracts: pl.DataFrame


class Told(NamedTuple):
    """Which acts of a part are told now: ids that the cycle brought, ids that the month before could not compute,
    accounts whose months by norm a register has told in this run."""

    new_ids: pl.Series
    open_ids: pl.Series
    read_accounts: pl.Series


def looked_at(acts: pl.DataFrame, told: Told, *, rules: ActRules, month: date) -> pl.DataFrame:
    """METER_ACTS that a month looks at: checks of the month itself, and older acts that are told now; acts from which a
    meter counts also when a register has told months by norm."""
    is_told = pl.col("event_id").is_in(pl.concat([told.new_ids, told.open_ids]).implode())
    of_month = pl.col("effective_from").dt.month_start()
    is_check = (pl.col("act_code") == inspection.ACT) & pl.col("value_e7").is_not_null()
    first = pl.lit(month).dt.offset_by(f"-{rules.by_register.months_max}mo")
    counts = pl.col("act_code").is_in(list(by_register.CAUSE_OF)) & (pl.col("effective_from") >= first)
    is_read = pl.col("account_id").is_in(told.read_accounts.implode())
    return acts.filter(
        (is_check & ((of_month == month) | (is_told & (of_month < month)))) | (counts & (is_told | is_read))
        | is_told & ceased(month=month, rules=rules)
    )


def ceased(*, month: date, rules: ActRules) -> pl.Expr:
    """Whether an act says that a meter ceased to count in a month before this one, not too long ago."""
    first = pl.lit(month).dt.offset_by(f"-{rules.by_substitute.months_max}mo")
    return (
        pl.col("act_code").is_in(list(by_substitute.CAUSE_OF)) & (pl.col("effective_from") < month)
        & (pl.col("effective_from") >= first)
    )


def by_acts(
    ground: Ground, known: pl.DataFrame, decide: Callable[[pl.DataFrame], pl.DataFrame], *, rules: ActRules, of: Of
) -> Found:
    """What these acts change. `known`: proposals of the month before as they stand and all that this run has made so
    far; of one proposal they come before what older runs said. `decide`: what persons decided of new ones, each cause
    reads it of the causes before."""
    earlier = as_they_stand(ground.earlier, known, ground.acts["account_id"])
    acts, history, meters, spoilt, readings, lines, _, due, contracts = ground
    counting = by_register.by_register(
        by_register.Counting(acts, history, meters, readings, lines, earlier, contracts),
        rules=rules.by_register, of=of,
    )
    counting = counting._replace(proposals=decide(counting.proposals))
    corrected = pl.concat([earlier, counting.proposals.select(PROPOSED)])
    checked = inspection.inspections(
        inspection.Checks(acts, meters, spoilt, readings, lines, corrected, contracts), rules=rules.inspection, of=of
    )
    checked = checked._replace(proposals=decide(checked.proposals))
    corrected = pl.concat([corrected, checked.proposals.select(PROPOSED)])
    ceasing = by_substitute.by_substitute(
        by_substitute.Substituted(acts, meters, due, lines, corrected, contracts), rules=rules.by_substitute, of=of
    )
    ceasing = ceasing._replace(proposals=decide(ceasing.proposals))
    back = lapse.restored(acts, earlier, contracts, rules=rules.by_substitute, of=of)
    back = back._replace(proposals=decide(back.proposals))
    return Found(*(pl.concat(rows) for rows in zip(counting, checked, ceasing, back, strict=True)))
