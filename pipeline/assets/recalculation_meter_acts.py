"""What acts on meters that look at older months need of the book: which are looked at, what was read and billed to
their accounts. Older lines are read once, by document; where nobody acted, nothing is read. Arithmetic:
`domain/recalculation/by_acts.py`.
"""

from __future__ import annotations

from datetime import date
from typing import Final, NamedTuple

import polars as pl

from pipeline.assets.metering_inputs import METER_ACTS_HERE
from pipeline.assets.older_lines import documents_in_force, lines_of, stage_lines
from pipeline.assets.recalculation_substitutes import DueRules, due_after, due_rules
from pipeline.billing_month import BillingMonth
from pipeline.contracts import billing, registers
from pipeline.contracts.meter_acts import METER_ACTS
from pipeline.contracts.metering import CONSUMPTION, UNCONFIRMED_CHARGES
from pipeline.contracts.recalculation import RECALCULATIONS, RETURNED_APPLICATIONS
from pipeline.contracts.substitution import SUBSTITUTE_VOLUMES
from pipeline.domain.metering.soundness import spoilt
from pipeline.domain.recalculation import by_acts, inspection
from pipeline.domain.recalculation.act_proposals import BILLED, PROPOSED
from pipeline.domain.recalculation.by_substitute import SUBSTITUTE
from pipeline.domain.recalculation.inspection import SEEN
from pipeline.domain.recalculation.true_up import CREDITOR
from pipeline.rules.recalculation_by_register import ByRegisterRules
from pipeline.rules.recalculation_by_substitute import BySubstituteRules
from pipeline.rules.recalculation_inspection import InspectionRules
from pipeline.storage.parts import WHOLE
from pipeline.storage.run import MonthRun
from pipeline.storage.staging import NEW_METER_ACTS

#: Staged by part, for the room and its checks: acts looked at; readings, live lines and older proposals of their
#: accounts.
ACTS_LOOKED_AT: Final = "acts_looked_at"
READINGS_OF_ACTS: Final = "readings_of_acts"
LINES_OF_ACTS: Final = "lines_of_acts"
PROPOSALS_OF_ACTS: Final = "proposals_of_acts"
DUE_BY_ACTS: Final = "due_by_acts"
NOTHING: Final = {
    ACTS_LOOKED_AT: METER_ACTS.empty_inside(), READINGS_OF_ACTS: CONSUMPTION.empty_inside().select(SEEN),
    LINES_OF_ACTS: billing.CHARGES.empty_inside().select(BILLED),
    PROPOSALS_OF_ACTS: RECALCULATIONS.empty_inside().select(PROPOSED),
    DUE_BY_ACTS: SUBSTITUTE_VOLUMES.empty_inside().select(SUBSTITUTE),
}


class _Asked(NamedTuple):
    """What one part asks of older months: accounts, and the first month."""

    account_ids: pl.Series
    first: date


def act_rules(run: MonthRun) -> by_acts.ActRules:
    """Rules of all causes that start from an act and look at older months."""
    on = run.month.first_day
    return by_acts.ActRules(
        InspectionRules.in_force(run.rule_book, on), ByRegisterRules.in_force(run.rule_book, on),
        BySubstituteRules.in_force(run.rule_book, on),
    )


def stage_acts(run: MonthRun, rules: by_acts.ActRules) -> None:
    """Stage what the acts that this month looks at need; nothing is read where there are none."""
    if run.register(METER_ACTS).is_empty():
        for part in run.parts:
            _stage_nothing(run, part)
        return
    asked = run.map_parts(asked_of_part, rules=rules, of_due=due_rules(run, rules.by_substitute.months_max))
    if not any(asked):
        return
    found = run.map_parts(documents_of_acts, first=min(one.first for one in asked if one is not None))
    stage_lines(run, LINES_OF_ACTS, found, BILLED)
    for part, one in zip(run.parts, asked, strict=True):
        if one is not None:
            _stage_billed(run, part, one)


def asked_of_part(run: MonthRun, part: str, *, rules: by_acts.ActRules, of_due: DueRules) -> _Asked | None:
    """Stage the acts that the part looks at and the readings of their accounts."""
    _stage_nothing(run, part)
    every, month = run.read_staged(METER_ACTS_HERE, part), run.month.first_day
    if every.is_empty():
        return None
    acts = by_acts.looked_at(every, _told(run, part), rules=rules, month=month)
    if acts.is_empty():
        return None
    ids = acts["account_id"].unique().sort()
    of_these = pl.col("account_id").is_in(ids.implode())
    since = BillingMonth.of(acts.select(pl.col("effective_from").min()).item()).previous
    older = run.state.keyed(CONSUMPTION, _until_state(run, since), part=part, columns=SEEN, account_ids=ids)
    now = run.read(CONSUMPTION, part, columns=["account_id", *SEEN]).filter(of_these).select(SEEN)
    readings = pl.concat([older, now]).unique("reading_id", keep="last", maintain_order=True).sort("reading_id")
    run.write_staged(ACTS_LOOKED_AT, part, acts.sort("event_id"))
    run.write_staged(READINGS_OF_ACTS, part, readings)
    ceased = acts.filter(by_acts.ceased(month=month, rules=rules))
    run.write_staged(DUE_BY_ACTS, part, due_after(run, part, ceased, of_due))
    first = readings.join(acts, on="meter_id", how="semi").select(pl.col("previous_read_on").min()).item()
    return _Asked(ids, min(first or since.first_day, since.first_day).replace(day=1))


def documents_of_acts(run: MonthRun, part: str, *, first: date) -> pl.DataFrame:
    """Documents in force of older months for the accounts whose acts the part looks at."""
    ids = run.read_staged(ACTS_LOOKED_AT, part)["account_id"].unique()
    return documents_in_force(run, part, ids, _until_state(run, BillingMonth.of(first)))


def ground_of(run: MonthRun, part: str) -> by_acts.Ground | None:
    """What one part looks at; None where no act is."""
    acts = run.read_staged(ACTS_LOOKED_AT, part)
    if acts.is_empty():
        return None
    of_these = pl.col("account_id").is_in(acts["account_id"].unique().implode())
    history = run.read_staged(METER_ACTS_HERE, part).filter(of_these)
    meters = run.register(registers.METERS, part).filter(of_these)
    checked_on = acts.filter(pl.col("act_code") == inspection.ACT)["effective_from"].unique().sort()
    return by_acts.Ground(
        acts=acts, history=history, meters=meters, spoilt=spoilt(meters, history, checked_on),
        readings=run.read_staged(READINGS_OF_ACTS, part), lines=run.read_staged(LINES_OF_ACTS, part),
        earlier=run.read_staged(PROPOSALS_OF_ACTS, part), due=run.read_staged(DUE_BY_ACTS, part),
        contracts=run.read_staged(registers.SERVICE_CONTRACTS.name, columns=CREDITOR),
    )


def _stage_nothing(run: MonthRun, part: str) -> None:
    for name, rows in NOTHING.items():
        run.write_staged(name, part, rows)


def _stage_billed(run: MonthRun, part: str, asked: _Asked) -> None:
    """Live lines of the accounts, of older months and of this cycle, and the older proposals for them."""
    run.write_staged(LINES_OF_ACTS, part, lines_of(run, LINES_OF_ACTS, part, asked.account_ids, BILLED))
    months = _until_state(run, BillingMonth.of(asked.first))
    earlier = run.state.keyed(
        RECALCULATIONS, months, part=part, columns=PROPOSED, account_ids=asked.account_ids
    ).unique("proposal_id", keep="last", maintain_order=True)
    run.write_staged(PROPOSALS_OF_ACTS, part, earlier)


def _told(run: MonthRun, part: str) -> by_acts.Told:
    lines = run.read(UNCONFIRMED_CHARGES, part, columns=["account_id", "settled_code", "basis_code"])
    is_by_norm = pl.col("basis_code").is_in(["norm", "norm_uplift"])
    is_read = pl.col("settled_code").is_in(["reading", "not_counted"]) & is_by_norm
    new_ids = run.read_staged(NEW_METER_ACTS, WHOLE)["event_id"]
    return by_acts.Told(new_ids, _open_ids(run, part), lines.filter(is_read)["account_id"].unique())


def _open_ids(run: MonthRun, part: str) -> pl.Series:
    """Acts that the month before could not compute and that a later month may tell."""
    back = run.state.read(RETURNED_APPLICATIONS, part, columns=["event_id", "kind_code", "field_code"])
    is_open = pl.any_horizontal(
        (pl.col("kind_code") == kind) & pl.col("field_code").is_in(list(fields))
        for kind, fields in by_acts.OPEN.items()
    )
    return back.filter(is_open)["event_id"]


def _until_state(run: MonthRun, first: BillingMonth) -> list[BillingMonth]:
    """Published months from `first` to the one before this."""
    return [] if run.state.is_opening else list(BillingMonth.range(first, run.state.month))
