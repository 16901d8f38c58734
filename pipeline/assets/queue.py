"""Work queue: what a person must decide or chase, from all rooms. Arithmetic: `pipeline.domain.queue`.

Part by part, and refused rows of nobody as a part of their own: each stages its rows. Ranks are given over the whole
book, by what decides them alone. The rows themselves never meet in memory: a bad delivery may refuse millions.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

from pipeline.assets.room import room_assets
from pipeline.contracts import debt, events, ingest, ledger, metering, rating, recalculation, registers
from pipeline.contracts.debt_decisions import DEBT_DECISIONS
from pipeline.contracts.house_corrections import HOUSE_CORRECTIONS
from pipeline.contracts.house_meters import HOUSE_BALANCES
from pipeline.contracts.instalments import INSTALMENTS
from pipeline.contracts.queue import NO_QUEUE_BEFORE, PUBLISHED, WORK_QUEUE
from pipeline.domain.queue import billing, charges, doubts, duplicates, houses, readings, refused, registries, suspended
from pipeline.domain.queue.kinds import nothing
from pipeline.domain.queue.ranking import PLACED, named, ranked
from pipeline.rules.calendar import WorkingCalendar
from pipeline.rules.house_meters import HouseMeterRules
from pipeline.rules.queue import QueueRules
from pipeline.rules.rating import RatingRules
from pipeline.storage.files import ROW_GROUP
from pipeline.storage.parts import UNPLACED, WHOLE
from pipeline.storage.run import MonthRun

#: Staged by the room, by part and for the whole book: rows of the queue with their ids.
_QUEUED: Final = "queued"
#: The same of closed months, so many rows a file.
_CARRIED: Final = "queued_before"


@dataclass(frozen=True)
class PartQueue:
    """What a part tells the whole book: claims of debtors whose day has come, ids of its refused documents, and places
    of its refused rows in deliveries of which the queue of the month before has rows."""

    claims: pl.DataFrame
    documents: pl.Series
    again: pl.DataFrame


@room_assets("queue", PUBLISHED, after=[
    *ingest.PUBLISHED, *ledger.PUBLISHED, metering.CONSUMPTION, metering.READING_DOUBTS, rating.CHARGE_AUDIT_TOTALS,
    HOUSE_BALANCES,
    *recalculation.PUBLISHED, *debt.PUBLISHED,
])
def queue_tables(run: MonthRun) -> None:
    """The queue over all rooms."""
    write_queue(run)


def write_queue(run: MonthRun) -> None:
    """The room's table for one run."""
    rules = QueueRules.in_force(run.rule_book, run.as_of)
    bands = RatingRules.in_force(run.rule_book, run.month.first_day)
    of_houses = HouseMeterRules.in_force(run.rule_book, run.month.first_day)
    run.write_staged(NO_QUEUE_BEFORE, WHOLE, pl.DataFrame(schema=WORK_QUEUE.outside_schema))
    issued_on, next_issue_on = _cycle(run)
    known = pl.concat([
        before.to_series().drop_nulls().unique()
        for before in run.state.slices(WORK_QUEUE, ROW_GROUP, columns=["refused_delivery_id"])
    ]).unique()
    parts = run.map_parts(
        queue_part, [*run.parts, UNPLACED], rules=rules, issued_on=issued_on, known_deliveries=known
    )
    is_line = refused.is_line_of(pl.concat([part.documents for part in parts]))
    _stage_carried(run, pl.concat([part.again for part in parts]).filter(~is_line))
    awaited = run.read(ingest.AWAITED_REGISTRIES)
    _stage(run, WHOLE, pl.concat([
        registries.late(awaited, run.read(ingest.KNOWN_REGISTRIES)),
        registries.differing(run.read(ledger.REGISTRY_RECONCILIATION)),
        charges.differing(
            run.read(rating.CHARGE_AUDIT_TOTALS), house_band_kop=bands.house_band_kop,
            cause_band_kop=bands.cause_band_kop, issued_on=issued_on,
        ),
        houses.unbalanced(run.read(HOUSE_BALANCES), from_kop=of_houses.queue_min_kop, issued_on=issued_on),
        houses.uncorrected(run.read(HOUSE_CORRECTIONS), issued_on=issued_on),
        registries.waiting_lists(run.read(debt.DEBTOR_LISTS), [part.claims for part in parts], awaited),
    ]))
    # a line and its document may be refused in two parts
    rows = pl.concat([_staged(run, _QUEUED).filter(~is_line), _staged(run, _CARRIED)])
    days = WorkingCalendar.known(run.rule_book).working_days()["next_working_day"].unique().sort()
    places = ranked(
        rows.select(PLACED).collect(), run.state.read(WORK_QUEUE, columns=["queue_id", "waiting_since_on"]),
        rules=rules, working_days=days, next_issue_on=next_issue_on, as_of=run.as_of,
    )
    run.write_long(WORK_QUEUE, WHOLE, _in_pieces(rows, places))


def queue_part(
    run: MonthRun, part: str, *, rules: QueueRules, issued_on: date, known_deliveries: pl.Series
) -> PartQueue:
    """Rows of one part, staged; of `unplaced` the rows and the money that belong to nobody."""
    here = refused.refused_here(run.read(ingest.QUARANTINE, part))
    documents = refused.documents_of(here)
    here = here.filter(~refused.is_line_of(documents))
    waiting = refused.waiting(here, refused.latest_decisions(run.register(events.QUARANTINE_DECISIONS)))
    rows = [nothing(), waiting, suspended.suspended(run.read(ledger.SUSPENDED_PAYMENTS, part))]
    if part != UNPLACED:
        rows += _of_accounts(run, part, refused.accounts_refused(waiting), rules, issued_on)
    _stage(run, part, pl.concat(rows))
    again = here.filter(pl.col("refused_delivery_id").is_in(known_deliveries.implode()))
    debtors = debt.DEBTORS.empty_inside() if part == UNPLACED else run.read(
        debt.DEBTORS, part, columns=registries.CLAIM
    )
    return PartQueue(registries.claims_due(debtors), documents, again.select(*refused.PLACE, "document_id"))


def _of_accounts(
    run: MonthRun, part: str, refused_bills: pl.DataFrame, rules: QueueRules, issued_on: date
) -> list[pl.DataFrame]:
    """What is looked at account by account. `refused_bills`: accounts whose document the queue names already."""
    reversals = pl.concat([run.read(ingest.POSTED_REVERSALS, part), run.state.read(ingest.POSTED_REVERSALS, part)])
    incomplete = run.read(ingest.INCOMPLETE_BILLS, part)
    billed_before = run.state.keyed(
        ledger.BILLED_DOCUMENTS, [run.state.month], part=part, account_ids=incomplete["account_id"]
    )
    creditors = run.read_staged(registers.SERVICE_CONTRACTS.name, columns=billing.CREDITOR)
    return [
        duplicates.duplicates(
            run.read(ledger.POSTED_PAYMENTS, part, columns=duplicates.READ),
            run.state.read(ledger.POSTED_PAYMENTS, part, columns=duplicates.READ), reversals,
            run.read(ledger.ADVANCES, part), within_minutes=rules.duplicate_within_minutes,
        ),
        billing.proposals(
            run.read(recalculation.RECALCULATIONS, part, columns=billing.PROPOSAL),
            creditors, run.read(metering.CONSUMPTION, part, columns=billing.READING), issued_on=issued_on,
        ),
        readings.doubtful_readings(
            run.read(metering.READING_DOUBTS, part, columns=readings.DOUBT), creditors,
            from_kop=rules.doubtful_reading_min_kop, issued_on=issued_on,
        ),
        billing.returned_applications(run.read(recalculation.RETURNED_APPLICATIONS, part)),
        billing.without_bill(incomplete, billed_before, refused_bills, issued_on=issued_on),
        doubts.doubts(
            run.read(INSTALMENTS, part), run.read(debt.RESTRICTION_LIST, part),
            run.read(debt.COURT_STANDING, part), run.register(DEBT_DECISIONS), issued_on=issued_on,
        ),
        doubts.owner_owes(
            run.where(ledger.OPEN_ITEMS, part, pl.col("debt_kind_code") == "capital_repair",
                      columns=("account_id", "outstanding_kop")),
            run.register(registers.ACCOUNTS, part), issued_on=issued_on,
        ),
        doubts.heirs_unknown(run.read(debt.DEBTORS, part, columns=doubts.DEBT), issued_on=issued_on),
    ]


def _stage_carried(run: MonthRun, now: pl.DataFrame) -> None:
    """Rows of closed months that wait on, some at a time. `now`: places that this cycle has refused again."""
    latest = refused.latest_decisions(run.register(events.QUARANTINE_DECISIONS))
    deliveries = run.read(ingest.DELIVERIES)
    for number, before in enumerate(run.state.slices(WORK_QUEUE, ROW_GROUP)):
        _stage(run, f"{number:05d}", refused.carried(before, now, latest, deliveries), _CARRIED)


def _stage(run: MonthRun, part: str, rows: pl.DataFrame, name: str = _QUEUED) -> None:
    run.write_staged(name, part, named(rows, run.book.settings.book_id))


def _staged(run: MonthRun, name: str) -> pl.LazyFrame:
    return pl.scan_parquet(run.staged_files(name), glob=False, hive_partitioning=False)


def _in_pieces(rows: pl.LazyFrame, places: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """WORK_QUEUE, inside shape, in order of its key, some rows at a time: a piece takes its rows from all files."""
    for first in range(0, max(places.height, 1), ROW_GROUP):
        piece = places.slice(first, ROW_GROUP)
        is_here = pl.col("queue_id").is_between(pl.lit(piece["queue_id"].min()), pl.lit(piece["queue_id"].max()))
        told = rows.filter(is_here).drop("waiting_since_on").collect().join(piece, on="queue_id")
        yield told.select(WORK_QUEUE.inside_names).cast(WORK_QUEUE.inside_schema).sort("queue_id")  # type: ignore[arg-type]


def _cycle(run: MonthRun) -> tuple[date, date]:
    """Days on which this month's and the next documents are issued."""
    cycles = run.register(registers.CYCLES).filter(pl.col("billing_month") == run.month.first_day)
    return cycles.select("issue_on", "next_issue_on").row(0)
