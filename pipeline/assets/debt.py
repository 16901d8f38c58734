"""Debt: who owes, on which stage of the ladder, and the lists of the night. Arithmetic: `pipeline.domain.debt`.

Parts first; then one step over all of them, because a person may hold accounts in several parts and is written to once.
"""

import polars as pl

from pipeline.assets.debt_inputs import court_facts_of, facts_of, restriction_facts_of, stage_shared
from pipeline.assets.debt_offers import write_offers
from pipeline.assets.empty_flats import empty_flats
from pipeline.assets.room import room_assets
from pipeline.contracts import events, ingest, ledger, penalty, recalculation, registers
from pipeline.contracts import mandates as mandates_contracts
from pipeline.contracts.advance_discounts import ADVANCE_TERMS
from pipeline.contracts.claims import CLAIM_LIST
from pipeline.contracts.debt import (
    CALL_LIST,
    COURT_LIST,
    COURT_STANDING,
    DEBT_RECEIPTS,
    DEBTOR_LISTS,
    DEBTORS,
    DISPATCHES_SEEN,
    ENFORCEMENT_LIST,
    LIMITATION_RADAR,
    PUBLISHED,
    RESTRICTION_LIST,
    SMS_LIST,
    WITHDRAWAL_LIST,
)
from pipeline.contracts.instalments import INSTALMENTS
from pipeline.contracts.mandates import FUNNEL_BEFORE, MANDATE_FUNNEL
from pipeline.contracts.owner_debts import OWNER_DEBTS
from pipeline.contracts.pretrial import PRETRIAL_NOTICES
from pipeline.contracts.table import Table
from pipeline.domain.debt import calls, claims, court, funnel, lists, mandates
from pipeline.domain.debt.debtors import standing
from pipeline.domain.debt.owner_debts import owner_debts
from pipeline.domain.debt.pretrial import pretrial_notices
from pipeline.domain.debt.radar import limitation_radar
from pipeline.domain.debt.restriction import restriction_list
from pipeline.money import kopecks_of
from pipeline.rendering.sms import with_segments
from pipeline.rules.debt import DebtRules
from pipeline.rules.debt_claim import ClaimRules
from pipeline.rules.debt_instalments import InstalmentRules
from pipeline.rules.debt_pretrial import PretrialRules
from pipeline.storage.parts import WHOLE
from pipeline.storage.run import MonthRun

CANDIDATES = "sms_candidates"
TO_CALL = "call_candidates"
FUNNEL = "mandate_funnel_parts"
_LISTS = (SMS_LIST, CALL_LIST, DEBT_RECEIPTS, COURT_LIST)


@room_assets("debt", [*PUBLISHED, *mandates_contracts.PUBLISHED], after=[
    ledger.OPEN_ITEMS, ledger.PAYMENT_ALLOCATIONS, ledger.ADVANCES, ledger.SUSPENDED_PAYMENTS,
    recalculation.RECALCULATIONS, ADVANCE_TERMS, ingest.INCOMPLETE_BILLS, ingest.AWAITED_REGISTRIES,
    ingest.ACCOUNT_INDEX, ingest.QUARANTINE, penalty.PENALTIES, penalty.PAID_PENALTIES,
])
def debt_tables(run: MonthRun) -> None:
    """Debtors of every part, then the lists of the night over all parts."""
    write_debt(run)


def write_debt(run: MonthRun) -> None:
    """All tables of the room for one run."""
    rules = DebtRules.in_force(run.rule_book, run.as_of)
    stage_shared(run)
    waits_for = lists.awaited(
        run.read(ingest.AWAITED_REGISTRIES), run.register(registers.CHANNELS), as_of=run.as_of
    )
    instalments = InstalmentRules.in_force(run.rule_book, run.as_of)
    run.map_parts(
        debt_part, rules=rules, claiming=ClaimRules.in_force(run.rule_book, run.as_of),
        pretrial=PretrialRules.in_force(run.rule_book, run.as_of), instalments=instalments, is_awaiting=bool(waits_for),
    )
    write_sms_list(run, rules=rules, is_awaiting=bool(waits_for))
    write_call_list(run, rules=rules, is_awaiting=bool(waits_for))
    write_mandate_funnel(run)
    for table in _LISTS:
        keep_capacity(run, table, getattr(rules.capacity, table.name))
    counted = {table.name: _counted(run, table) for table in _LISTS}
    _write_in_first_part(run, DEBTOR_LISTS, lists.debtor_lists(counted, waits_for, run_on=run.as_of))


def debt_part(
    run: MonthRun, part: str, *, rules: DebtRules, claiming: ClaimRules, pretrial: PretrialRules,
    instalments: InstalmentRules, is_awaiting: bool,
) -> None:
    """Debtors and the lists of one part; its candidates for a message are staged for the step over all parts."""
    facts = facts_of(run, part)
    found = standing(facts, rules=rules, as_of=run.as_of, book_id=run.book.settings.book_id)
    receipts = lists.debt_receipts(
        found, facts.dispatches, rules=rules.notice, run_on=run.as_of, book_id=run.book.settings.book_id
    )
    to_court = lists.court_list(found, run_on=run.as_of, book_id=run.book.settings.book_id)
    run.write(DEBTORS, part, found.debtors)
    run.write(DEBT_RECEIPTS, part, receipts.clear() if is_awaiting else receipts)
    run.write(COURT_LIST, part, to_court.clear() if is_awaiting else to_court)
    cases = court.cases_tonight(
        found, court_facts_of(run, part, facts), rules=rules.court, as_of=run.as_of, is_awaiting=is_awaiting
    )
    run.write(COURT_STANDING, part, court.court_standing(cases))
    run.write(ENFORCEMENT_LIST, part, court.enforcement_list(cases))
    run.write(WITHDRAWAL_LIST, part, court.withdrawal_list(cases))
    told = pretrial_notices(found, facts.accounts, rules=rules, pretrial=pretrial, as_of=run.as_of)
    run.write(PRETRIAL_NOTICES, part, told.clear() if is_awaiting else told)
    run.write(CLAIM_LIST, part, claims.claim_list(cases, found.items, facts, rules=claiming))
    run.write(INSTALMENTS, part, found.instalments)
    empty = empty_flats(run, part)
    run.write(OWNER_DEBTS, part, owner_debts(facts.open_items, facts.accounts, facts.rights, empty, as_of=run.as_of))
    write_offers(run, part, found, facts, rules=instalments, is_awaiting=is_awaiting)
    run.write(LIMITATION_RADAR, part, limitation_radar(found.items, as_of=run.as_of))
    restricted = restriction_list(
        found, restriction_facts_of(run, part, facts), rules=rules.restriction, as_of=run.as_of, is_awaiting=is_awaiting
    )
    run.write(RESTRICTION_LIST, part, restricted)
    run.write_staged(CANDIDATES, part, lists.sms_candidates(found))
    run.write_staged(TO_CALL, part, calls.call_candidates(found))
    running = mandates.in_force(facts.mandates, as_of=run.as_of)
    outcomes = run.register(events.DUNNING_OUTCOMES)
    run.write_staged(FUNNEL, part, funnel.funnel_of_part(found, facts, outcomes, running, as_of=run.as_of))


def write_sms_list(run: MonthRun, *, rules: DebtRules, is_awaiting: bool) -> None:
    """One message a person over all parts, with the segments of its text; the text itself waits for the dispatch."""
    settings = run.book.settings
    listed = lists.sms_list(
        run.read_staged(CANDIDATES), run.read_staged(DISPATCHES_SEEN, WHOLE), rules=rules.notice, run_on=run.as_of,
        book_id=settings.book_id,
    )
    texted = with_segments(listed, centre=settings.name, segments_max=rules.notice.sms_segments_max)
    _write_in_first_part(run, SMS_LIST, texted.clear() if is_awaiting else texted)


def write_call_list(run: MonthRun, *, rules: DebtRules, is_awaiting: bool) -> None:
    """One call a person over all parts, to nobody who is written to tonight."""
    listed = calls.call_list(
        run.read_staged(TO_CALL), run.read(SMS_LIST), run.read_staged(DISPATCHES_SEEN, WHOLE), rules=rules.calls,
        run_on=run.as_of, book_id=run.book.settings.book_id,
    )
    _write_in_first_part(run, CALL_LIST, listed.clear() if is_awaiting else listed)


def write_mandate_funnel(run: MonthRun) -> None:
    """What the parts found of each mandate, added up, and the money of earlier months."""
    running = mandates.in_force(run.register(events.MANDATES), as_of=run.as_of)
    before = run.read_staged(FUNNEL_BEFORE, WHOLE)
    _write_in_first_part(run, MANDATE_FUNNEL, funnel.funnel([run.read_staged(FUNNEL)], before, running))


def keep_capacity(run: MonthRun, table: Table, most: int | None) -> None:
    """Cut a list over all parts to what one night can work off: to rows, for court to whole cases."""
    if most is None or run.totals(table)["rows"] <= most:
        return
    key = ("case_id",) if table is COURT_LIST else table.primary_key
    kept = lists.within_capacity(run.read(table, columns=[*key, "claimed_kop"]), most, key)
    for part in run.parts:
        run.write(table, part, run.read(table, part).join(kept, on=key, how="semi"))


def _write_in_first_part(run: MonthRun, table: Table, frame: pl.DataFrame) -> None:
    first, *others = run.parts
    run.write(table, first, frame)
    for part in others:
        run.write(table, part, frame.clear())


def _counted(run: MonthRun, table: Table) -> tuple[int, int]:
    totals = run.totals(table)
    return totals["rows"], kopecks_of(totals["claimed_rub"])
