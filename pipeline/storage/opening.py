"""Open a book: its opening feeds and account register become the state that the first month starts from.

All or nothing: one bad row and nothing is opened; the error says how many rows break which rule. Opening feeds count
with any day of arrival up to the first issue of documents, registers as they were on that day.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from pipeline.billing_month import start_of_day
from pipeline.contracts import debt, ingest, ledger, metering, opening, registers
from pipeline.contracts.table import Stage, Table
from pipeline.domain.debt.opening import opening_debtors
from pipeline.domain.ingest import opening as openings
from pipeline.domain.ingest.accounts import KNOWN_ACCOUNT, extended_index, placed, spelled_as_in_the_book
from pipeline.domain.ingest.counts import counted_deliveries
from pipeline.domain.ingest.fates import ACCEPTED, QUARANTINED, REASONS, of, with_reasons
from pipeline.domain.ingest.opening import OpeningTotals
from pipeline.domain.ingest.plain import judged_rows
from pipeline.errors import RaschetError
from pipeline.rules.debt import DebtRules
from pipeline.rules.ledger import LedgerRules
from pipeline.rules.registry import RuleBook
from pipeline.storage.arrivals import closed_deliveries, newest, require_needed, rows_of, stored_copy
from pipeline.storage.book import Book
from pipeline.storage.cycles import Cycle, cycles_of
from pipeline.storage.delivery_files import empty_rows
from pipeline.storage.landing import Delivery, deliveries_in
from pipeline.storage.parts import WHOLE, part_of, parts_of
from pipeline.storage.publish import publish_opening
from pipeline.storage.readmitted import FILES
from pipeline.storage.state import State

Parts = dict[str, pl.DataFrame]


class CannotOpen(RaschetError):
    """The opening feeds do not make a state."""


@dataclass(frozen=True)
class Opening:
    """The opening state, ready to be published, and the totals to sign off."""

    as_of: date
    totals: OpeningTotals
    frames: Mapping[str, Parts]


def open_book(book: Book, *, confirm: Callable[[OpeningTotals], None] | None = None) -> OpeningTotals:
    """Read, show the totals to `confirm` (which raises to stop), publish the opening state. The same opening again
    changes nothing."""
    found = read_opening(book)
    if confirm is not None:
        confirm(found.totals)
    publish_opening(book, found.frames, found.as_of)
    return found.totals


def read_opening(book: Book) -> Opening:
    """The opening state from the landing folder; CannotOpen with counts by rule when a row is bad."""
    cycle = _first_cycle(book.require())
    require_needed(book)
    cut_on = cycle.issue_on - timedelta(days=1)
    found = _read(book, cycle)
    rows = {name: spelled_as_in_the_book(of(frame, ACCEPTED)) for name, frame in found.feeds.items()}
    rules = RuleBook.read().with_overrides(book.settings.rules)
    items = openings.open_items(
        rows["opening_items"], cut_on=cut_on, limitation_years=LedgerRules.in_force(rules, cut_on).limitation_years
    )
    advances = openings.advances(rows["opening_advances"])
    meters = rows["opening_meters"].select(metering.METER_MEMORY.inside_names)
    debtors = opening_debtors(
        items, rows["opening_dunning"].select(opening.OPENING_DUNNING.inside_names), found.accounts,
        rules=DebtRules.in_force(rules, cut_on), as_of=cut_on, book_id=book.settings.book_id,
    )
    tables = (
        (ledger.OPEN_ITEMS, items), (ledger.ADVANCES, advances), (metering.METER_MEMORY, meters),
        (debt.DEBTORS, debtors), (ingest.ACCOUNT_INDEX, found.index),
    )
    frames = {table.name: _by_part(held, found.index) for table, held in tables}
    frames[ingest.DELIVERIES.name] = {WHOLE: counted_deliveries(found.feeds, _files(found.deliveries))}
    totals = openings.totals(found.accounts, items, advances, meters, rows["opening_dunning"])
    return Opening(cut_on, totals, frames)


@dataclass(frozen=True)
class _Read:
    deliveries: list[Delivery]
    feeds: dict[str, pl.DataFrame]
    accounts: pl.DataFrame
    index: pl.DataFrame


def _read(book: Book, cycle: Cycle) -> _Read:
    """Opening feeds judged by their contracts and by the registers of the first issue."""
    feeds = deliveries_in(book.landing, Stage.OPENING, until=cycle.issue_on)
    snapshots = newest(deliveries_in(book.landing, Stage.REGISTER, until=cycle.issue_on))
    rows, _notes = rows_of(
        [stored_copy(book, one) for one in (*feeds, *snapshots)], until=cycle.issue_on, since=cycle.issue_on,
        consumed=closed_deliveries(State.before_opening(book)),
    )
    known = {
        table.name: of(judged_rows(rows.get(table.name, empty_rows(table)), table), ACCEPTED)
        for table in (registers.ACCOUNTS, registers.CREDITORS, registers.SERVICES, registers.SERVICE_CONTRACTS)
    }
    if known["accounts"].is_empty():
        raise CannotOpen("В реестре счетов accounts нет ни одного счёта ко дню открытия",
                         f"Положите снимок реестра не позже {cycle.issue_on:%d.%m.%Y} и повторите raschet open")
    index = extended_index(ingest.ACCOUNT_INDEX.empty_inside(), known["accounts"].select("account_id", "received_at"))
    told = {table.name: _judged(table, rows.get(table.name, empty_rows(table)), known, index, cycle)
            for table in opening.OPENING}
    _require_sound(told)
    return _Read(feeds, told, known["accounts"].select(registers.ACCOUNTS.inside_names), index)


def _judged(
    table: Table, rows: pl.DataFrame, known: Mapping[str, pl.DataFrame], index: pl.DataFrame, cycle: Cycle
) -> pl.DataFrame:
    rows = placed(rows, index)
    rules = {"unknown_account": pl.col(KNOWN_ACCOUNT).is_null()}
    for column, register in (("creditor_id", "creditors"), ("service_code", "services"),
                             ("contract_id", "service_contracts")):
        if column in rows.columns:
            ids = known[register][column]
            is_unknown = pl.col(column).is_not_null() & ~pl.col(column).is_in(ids.implode())
            rules[f"unknown_{column.removesuffix('_id').removesuffix('_code')}"] = is_unknown.fill_null(False)
    if "issued_on" in rows.columns:
        rules["issued_in_the_first_month"] = pl.col("issued_on") >= cycle.issue_on
    return judged_rows(with_reasons(rows, rules), table)


def _require_sound(told: Mapping[str, pl.DataFrame]) -> None:
    """Nothing is opened while a row is bad."""
    counts = [
        f"{name}: {rule} — {rows}"
        for name, frame in told.items()
        for rule, rows in of(frame, QUARANTINED).explode(REASONS).group_by(REASONS).len().sort(REASONS).rows()
    ]
    if counts:
        raise CannotOpen(
            f"Участок не открыт, в начальных данных есть негодные строки: {'; '.join(counts)}",
            "Исправьте файлы opening_* и повторите raschet open",
        )


def _first_cycle(book: Book) -> Cycle:
    """The cycle of the first month by the newest snapshot of all: the first one need not be older than the issue."""
    found = cycles_of(book, date.max).get(book.settings.first_month)
    if found is None:
        raise CannotOpen(f"В реестре cycles нет первого месяца участка {book.settings.first_month}",
                         f"Положите снимок реестра в {book.landing / 'cycles'} и повторите raschet open")
    return found


def _files(deliveries: list[Delivery]) -> pl.DataFrame:
    listed = [
        (one.delivery_id, one.table.name, start_of_day(one.arrived_on), "read", one.dated_by, one.files)
        for one in deliveries if one.arrived_on is not None
    ]
    return pl.DataFrame(listed, schema=FILES, orient="row")


def _by_part(rows: pl.DataFrame, index: pl.DataFrame) -> Parts:
    """Rows by the part of their account; every part, empty ones too."""
    position = index.select("account_id", _part=part_of(pl.col("account_index")))
    cut = rows.join(position, on="account_id", how="left", maintain_order="left").partition_by(
        "_part", as_dict=True, include_key=False
    )
    return {part: cut.get((part,), rows.clear()) for part in parts_of(index.height)}
