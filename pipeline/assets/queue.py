"""Work queue: what a person must decide or chase, from all rooms. Arithmetic: `pipeline.domain.queue`.

Part by part where accounts are looked at; then one step over the small rest of the whole book, where ranks are given.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

from pipeline.assets.room import room_assets
from pipeline.contracts import debt, events, ingest, ledger, metering, recalculation, registers
from pipeline.contracts.queue import NO_QUEUE_BEFORE, PUBLISHED, WORK_QUEUE
from pipeline.domain.queue import billing, duplicates, refused, registries, suspended
from pipeline.domain.queue.kinds import nothing
from pipeline.domain.queue.ranking import ranked
from pipeline.rules.calendar import WorkingCalendar
from pipeline.rules.queue import QueueRules
from pipeline.storage.parts import WHOLE
from pipeline.storage.run import MonthRun

#: Staged by the room: accounts whose document this cycle refused and the queue names.
_REFUSED_BILLS: Final = "refused_bills"


@dataclass(frozen=True)
class PartQueue:
    """What a part brings: rows of the queue, and the claims of debtors whose day has come."""

    rows: pl.DataFrame
    claims: pl.DataFrame


@room_assets("queue", PUBLISHED, after=[
    *ingest.PUBLISHED, *ledger.PUBLISHED, metering.CONSUMPTION, recalculation.RECALCULATIONS, *debt.PUBLISHED,
])
def queue_tables(run: MonthRun) -> None:
    """The queue over all rooms."""
    write_queue(run)


def write_queue(run: MonthRun) -> None:
    """The room's table for one run."""
    rules = QueueRules.in_force(run.rule_book, run.as_of)
    before = run.state.read(WORK_QUEUE)
    run.write_staged(NO_QUEUE_BEFORE, WHOLE, pl.DataFrame(schema=WORK_QUEUE.outside_schema))
    quarantine = run.read(ingest.QUARANTINE)
    rows = refused.refused(
        quarantine, run.register(events.QUARANTINE_DECISIONS), before, run.read(ingest.DELIVERIES)
    )
    issued_on, next_issue_on = _cycle(run)
    # kept as a file: what a task is given travels to its process anew for every part
    run.write_staged(_REFUSED_BILLS, WHOLE, refused.accounts_of_this_cycle(rows, quarantine))
    parts = run.map_parts(queue_part, rules=rules, issued_on=issued_on)
    awaited = run.read(ingest.AWAITED_REGISTRIES)
    found = pl.concat([
        nothing(), rows, *(part.rows for part in parts),
        suspended.suspended(run.read(ledger.SUSPENDED_PAYMENTS)),
        registries.late(awaited, run.read(ingest.KNOWN_REGISTRIES)),
        registries.differing(run.read(ledger.REGISTRY_RECONCILIATION)),
        registries.waiting_lists(run.read(debt.DEBTOR_LISTS), [part.claims for part in parts], awaited),
    ])
    days = WorkingCalendar.known(run.rule_book).working_days()["next_working_day"].unique().sort()
    run.write(WORK_QUEUE, WHOLE, ranked(
        found, before, rules=rules, working_days=days, next_issue_on=next_issue_on, as_of=run.as_of,
        book_id=run.book.settings.book_id,
    ))


def queue_part(run: MonthRun, part: str, *, rules: QueueRules, issued_on: date) -> PartQueue:
    """Rows of one part."""
    reversals = pl.concat([run.read(ingest.POSTED_REVERSALS, part), run.state.read(ingest.POSTED_REVERSALS, part)])
    incomplete = run.read(ingest.INCOMPLETE_BILLS, part)
    billed_before = run.state.keyed(
        ledger.BILLED_DOCUMENTS, [run.state.month], part=part, account_ids=incomplete["account_id"]
    )
    rows = pl.concat([
        duplicates.duplicates(
            run.read(ledger.POSTED_PAYMENTS, part, columns=duplicates.READ),
            run.state.read(ledger.POSTED_PAYMENTS, part, columns=duplicates.READ), reversals,
            run.read(ledger.ADVANCES, part), within_minutes=rules.duplicate_within_minutes,
        ),
        billing.proposals(
            run.read(recalculation.RECALCULATIONS, part, columns=billing.PROPOSAL),
            run.read_staged(registers.SERVICE_CONTRACTS.name, columns=billing.CREDITOR),
            run.read(metering.CONSUMPTION, part, columns=billing.READING), issued_on=issued_on,
        ),
        billing.without_bill(incomplete, billed_before, run.read_staged(_REFUSED_BILLS, WHOLE), issued_on=issued_on),
    ])
    return PartQueue(rows, registries.claims_due(run.read(debt.DEBTORS, part, columns=registries.CLAIM)))


def _cycle(run: MonthRun) -> tuple[date, date]:
    """Days on which this month's and the next documents are issued."""
    cycles = run.register(registers.CYCLES).filter(pl.col("billing_month") == run.month.first_day)
    return cycles.select("issue_on", "next_issue_on").row(0)
