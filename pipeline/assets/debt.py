"""Debt: who owes, on which stage of the ladder, and the lists of the night. Arithmetic: `pipeline.domain.debt`.

Parts first; then one step over all of them, because a person may hold accounts in several parts and is written to once.
"""

import polars as pl

from pipeline.assets.room import room_assets
from pipeline.contracts import events, ingest, ledger, recalculation, registers
from pipeline.contracts.debt import (
    COURT_LIST,
    DEBT_RECEIPTS,
    DEBTOR_LISTS,
    DEBTORS,
    DISPATCHES,
    DISPATCHES_SEEN,
    PUBLISHED,
    SMS_LIST,
)
from pipeline.contracts.table import Table
from pipeline.domain.debt import lists
from pipeline.domain.debt.debtors import Facts, standing
from pipeline.domain.debt.refused_holds import refused_holds
from pipeline.rendering.sms import with_segments
from pipeline.rules.debt import DebtRules
from pipeline.storage import journal
from pipeline.storage.parts import WHOLE
from pipeline.storage.run import MonthRun

CANDIDATES = "sms_candidates"
REFUSED_HOLDS = "refused_holds"


@room_assets("debt", PUBLISHED, after=[
    ledger.OPEN_ITEMS, ledger.PAYMENT_ALLOCATIONS, ledger.ADVANCES, ledger.SUSPENDED_PAYMENTS,
    recalculation.RECALCULATIONS, ingest.INCOMPLETE_BILLS, ingest.AWAITED_REGISTRIES, ingest.ACCOUNT_INDEX,
    ingest.QUARANTINE,
])
def debt_tables(run: MonthRun) -> None:
    """Debtors of every part, then the lists of the night over all parts."""
    write_debt(run)


def write_debt(run: MonthRun) -> None:
    """All tables of the room for one run."""
    rules = DebtRules.in_force(run.rule_book, run.as_of)
    # What has left by the night of the run, kept with it: tasks and checks see one journal whatever leaves meanwhile.
    left = journal.read(run.book, DISPATCHES).filter(pl.col("dispatched_on") <= run.as_of)
    run.write_staged(DISPATCHES_SEEN, WHOLE, left)
    run.write_staged(REFUSED_HOLDS, WHOLE, _refused_holds(run))
    waits_for = lists.awaited(
        run.read(ingest.AWAITED_REGISTRIES), run.register(registers.CHANNELS), as_of=run.as_of
    )
    run.map_parts(debt_part, rules=rules, is_awaiting=bool(waits_for))
    write_sms_list(run, rules=rules, is_awaiting=bool(waits_for))
    for table in (SMS_LIST, DEBT_RECEIPTS, COURT_LIST):
        _keep_capacity(run, table, getattr(rules.capacity, table.name))
    counted = {table.name: _counted(run.read(table)) for table in (SMS_LIST, DEBT_RECEIPTS, COURT_LIST)}
    _write_in_first_part(run, DEBTOR_LISTS, lists.debtor_lists(counted, waits_for, run_on=run.as_of))


def _refused_holds(run: MonthRun) -> pl.DataFrame:
    """Refused holds of this month, and by key of all months before, less those that a person has decided."""
    before = run.state.keyed(ingest.QUARANTINE, table_names=[events.HOLDS.name])
    refused = pl.concat([before, run.read(ingest.QUARANTINE)])
    return refused_holds(refused, run.register(events.QUARANTINE_DECISIONS))


def debt_part(run: MonthRun, part: str, *, rules: DebtRules, is_awaiting: bool) -> None:
    """Debtors, receipts and court list of one part; its candidates for a message are staged for the step over all."""
    found = standing(facts_of(run, part), rules=rules, as_of=run.as_of, book_id=run.book.settings.book_id)
    receipts = lists.debt_receipts(found, run_on=run.as_of, book_id=run.book.settings.book_id)
    court = lists.court_list(found, run_on=run.as_of, book_id=run.book.settings.book_id)
    run.write(DEBTORS, part, found.debtors)
    run.write(DEBT_RECEIPTS, part, receipts.clear() if is_awaiting else receipts)
    run.write(COURT_LIST, part, court.clear() if is_awaiting else court)
    run.write_staged(CANDIDATES, part, lists.sms_candidates(found))


def facts_of(run: MonthRun, part: str) -> Facts:
    """What the room reads for one part."""
    return Facts(
        open_items=run.read(ledger.OPEN_ITEMS, part),
        payment_allocations=run.read(ledger.PAYMENT_ALLOCATIONS, part),
        advances=run.read(ledger.ADVANCES, part),
        recalculations=run.read(recalculation.RECALCULATIONS, part),
        suspended_payments=run.read(ledger.SUSPENDED_PAYMENTS),
        incomplete_bills=run.read(ingest.INCOMPLETE_BILLS),
        accounts=run.register(registers.ACCOUNTS, part),
        service_contracts=run.register(registers.SERVICE_CONTRACTS),
        rights=run.register(registers.RIGHTS, part),
        persons=run.register(registers.PERSONS, part),
        contacts=run.register(registers.CONTACTS, part),
        holds=pl.concat([run.register(events.HOLDS), run.read_staged(REFUSED_HOLDS, WHOLE)]),
        court_cases=run.register(events.COURT_CASES),
        dispatches=run.read_staged(DISPATCHES_SEEN, WHOLE),
        previous=run.state.read(DEBTORS, part),
    )


def write_sms_list(run: MonthRun, *, rules: DebtRules, is_awaiting: bool) -> None:
    """One message a person over all parts, with the segments of its text; the text itself waits for the dispatch."""
    settings = run.book.settings
    listed = lists.sms_list(
        run.read_staged(CANDIDATES), run.read_staged(DISPATCHES_SEEN, WHOLE), rules=rules.notice, run_on=run.as_of,
        book_id=settings.book_id,
    )
    texted = with_segments(listed, centre=settings.name, segments_max=rules.notice.sms_segments_max)
    _write_in_first_part(run, SMS_LIST, texted.clear() if is_awaiting else texted)


def _keep_capacity(run: MonthRun, table: Table, most: int | None) -> None:
    """Cut a list over all parts to what one night can work off."""
    listed = run.read(table)
    if most is None or listed.height <= most:
        return
    kept = lists.within_capacity(listed, most, table.primary_key)
    for part in run.parts:
        run.write(table, part, run.read(table, part).join(kept, on=table.primary_key, how="semi"))


def _write_in_first_part(run: MonthRun, table: Table, frame: pl.DataFrame) -> None:
    first, *others = run.parts
    run.write(table, first, frame)
    for part in others:
        run.write(table, part, frame.clear())


def _counted(listed: pl.DataFrame) -> tuple[int, int]:
    return listed.height, int(listed["claimed_kop"].sum())
