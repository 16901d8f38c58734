"""Recalculation: what a later reading, an application or an act corrects, proposed to whoever bills. See
`domain/recalculation`.

Parts first; then the slices of the book whose totals are out of their limits are held back, part by part.
"""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import polars as pl

from pipeline.assets import recalculation_advance as advance
from pipeline.assets.older_lines import replaced_now
from pipeline.assets.recalculation_acceptance import write_acceptance
from pipeline.assets.recalculation_benefits import Told, benefits_told, entitled_here
from pipeline.assets.recalculation_houses import PROPOSED_BY_HOUSES, stage_house_corrections
from pipeline.assets.recalculation_inputs import (
    applications_of,
    known_of,
    rated_anew_here,
    returned_here,
    stage_applications,
    terms_of,
    working_days_of,
)
from pipeline.assets.recalculation_lapses import lapsed_here, without_undone
from pipeline.assets.recalculation_meter_acts import act_rules, ground_of, stage_acts
from pipeline.assets.recalculation_meters import claimed_of
from pipeline.assets.recalculation_owners import changed_here, changes_of, stage_changes
from pipeline.assets.recalculation_registers import corrections_of, register_terms_of, stage_corrections
from pipeline.assets.room import room_assets
from pipeline.contracts import acceptance, billing, events, ledger, metering, registers
from pipeline.contracts.advance_discounts import ADVANCE_SCHEDULE, ADVANCE_TERMS
from pipeline.contracts.house_meters import HOUSE_BALANCES
from pipeline.contracts.recalculation import OWNER_SHARES, PUBLISHED, RECALCULATIONS, RETURNED_APPLICATIONS
from pipeline.contracts.substitution import SUBSTITUTE_VOLUMES
from pipeline.domain.recalculation.applications import with_deadlines
from pipeline.domain.recalculation.applied import Terms
from pipeline.domain.recalculation.by_acts import ActRules
from pipeline.domain.recalculation.corrected_registers import RegisterTerms
from pipeline.domain.recalculation.cycle import Decisions, Inputs, held_back, recalculated
from pipeline.domain.recalculation.fees import EARLIER
from pipeline.domain.recalculation.limits import Tripped, billed_by_contract, tripped, waiting_halves
from pipeline.domain.recalculation.reductions import PLACE
from pipeline.domain.recalculation.register_changes import Change
from pipeline.domain.recalculation.true_up import READING
from pipeline.rules.recalculation import RecalculationRules
from pipeline.rules.recalculation_limits import LimitRules
from pipeline.rules.recalculation_meters import TamperingRules
from pipeline.storage.run import MonthRun


class Counted(NamedTuple):
    """Of one part: what its limited proposals come to, and other halves of those that wait."""

    limited: pl.DataFrame
    halves: list[str]


@room_assets("recalculation", (*PUBLISHED, *acceptance.PUBLISHED), after=[
    metering.UNCONFIRMED_CHARGES, metering.CONSUMPTION, SUBSTITUTE_VOLUMES, ledger.OPEN_ITEMS, HOUSE_BALANCES,
])
def recalculation_tables(run: MonthRun) -> None:
    """Proposals of every part: those of the month before as they stand, and this month's own; what goes back; what
    whoever bills made of them."""
    terms = terms_of(run)
    working_days = None if terms is None else terms.working_days
    sold, benefits, ahead = changes_of(run), benefits_told(run, working_days), advance.advances_told(run, working_days)
    others = [told.concerned for told in (sold, benefits) if told is not None]
    first = stage_applications(run, terms, *others)
    stage_changes(run, sold, terms, first)
    acts = act_rules(run)
    stage_acts(run, acts)
    stage_house_corrections(run)
    rules = RecalculationRules.in_force(run.rule_book, run.month.first_day)
    limits = LimitRules.in_force(run.rule_book, run.month.first_day)
    tampering = TamperingRules.in_force(run.rule_book, run.month.first_day)
    corrections = register_terms_of(run)
    changes = stage_corrections(run, corrections)
    found = run.map_parts(
        recalculation_part, rules=rules, limits=limits, tampering=tampering, terms=terms, first=first,
        corrections=corrections, changes=changes, acts=acts, benefits=benefits, ahead=ahead,
        working_days=working_days_of(run),
    )
    _hold_back(run, pl.concat([one.limited for one in found]), [half for one in found for half in one.halves], limits)
    write_acceptance(run)


def recalculation_part(
    run: MonthRun, part: str, *, rules: RecalculationRules, limits: LimitRules, tampering: TamperingRules,
    terms: Terms | None, first: date | None, corrections: RegisterTerms, changes: Sequence[Change], acts: ActRules,
    benefits: Told | None, ahead: advance.Told | None, working_days: pl.Series,
) -> Counted:
    """The room for one part."""
    state = run.state.read(RECALCULATIONS, part)
    known = without_undone(run, part, known_of(run, part, state))
    applications = applications_of(run, part, first, known)
    claimed, owners = claimed_of(run, part, rules=tampering), changed_here(run, part)
    before = [owners.proposals.select(EARLIER), *([] if applications is None else [applications.earlier])]
    entitled = entitled_here(run, part, benefits, applications, pl.concat(before))
    paid_ahead = advance.discounted_here(run, part, ahead, [*before, entitled.proposals, known, state])
    told = recalculated(
        Inputs(
            unconfirmed=run.read(metering.UNCONFIRMED_CHARGES, part),
            consumption=run.read(metering.CONSUMPTION, part, columns=READING),
            contracts=run.read_staged(registers.SERVICE_CONTRACTS.name, columns=PLACE),
            known=known,
            approvals=run.register(events.APPROVALS),
            cycles=run.register(registers.CYCLES),
            applications=applications,
            claimed=pl.concat([
                claimed.proposals, run.read_staged(PROPOSED_BY_HOUSES, part), owners.proposals, entitled.proposals,
                paid_ahead.proposals, lapsed_here(run, part, known, acts.by_substitute),
            ]),
            touched=corrections_of(run, part, changes, corrections),
            acts=ground_of(run, part),
            rated_anew=rated_anew_here(run, part),
        ),
        terms,
        corrections,
        acts,
        rules=rules,
        limits=limits,
        book_id=run.book.settings.book_id,
        month=run.month.first_day,
        lands_in_month=run.month.next.first_day,
    )
    run.write(RECALCULATIONS, part, told.proposals)
    back = [returned_here(run, part), told.returned, claimed.returned, owners.returned, entitled.returned,
            paid_ahead.returned]
    run.write(RETURNED_APPLICATIONS, part, with_deadlines(pl.concat(back), rules, working_days))
    run.write(OWNER_SHARES, part, owners.shares)
    run.write(ADVANCE_TERMS, part, paid_ahead.terms)
    run.write(ADVANCE_SCHEDULE, part, paid_ahead.schedule)
    return Counted(told.totals, waiting_halves(told.proposals))


def _hold_back(run: MonthRun, limited: pl.DataFrame, halves: Sequence[str], limits: LimitRules) -> None:
    """Hold back the slices whose totals are out of their limits against what the cycle bills, and halves that wait."""
    if limited.is_empty():
        return
    contracts = run.read_staged(registers.SERVICE_CONTRACTS.name, columns=PLACE).unique("contract_id", keep="first")
    billed = pl.concat(run.map_parts(billed_part)).join(contracts, on="contract_id", how="left")
    slices = tripped(limited, billed, rules=limits)._replace(halves=halves)
    if any(slices):
        run.map_parts(held_back_part, slices=slices, limits=limits)


def billed_part(run: MonthRun, part: str) -> pl.DataFrame:
    """What the cycle bills in a part by contract."""
    lines = run.read_staged(billing.CHARGES.name, part, columns=["contract_id", "document_id", "payable_kop"])
    return billed_by_contract(lines, replaced_now(run, part))


def held_back_part(run: MonthRun, part: str, *, slices: Tripped, limits: LimitRules) -> None:
    """Proposals of one part, those of tripped slices waiting."""
    decisions = Decisions(
        run.register(events.APPROVALS), run.register(registers.CYCLES),
        run.read_staged(registers.SERVICE_CONTRACTS.name, columns=PLACE),
    )
    before = run.state.read(RECALCULATIONS, part, columns=["proposal_id"])
    proposals = run.read(RECALCULATIONS, part)
    run.write(RECALCULATIONS, part, held_back(proposals, before, decisions, slices, limits=limits))
