"""One part of ingest: its rows judged, staged for later rooms, and its part of the published tables written.

A part knows only its own accounts. What the whole book has judged for it (`whole.py`) is taken in as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

from pipeline.contracts import billing, ingest, metering, payments, registers
from pipeline.contracts.key_order import in_key_order
from pipeline.contracts.table import Table
from pipeline.domain.ingest.accounts import spelled_as_in_the_book
from pipeline.domain.ingest.bills import incomplete_bills
from pipeline.domain.ingest.counts import counts_by_fate
from pipeline.domain.ingest.fates import ACCEPTED, QUARANTINED, of
from pipeline.domain.ingest.money_in import accepted_payments
from pipeline.domain.ingest.month import FEEDS_OF_ACCOUNTS, OF_ACCOUNTS, judged_of_accounts
from pipeline.domain.ingest.quarantine import quarantined
from pipeline.storage.part_rows import ORDINARY, SET_ASIDE, Routes, ground_for, number_of, own_rows
from pipeline.storage.parts import PART_SIZE, UNPLACED
from pipeline.storage.routing import FURTHER
from pipeline.storage.run import MonthRun
from pipeline.storage.seen_before import known_feeds
from pipeline.storage.shapes import to_outside
from pipeline.storage.whole import left_for
from pipeline.storage.work_files import folder_for, write_arrow

#: Refused rows that name no account of the book, of all parts.
OF_NOBODY: Final = "quarantine_of_nobody"
_PROVENANCE: Final = ("delivery_id", "row_number", "received_at")
_PAID: Final = (*payments.PAYMENTS.inside_names, "paid_account_id", "posted_at", "is_identified", *_PROVENANCE)
IDENTIFIED: Final = payments.PAYMENT_IDENTIFICATIONS.name
_ORDER: Final[Mapping[str, tuple[str, ...]]] = {
    "billing_documents": ("account_id", "document_id"), "charges": ("account_id", "document_id", "line_number"),
    "meter_readings": ("account_id", "reading_id"), "payments": ("account_id", "payment_id"),
}


@dataclass(frozen=True)
class Bills:
    """The billing month, and whether its documents are due."""

    first_day: date
    last_day: date
    is_due: bool


@dataclass(frozen=True)
class StagedPart:
    """Counts of a part by delivery and fate, and its refused rows of tables with personal columns, by table."""

    counts: pl.DataFrame
    personal: dict[str, pl.DataFrame]


def stage_part(run: MonthRun, part: str, routes: Routes, bills: Bills, like: Mapping[str, pl.DataFrame]) -> StagedPart:
    """Judge and write one part. `like` are empty frames of what the whole book leaves."""
    settled, earlier = judged_of_accounts(ground_for(run, part), own_rows(run, routes, part), known_feeds(run))
    counts = counts_by_fate({name: _counted_once(rows) for name, rows in settled.items()})
    for table in SET_ASIDE:
        own = settled[table.name]
        settled[table.name] = pl.concat([own, left_for(run, table.name, part, own)])
    personal = _write_refused(run, part, settled, like)
    if part != UNPLACED:
        _write_accounts(run, part, settled, earlier, bills)
        _stage_feeds(run, part, settled)
        _stage_money(run, part, like)
    for table in OF_ACCOUNTS:
        accepted = of(settled.pop(table.name), ACCEPTED).select(table.inside_names)
        run.write_staged(table.name, part, in_key_order(accepted, table.primary_key))
    return StagedPart(counts, personal)


def _stage_feeds(run: MonthRun, part: str, settled: dict[str, pl.DataFrame]) -> None:
    """Accepted rows of feeds. They are `settled` no more: all rows and the accepted ones do not lie side by side."""
    for table in (billing.CHARGES, billing.BILLING_DOCUMENTS):
        accepted = spelled_as_in_the_book(of(settled.pop(table.name), ACCEPTED))
        _stage(run, part, table, accepted.select(*table.inside_names, *_PROVENANCE))
    readings = metering.METER_READINGS
    accepted = of(settled.pop(readings.name), ACCEPTED)
    _stage(run, part, readings, accepted.select(*readings.inside_names, "account_id", *_PROVENANCE))


def _stage_money(run: MonthRun, part: str, like: Mapping[str, pl.DataFrame]) -> None:
    """Ordinary payments of the part with those that the whole book has judged; reversals; decisions."""
    own = accepted_payments(pl.read_ipc(folder_for(run, ORDINARY) / f"{part}.arrow")).select(_PAID)
    _stage(run, part, payments.PAYMENTS, pl.concat([own, left_for(run, payments.PAYMENTS.name, part, own)]))
    reversals = left_for(run, ingest.POSTED_REVERSALS.name, part, ingest.POSTED_REVERSALS.empty_inside())
    run.write_staged(payments.PAYMENT_REVERSALS.name, part, reversals.sort("account_id", "reversal_id"))
    run.write(ingest.POSTED_REVERSALS, part, reversals)
    decided = left_for(run, IDENTIFIED, part, like[IDENTIFIED])
    run.write_staged(IDENTIFIED, part, decided.sort("account_id", "suspended_id"))


def _stage(run: MonthRun, part: str, table: Table, rows: pl.DataFrame) -> None:
    run.write_staged(table.name, part, in_key_order(rows, _ORDER[table.name]))


def _write_accounts(
    run: MonthRun, part: str, settled: Mapping[str, pl.DataFrame], earlier: pl.DataFrame, bills: Bills
) -> None:
    """The index of the part, and its accounts whose bill is missing or was refused."""
    index = pl.scan_parquet(run.staged_parquet(ingest.ACCOUNT_INDEX.name)).slice(number_of(part) * PART_SIZE, PART_SIZE)
    run.write(ingest.ACCOUNT_INDEX, part, index.collect())
    incomplete = incomplete_bills(
        of(settled[registers.ACCOUNTS.name], ACCEPTED), settled["billing_documents"], settled["charges"], earlier,
        first_day=bills.first_day, last_day=bills.last_day, is_due=bills.is_due,
    )
    run.write(ingest.INCOMPLETE_BILLS, part, incomplete)


def _write_refused(
    run: MonthRun, part: str, settled: Mapping[str, pl.DataFrame], like: Mapping[str, pl.DataFrame]
) -> dict[str, pl.DataFrame]:
    """Refused rows of the part, with those of whole tables that name its accounts; which of them hold personal data."""
    listed, personal = [ingest.QUARANTINE.empty_inside()], {}
    for table in (*OF_ACCOUNTS, *FEEDS_OF_ACCOUNTS):
        refused = of(settled[table.name], QUARANTINED).filter(~pl.col(FURTHER))
        if refused.height:
            # what was taken says what was sent, column by column: the file is not read again
            sent = to_outside(refused, table).with_columns(refused["delivery_id"], refused["row_number"])
            listed.append(quarantined(refused, table, sent))
        if refused.height and table.personal_columns:
            personal[table.name] = refused.select(_PROVENANCE[:2])
    rows = pl.concat(listed)
    is_own = pl.col("account_id").is_not_null() & (part != UNPLACED)
    write_arrow(folder_for(run, OF_NOBODY) / f"{part}.arrow", rows.filter(~is_own))
    if part != UNPLACED:
        left = left_for(run, ingest.QUARANTINE.name, part, ingest.QUARANTINE.empty_inside())
        run.write(ingest.QUARANTINE, part, pl.concat([rows.filter(is_own), left]))
    return personal


def _counted_once(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows that are counted here, not in another home of their flat or person."""
    return rows.filter(~pl.col(FURTHER)) if rows[FURTHER].any() else rows
