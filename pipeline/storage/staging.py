"""The work of ingest: everything that arrived is judged once and staged once into parts; its tables are written.

Order matters for a retry only in one thing: the account index is staged first, because the parts follow from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import polars as pl

from pipeline.billing_month import start_of_day
from pipeline.contracts import billing, events, ingest, metering, payments, registers
from pipeline.contracts.table import Table
from pipeline.domain.ingest.accounts import spelled_as_in_the_book
from pipeline.domain.ingest.awaited import awaited_registries
from pipeline.domain.ingest.bills import incomplete_bills
from pipeline.domain.ingest.counts import counted_copy, counted_deliveries
from pipeline.domain.ingest.fates import QUARANTINED, of
from pipeline.domain.ingest.money_in import accepted_payments, posted_reversals
from pipeline.domain.ingest.month import Ingested, ingested
from pipeline.domain.ingest.quarantine import quarantined
from pipeline.rules.in_force import InForce
from pipeline.storage.arrivals import Arrivals, arrivals, closed_deliveries, originals
from pipeline.storage.cycles import cycle_of
from pipeline.storage.delivery_files import outside_rows
from pipeline.storage.due_feeds import late_feeds
from pipeline.storage.homes import at_home, home_key, homes_of
from pipeline.storage.known import before
from pipeline.storage.landing import LANDED, Delivery
from pipeline.storage.parts import UNPLACED, WHOLE, part_of
from pipeline.storage.readmitted import FILES, with_readmitted
from pipeline.storage.run import MonthRun

#: How long ids of payments, documents and readings are remembered.
REMEMBERED: Final = "payment_id_window_months"
LATE: Final = "late_feeds"
NOTES: Final = "delivery_notes"
RELEASED: Final = "suspense_released"
_NOTES: Final = {"table_name": pl.String(), "delivery_id": pl.String(), "note_code": pl.String(),
                 "column_name": pl.String(), "rows": pl.Int64()}
_EVENTS: Final = events.EVENTS
_PROVENANCE: Final = ("delivery_id", "row_number", "received_at")


def ingest_month(run: MonthRun) -> None:
    """Read, judge, stage and write everything that arrived for the month of the run."""
    cycle = cycle_of(run.book, run.month, run.as_of)
    arrived = arrivals(run.book, run.state, cycle, run.as_of)
    late = late_feeds(run.book.settings.feeds, arrived)
    arrived, readmitted = with_readmitted(run.book, run.state, arrived)
    months = InForce(run.rule_book, "ledger", run.month.first_day).integer(REMEMBERED)
    known = before(run.book, run.state, arrived, months=months)
    found = ingested({name: arrived.of(table) for name, table in LANDED.items()}, known)
    _stage_index(run, found)
    _stage_whole(run, found)
    _stage_parts(run, found)
    _write_tables(run, arrived, readmitted, found)
    run.write_staged(LATE, WHOLE, late)
    notes = [(note.table, note.delivery_id, note.code, note.column, note.rows) for note in arrived.notes]
    run.write_staged(NOTES, WHOLE, pl.DataFrame(notes, schema=_NOTES, orient="row").unique().sort(*_NOTES))


def _stage_index(run: MonthRun, found: Ingested) -> None:
    run.write_staged(ingest.ACCOUNT_INDEX.name, WHOLE, found.index.sort("account_index"))
    _write_by_part(run, ingest.ACCOUNT_INDEX, found.index, found.index)


def _stage_whole(run: MonthRun, found: Ingested) -> None:
    """Registers and events as of the cut, those of accounts by part; registries and the bank's statement."""
    homes = homes_of(found.index, found.accepted(registers.ACCOUNTS), found.accepted(registers.RIGHTS))
    for table in (*registers.REGISTERS, *_EVENTS):
        rows = found.accepted(table)
        if table in _EVENTS and "account_id" in rows.columns:
            rows = spelled_as_in_the_book(rows)
        placed = at_home(rows.select(table.inside_names).sort(table.primary_key), homes, home_key(table))
        for part in [*run.parts, UNPLACED] if home_key(table) else [WHOLE]:
            run.write_staged(table.name, part, placed.get(part, rows.select(table.inside_names).clear()))
    live = found.money.known_registries
    run.write_staged(payments.REGISTRIES.name, WHOLE, live)
    run.write_staged(payments.BANK_STATEMENTS.name, WHOLE, _own(found, payments.BANK_STATEMENTS).sort("operation_id"))


def _stage_parts(run: MonthRun, found: Ingested) -> None:
    """Feeds by part, sorted by account."""
    documents, charges = _in_the_book(found, billing.BILLING_DOCUMENTS), _in_the_book(found, billing.CHARGES)
    readings = found.accepted(metering.METER_READINGS)
    reversals = posted_reversals(found.money)
    released = pl.concat([found.money.undone.released, found.money.revived])
    _stage(run, found, billing.BILLING_DOCUMENTS.name, documents, ["account_id", "document_id"])
    _stage(run, found, billing.CHARGES.name, charges, ["account_id", "document_id", "line_number"])
    _stage(run, found, payments.PAYMENTS.name, _paid(found), ["account_id", "payment_id"])
    _stage(run, found, payments.PAYMENT_REVERSALS.name, reversals, ["account_id", "reversal_id"])
    _stage(run, found, metering.METER_READINGS.name, readings.select(
        *metering.METER_READINGS.inside_names, "account_id", *_PROVENANCE), ["account_id", "reading_id"])
    _stage(run, found, payments.PAYMENT_IDENTIFICATIONS.name, found.identified, ["account_id", "suspended_id"],
           has_unplaced=True)
    run.write_staged("suspended_new", UNPLACED, found.suspended)
    run.write_staged(RELEASED, UNPLACED, released.sort("suspended_id"))


def _paid(found: Ingested) -> pl.DataFrame:
    return accepted_payments(found.money.payments).select(
        *payments.PAYMENTS.inside_names, "paid_account_id", "posted_at", "is_identified", *_PROVENANCE
    )


def _in_the_book(found: Ingested, table: Table) -> pl.DataFrame:
    return spelled_as_in_the_book(found.accepted(table)).select(*table.inside_names, *_PROVENANCE)


def _own(found: Ingested, table: Table) -> pl.DataFrame:
    return found.accepted(table).select(*table.inside_names, *_PROVENANCE)


def _stage(
    run: MonthRun, found: Ingested, name: str, rows: pl.DataFrame, order: list[str], *, has_unplaced: bool = False
) -> None:
    placed = _by_part(run, rows.sort(order), found.index)
    for part in [*run.parts, *([UNPLACED] if has_unplaced else [])]:
        run.write_staged(name, part, placed.get(part, rows.clear()))


def _by_part(run: MonthRun, rows: pl.DataFrame, index: pl.DataFrame) -> Mapping[str, pl.DataFrame]:
    """Rows by the part of their account, in their order."""
    position = index.select("account_id", _position="account_index")
    told = rows.join(position, on="account_id", how="left", maintain_order="left").with_columns(
        _part=part_of(pl.col("_position"))
    )
    cut = told.drop("_position").partition_by("_part", as_dict=True, include_key=False, maintain_order=True)
    return {str(key[0]): frame for key, frame in cut.items()}


def _write_by_part(
    run: MonthRun, table: Table, rows: pl.DataFrame, index: pl.DataFrame, *, has_unplaced: bool = False
) -> None:
    placed = _by_part(run, rows, index)
    for part in [*run.parts, *([UNPLACED] if has_unplaced else [])]:
        run.write(table, part, placed.get(part, rows.clear()))


def _write_tables(run: MonthRun, arrived: Arrivals, readmitted: pl.DataFrame, found: Ingested) -> None:
    """The published tables of the room."""
    files, repeated = _files(run, arrived, readmitted)
    run.write(ingest.DELIVERIES, WHOLE, pl.concat([counted_deliveries(found.settled, files), repeated]))
    _write_by_part(run, ingest.QUARANTINE, _refused_rows(run, found, files), found.index, has_unplaced=True)
    month, cycle = run.month, arrived.cycle
    incomplete = incomplete_bills(
        found.accepted(registers.ACCOUNTS), found.settled["billing_documents"], found.settled["charges"],
        found.earlier_documents, first_day=month.first_day, last_day=month.last_day,
        is_due=cycle.issue_on <= arrived.until,
    )
    _write_by_part(run, ingest.INCOMPLETE_BILLS, incomplete, found.index)
    awaited = awaited_registries(
        found.accepted(registers.ISSUE_CALENDAR), found.money.known_registries,
        run.state.read(ingest.AWAITED_REGISTRIES), issue_on=cycle.issue_on, next_issue_on=cycle.next_issue_on,
        cut_on=arrived.until,
    )
    run.write(ingest.AWAITED_REGISTRIES, WHOLE, awaited)
    run.write(ingest.KNOWN_REGISTRIES, WHOLE, found.money.known_registries)
    _write_by_part(run, ingest.POSTED_REVERSALS, posted_reversals(found.money), found.index)
    run.write(ingest.POSTED_REMITTANCES, WHOLE, _own(found, payments.REMITTANCES))


def _files(run: MonthRun, arrived: Arrivals, readmitted: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Deliveries whose rows were judged, and rows of `deliveries` for those that came again."""
    known = set(closed_deliveries(run.state).select("table_name", "delivery_id").rows())
    since = start_of_day(arrived.cycle.issue_on)
    listed = []
    for one in arrived.read:
        days = [start_of_day(one.arrived_on)] if one.arrived_on else _days_of_rows(arrived, one)
        is_going_on = one.arrived_on is None and (one.table.name, one.delivery_id) in known
        listed += [
            (one.delivery_id, one.table.name, day, "read", one.dated_by, one.files)
            for day in days if not is_going_on or day >= since
        ]
    files = pl.concat([pl.DataFrame(listed, schema=FILES, orient="row"), readmitted])
    again = [counted_copy(outside_rows(one)[0], {
        "delivery_id": one.delivery_id, "table_name": one.table.name, "dated_by_code": one.dated_by,
        "received_at": start_of_day(one.arrived_on or arrived.until), "files": one.files,
    }) for one in arrived.repeated]
    return files, pl.concat([ingest.DELIVERIES.empty_inside(), *again])


def _days_of_rows(arrived: Arrivals, delivery: Delivery) -> list[datetime]:
    """Days on which rows of a file without a folder arrived; an empty one arrived by the cut."""
    rows = arrived.of(delivery.table).filter(pl.col("delivery_id") == delivery.delivery_id)
    return rows["received_at"].unique().sort().to_list() or [start_of_day(arrived.until)]


def _refused_rows(run: MonthRun, found: Ingested, files: pl.DataFrame) -> pl.DataFrame:
    """Rows of `quarantine`; personal values of refused rows go under the personal folder."""
    listed = [ingest.QUARANTINE.empty_inside()]
    mine = ["delivery_id", "received_at"]
    for name, settled in found.settled.items():
        table = LANDED[name]
        refused = of(settled, QUARANTINED).join(files.filter(pl.col("table_name") == name), on=mine, how="semi")
        if refused.is_empty():
            continue
        told = originals(run.book, refused.select("delivery_id", "row_number"), table)
        listed.append(quarantined(refused, table, told))
        if table.personal_columns:
            run.write_personal(f"quarantine_{name}", told)
    return pl.concat(listed)
