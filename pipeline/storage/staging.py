"""The work of ingest: everything that arrived is judged once and staged once into parts; its tables are written.

Small tables are read whole. The big ones, whose rows belong to accounts, are routed to the parts of their accounts and
judged there; only rows that hang together over several parts, and money that is not ordinary, are judged for the whole
book. Order matters for a retry only in one thing: the account index is staged first, because the parts follow from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import polars as pl

from pipeline.billing_month import start_of_day
from pipeline.contracts import events, ingest, ledger, payments, recalculation_events, registers
from pipeline.contracts.house_meters import HOUSE_METER_READINGS
from pipeline.contracts.meter_acts import METER_ACTS
from pipeline.contracts.table import Table
from pipeline.domain.ingest.accounts import spelled_as_in_the_book, spellings
from pipeline.domain.ingest.awaited import awaited_registries
from pipeline.domain.ingest.counts import counted_copy, listed_deliveries
from pipeline.domain.ingest.fates import ACCEPTED, QUARANTINED, of
from pipeline.domain.ingest.month import (
    FEEDS_OF_ACCOUNTS,
    OF_ACCOUNTS,
    PLAIN,
    Before,
    judged_ground,
    judged_plain,
    written_ids,
)
from pipeline.domain.ingest.ordinary import Ordinary
from pipeline.domain.ingest.quarantine import quarantined
from pipeline.rules.in_force import InForce
from pipeline.storage.account_index import month_index
from pipeline.storage.arrivals import ACCOUNTS_SEEN, Arrivals, arrivals, closed_deliveries
from pipeline.storage.cycles import cycle_of
from pipeline.storage.delivery_files import outside_rows
from pipeline.storage.due_feeds import late_feeds
from pipeline.storage.homes import MEANT, PART
from pipeline.storage.known import known_money, plain_before, refused_rows
from pipeline.storage.landing import LANDED
from pipeline.storage.part_rows import EVERY_PART, MEANT_FILE, Routes, ground_for, set_apart
from pipeline.storage.parts import UNPLACED, WHOLE
from pipeline.storage.readmitted import FILES, with_readmitted
from pipeline.storage.routes import Found, announced_again, money_together, routed_rows, routes_of, sought_before
from pipeline.storage.routing import NOBODY
from pipeline.storage.run import MonthRun
from pipeline.storage.seen_before import known_feeds, seen_before
from pipeline.storage.staging_parts import IDENTIFIED, OF_NOBODY, Bills, StagedPart, stage_part
from pipeline.storage.stored_rows import originals
from pipeline.storage.whole import Whole, for_parts, judged_whole, leave, left_for
from pipeline.storage.work_files import clear, folder_for, read_arrow, write_arrow

#: How long ids of payments, documents and readings are remembered.
REMEMBERED: Final = "payment_id_window_months"
LATE: Final = "late_feeds"
NOTES: Final = "delivery_notes"
RELEASED: Final = "suspense_released"
#: Ids of applications and acts that this cycle brought: the others have been looked at.
NEW_APPLICATIONS: Final = "new_applications"
#: The same of acts on meters.
NEW_METER_ACTS: Final = "new_meter_acts"
_NOTES: Final = {"table_name": pl.String(), "delivery_id": pl.String(), "note_code": pl.String(),
                 "column_name": pl.String(), "rows": pl.Int64()}
APART: Final = {table.name for table in (*OF_ACCOUNTS, *FEEDS_OF_ACCOUNTS, payments.PAYMENTS)}
_SMALL: Final = tuple(table for table in (*registers.REGISTERS, *events.EVENTS) if table.name not in APART)
_PROVENANCE: Final = ("delivery_id", "row_number", "received_at")


def ingest_month(run: MonthRun) -> None:
    """Read, judge, stage and write everything that arrived for the month of the run."""
    clear(run)
    cycle = cycle_of(run.book, run.month, run.as_of)
    arrived = arrivals(run.book, run.state, cycle, run.as_of, apart=APART)
    arrived, readmitted = with_readmitted(run.book, run.state, arrived)
    index = month_index(run, arrived)
    run.write_staged(ingest.ACCOUNT_INDEX.name, WHOLE, index)
    found = routed_rows(run, arrived, index)
    run.write_staged(LATE, WHOLE, late_feeds(run.book.settings.feeds, arrived, found.tables))
    settled = _small_tables(run, arrived, found, index)
    before, routes = _before(run, arrived, found, index)
    ground, scopes = ground_for(run), [*run.parts, UNPLACED]
    settled |= judged_plain(ground, _rows(arrived, PLAIN), before.rows)
    paid = run.map_parts(set_apart, scopes, routes=routes)
    whole = judged_whole(run, arrived, ground, settled, before, Ordinary.of_parts([one.ordinary for one in paid]))
    counts = pl.concat([whole.counts, *(one.counts for one in paid)])
    for_parts(run, whole, ground, found.accounts)
    leave(run, ingest.QUARANTINE.name, _refused(run, whole, _files(run, arrived, readmitted, counts)), found.accounts)
    like = {IDENTIFIED: whole.money.identified.clear()}
    staged = run.map_parts(stage_part, scopes, routes=routes, bills=_bills(run, arrived), like=like)
    _stage_whole(run, whole)
    counts = pl.concat([counts, *(part.counts for part in staged)])
    _write_tables(run, arrived, whole, listed_deliveries(counts, _files(run, arrived, readmitted, counts)))
    _write_personal(run, staged)
    clear(run)


def _rows(arrived: Arrivals, tables: Iterable[Table]) -> dict[str, pl.DataFrame]:
    return {table.name: arrived.of(table) for table in tables}


def _bills(run: MonthRun, arrived: Arrivals) -> Bills:
    return Bills(run.month.first_day, run.month.last_day, arrived.cycle.issue_on <= arrived.until)


def _small_tables(run: MonthRun, arrived: Arrivals, found: Found, index: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Registers and events that belong to no part, judged and staged as of the cut: all others are judged by them."""
    named = _rows(arrived, (*events.EVENTS, payments.PAYMENT_REVERSALS, payments.PAYMENT_IDENTIFICATIONS))
    meant = spellings(written_ids(named.values()), index)
    write_arrow(folder_for(run, MEANT_FILE) / "routed.arrow", found.meant)
    write_arrow(folder_for(run, MEANT_FILE) / "whole.arrow", _of_whole(meant, NOBODY))
    settled, _ = judged_ground(_rows(arrived, _SMALL), meant)
    for table in _SMALL:
        rows = of(settled[table.name], ACCEPTED)
        if table in events.EVENTS and "account_id" in rows.columns:
            rows = spelled_as_in_the_book(rows)
        run.write_staged(table.name, WHOLE, rows.select(table.inside_names).sort(table.primary_key))
    new = [_brought_now(run, arrived, table, settled[table.name]) for table in recalculation_events.EVENTS]
    run.write_staged(NEW_APPLICATIONS, WHOLE, pl.concat(new).sort("event_id"))
    acts = _brought_now(run, arrived, METER_ACTS, settled[METER_ACTS.name])
    run.write_staged(NEW_METER_ACTS, WHOLE, acts.sort("event_id"))
    return settled


def _brought_now(run: MonthRun, arrived: Arrivals, table: Table, rows: pl.DataFrame) -> pl.DataFrame:
    """event_id of accepted rows that no closed month has taken in."""
    accepted = of(rows, ACCEPTED)
    closed = closed_deliveries(run.state) if accepted.height else ingest.DELIVERIES.empty_inside()
    known = closed.filter(pl.col("table_name") == table.name)["delivery_id"]
    is_new = ~pl.col("delivery_id").is_in(known.implode()) | (
        pl.col("received_at") >= start_of_day(arrived.cycle.issue_on)
    )
    return accepted.filter(is_new).select("event_id")


def _of_whole(meant: pl.DataFrame, part: int) -> pl.DataFrame:
    return meant.with_columns(pl.lit(part, dtype=pl.Int32()).alias(PART)).select(MEANT.keys())


def _before(run: MonthRun, arrived: Arrivals, found: Found, index: pl.DataFrame) -> tuple[Before, Routes]:
    """What closed months know of the ids of the cycle; and with that, what every part is told."""
    months = InForce(run.rule_book, "ledger", run.month.first_day).integer(REMEMBERED)
    state, back = run.state, run.state.months_back(months)
    closed, refused = state.keyed(ingest.DELIVERIES, back), refused_rows(state, back, arrived)
    sought = sought_before(run, arrived, found)
    posted = seen_before(run, closed, refused, back, sought)
    known = known_feeds(run)["billing_documents"]
    meant = _of_whole(spellings(known["account_id"], index), EVERY_PART)
    write_arrow(folder_for(run, MEANT_FILE) / "known.arrow", meant)
    again = announced_again(run, arrived)
    corrected = state.keyed(ledger.POSTED_PAYMENTS, back, registry_ids=again)
    money = known_money(state, back, arrived, pl.concat([posted, corrected]))
    before = Before(index, ACCOUNTS_SEEN, plain_before(run.book, closed, arrived, refused), money)
    routes = routes_of(found, money_together(run, arrived, found, money), again)
    found.forget_ties()
    return before, routes


def _stage_whole(run: MonthRun, whole: Whole) -> None:
    """Registries, the bank's statement, readings of houses, what is suspended and released, decisions of no account."""
    statements, money = payments.BANK_STATEMENTS, whole.money
    run.write_staged(payments.REGISTRIES.name, WHOLE, money.rows.known_registries)
    own = of(whole.settled[statements.name], ACCEPTED).select(*statements.inside_names, *_PROVENANCE)
    run.write_staged(statements.name, WHOLE, own.sort("operation_id"))
    of_houses = of(whole.settled[HOUSE_METER_READINGS.name], ACCEPTED).select(HOUSE_METER_READINGS.inside_names)
    run.write_staged(HOUSE_METER_READINGS.name, WHOLE, of_houses.sort("reading_id"))
    nobody = left_for(run, IDENTIFIED, UNPLACED, money.identified)
    run.write_staged(IDENTIFIED, UNPLACED, nobody.sort("account_id", "suspended_id"))
    run.write_staged("suspended_new", UNPLACED, money.suspended)
    released = pl.concat([money.rows.undone.released, money.rows.revived])
    run.write_staged(RELEASED, UNPLACED, released.sort("suspended_id"))


def _write_tables(run: MonthRun, arrived: Arrivals, whole: Whole, deliveries: pl.DataFrame) -> None:
    """The published tables of the room that are written whole, and refused rows of nobody."""
    run.write(ingest.DELIVERIES, WHOLE, pl.concat([deliveries, _repeated(arrived)]))
    nobody = left_for(run, ingest.QUARANTINE.name, UNPLACED, ingest.QUARANTINE.empty_inside())
    run.write(ingest.QUARANTINE, UNPLACED, read_arrow(folder_for(run, OF_NOBODY), nobody))
    cycle, known = arrived.cycle, whole.money.rows.known_registries
    awaited = awaited_registries(
        of(whole.settled[registers.ISSUE_CALENDAR.name], ACCEPTED), known, run.state.read(ingest.AWAITED_REGISTRIES),
        issue_on=cycle.issue_on, next_issue_on=cycle.next_issue_on, cut_on=arrived.until,
    )
    run.write(ingest.AWAITED_REGISTRIES, WHOLE, awaited)
    run.write(ingest.KNOWN_REGISTRIES, WHOLE, known)
    remittances = of(whole.settled[payments.REMITTANCES.name], ACCEPTED)
    run.write(ingest.POSTED_REMITTANCES, WHOLE, remittances.select(*payments.REMITTANCES.inside_names, *_PROVENANCE))
    notes = [(note.table, note.delivery_id, note.code, note.column, note.rows) for note in arrived.notes]
    run.write_staged(NOTES, WHOLE, pl.DataFrame(notes, schema=_NOTES, orient="row").unique().sort(*_NOTES))


def _files(run: MonthRun, arrived: Arrivals, readmitted: pl.DataFrame, counts: pl.DataFrame) -> pl.DataFrame:
    """Deliveries whose rows were judged. A file without a folder is one on every day on which rows of it arrived; an
    empty one arrived by the cut."""
    known = set(closed_deliveries(run.state).select("table_name", "delivery_id").rows())
    since = start_of_day(arrived.cycle.issue_on)
    days = counts.group_by("table_name", "delivery_id").agg(pl.col("received_at").unique().sort())
    days_of = {(table, delivery_id): came for table, delivery_id, came in days.rows()}
    listed = []
    for one in arrived.read:
        key = (one.table.name, one.delivery_id)
        came = [start_of_day(one.arrived_on)] if one.arrived_on else days_of.get(key, [start_of_day(arrived.until)])
        is_going_on = one.arrived_on is None and key in known
        listed += [
            (one.delivery_id, one.table.name, day, "read", one.dated_by, one.files)
            for day in came if not is_going_on or day >= since
        ]
    return pl.concat([pl.DataFrame(listed, schema=FILES, orient="row"), readmitted])


def _repeated(arrived: Arrivals) -> pl.DataFrame:
    """Rows of `deliveries` for files that came again."""
    again = [counted_copy(outside_rows(one)[0], {
        "delivery_id": one.delivery_id, "table_name": one.table.name, "dated_by_code": one.dated_by,
        "received_at": start_of_day(one.arrived_on or arrived.until), "files": one.files,
    }) for one in arrived.repeated]
    return pl.concat([ingest.DELIVERIES.empty_inside(), *again])


def _refused(run: MonthRun, whole: Whole, files: pl.DataFrame) -> pl.DataFrame:
    """Rows of `quarantine` of the tables that are judged whole; what closed months have refused is theirs."""
    listed = [ingest.QUARANTINE.empty_inside()]
    for name, settled in whole.settled.items():
        if name in APART:
            continue
        mine = files.filter(pl.col("table_name") == name)
        refused = of(settled, QUARANTINED).join(mine, on=["delivery_id", "received_at"], how="semi")
        if refused.height:
            told = originals(run.book, refused.select("delivery_id", "row_number"), LANDED[name])
            listed.append(quarantined(refused, LANDED[name], told))
    return pl.concat(listed)


def _write_personal(run: MonthRun, staged: Sequence[StagedPart]) -> None:
    """Refused rows with names and phones as delivered, under the personal folder, of all parts."""
    for name in sorted({name for part in staged for name in part.personal}):
        refused = pl.concat([part.personal[name] for part in staged if name in part.personal])
        run.write_personal(f"quarantine_{name}", originals(run.book, refused, LANDED[name]))
