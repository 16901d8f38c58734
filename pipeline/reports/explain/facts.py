"""Everything published about one account: rows of the month and of earlier ones. Registers and lines: `delivered.py`.

Rows are looked up by key: the account's part is known from the account index, so each table is one file, and files are
sorted by account. So a region answers as fast as a town. Not here: what the rows mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import duckdb

from pipeline.billing_month import MOSCOW_NAME, BillingMonth
from pipeline.contracts.catalogue import TABLES, tables_of
from pipeline.contracts.debt import DISPATCHES
from pipeline.contracts.handovers import HANDOVERS
from pipeline.contracts.table import Stage
from pipeline.reports.explain.delivered import journal_of, lines_of, registers_of
from pipeline.reports.explain.explanation import Row
from pipeline.storage.book import Book
from pipeline.storage.files import parquet_files
from pipeline.storage.manifest import Version, published_version
from pipeline.storage.parts import PART_SIZE, UNPLACED, WHOLE, part_name

HISTORY_MONTHS: Final = 12
#: Tables whose earlier months are told too.
REMEMBERED: Final = (
    "billed_documents", "posted_payments", "payment_allocations", "posted_reversals", "eligibility", "deliveries",
    "advance_terms", "advance_schedule",
)
_OF_THE_BOOK: Final = frozenset({
    "conservation", "registry_reconciliation", "known_registries", "deliveries", "posted_remittances", "account_index",
})
_WHOLE_TABLES: Final = frozenset({"debtor_lists", "awaited_registries"})
_LISTED: Final = {"sms_list": "account_ids", "call_list": "account_ids", "suspended_payments": "candidate_account_ids"}


@dataclass(frozen=True)
class Source:
    """One published version as far as it concerns the account."""

    version: Version
    part: str

    def files(self, table: str) -> list[str]:
        """Files of a table that may hold the account."""
        files = parquet_files(self.version.folder / table)
        return [str(file) for file in files if file.stem in (self.part, UNPLACED, WHOLE)]


@dataclass
class Reader:
    """A connection that answers `rows of this account in that table`."""

    connection: duckdb.DuckDBPyConnection
    account_id: str

    @classmethod
    def open(cls, account_id: str) -> Reader:
        connection = duckdb.connect()
        connection.execute(f"SET TimeZone = '{MOSCOW_NAME}'")
        connection.execute("SET memory_limit = '1GB'")
        return cls(connection, account_id)

    def close(self) -> None:
        self.connection.close()

    def select(self, files: Iterable[str | Path], where: str = "TRUE", order: str = "", **parameters: Any) -> list[Row]:
        """Rows of some Parquet files; empty without files."""
        named = [str(file) for file in files]
        if not named:
            return []
        ordered = f" ORDER BY {order}" if order else ""
        sql = f"SELECT * FROM read_parquet($files, hive_partitioning = false) WHERE {where}{ordered}"
        cursor = self.connection.execute(sql, {"files": named, **parameters})
        names = [column[0] for column in cursor.description or []]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def published(self, source: Source, table: str) -> list[Row]:
        """Rows of the account in a published table, by its key."""
        files, order = source.files(table), ", ".join(TABLES[table].primary_key)
        if table in _WHOLE_TABLES:
            return self.select(files, order=order)
        if table in _LISTED:
            own = "account_id = $account OR " if "account_id" in TABLES[table].names else ""
            where = f"{own}list_contains({_LISTED[table]}, $account)"
            return self.select(files, where, order, account=self.account_id)
        if table not in _OF_THE_BOOK and "account_id" in TABLES[table].names:
            return self.select(files, "account_id = $account", order, account=self.account_id)
        return []


@dataclass(frozen=True)
class Facts:
    """What is known of the account; money as Decimal roubles, as published."""

    book: Book
    account_id: str
    version: Version
    rows: Mapping[str, list[Row]]
    past: Mapping[BillingMonth, Mapping[str, list[Row]]]
    registers: Mapping[str, list[Row]]
    lines: list[Row]
    journal: list[Row] = field(default_factory=list)
    """Messages, receipts and applications that left for the account by the night of the month."""
    handed: list[Row] = field(default_factory=list)
    """Requests about it that left to providers, courts, banks and bailiffs, and offers to it."""
    sources: Mapping[BillingMonth, Version] = field(default_factory=dict)

    @property
    def month(self) -> BillingMonth:
        return self.version.month

    @property
    def as_of(self) -> date:
        return self.version.as_of

    @property
    def cut(self) -> datetime:
        return datetime.fromisoformat(self.version.content["cut"])

    def of(self, table: str) -> list[Row]:
        """Rows of the month that is explained."""
        return self.rows.get(table, [])

    def ever(self, table: str) -> list[tuple[BillingMonth, Row]]:
        """Rows of the months told and of this one, in order of months."""
        told = [(month, row) for month in sorted(self.past) for row in self.past[month].get(table, [])]
        return told + [(self.month, row) for row in self.of(table)]

    @cached_property
    def account(self) -> Row:
        """The account as its register says; empty when it is not in it."""
        return next(iter(self.registers.get("accounts", [])), {})

    @cached_property
    def cycle(self) -> Row:
        found = [row for row in self.registers["cycles"] if row["billing_month"] == self.month.first_day]
        return found[0] if found else {}

    def channel(self, code: str | None) -> Row:
        """A channel of the register; empty for none."""
        return next((row for row in self.registers["channels"] if row["channel_code"] == code), {})


def read_facts(book: Book, version: Version, account_id: str, position: int) -> Facts:
    """Read one account of one published month."""
    reader = Reader.open(account_id)
    try:
        part = part_name(position // PART_SIZE)
        source = Source(version, part)
        rows = {
            table.name: reader.published(source, table.name)
            for table in tables_of(Stage.PUBLISHED) if table.name != "deliveries"
        }
        months = _months_told(book, version, rows["open_items"])
        sources = {month: found for month in months if (found := published_version(book, month)) is not None}
        past = {
            month: {name: reader.published(Source(found, part), name) for name in REMEMBERED if name != "deliveries"}
            for month, found in sources.items()
        }
        versions = {**sources, version.month: version}
        journal, handed = (
            journal_of(reader.connection, book, table, account_id, version.as_of) for table in (DISPATCHES, HANDOVERS)
        )
        registers = registers_of(reader.connection, book, versions, account_id, journal)
        rows["house_balances"] = _of_the_house(reader, source, registers["accounts"])
        billed = {month: [row["document_id"] for row in past[month]["billed_documents"]] for month in sources}
        billed[version.month] = [row["document_id"] for row in rows["billed_documents"]]
        wanted = {row["document_id"] for name in ("billed_documents", "open_items") for row in rows[name]}
        told = {month: sorted(wanted.intersection(documents)) for month, documents in billed.items()}
        lines = lines_of(reader.connection, book, versions, told, account_id)
        return Facts(book, account_id, version, rows, past, registers, lines, journal, handed, sources)
    finally:
        reader.close()


def _of_the_house(reader: Reader, source: Source, accounts: list[Row]) -> list[Row]:
    """Balances of the account's house; none where the register does not know the account."""
    files, houses = source.files("house_balances"), [row["house_id"] for row in accounts]
    return reader.select(files, "list_contains($houses, house_id)", "service_code", houses=houses) if houses else []


def _months_told(book: Book, version: Version, open_items: list[Row]) -> list[BillingMonth]:
    """The months before this one: twelve with it, more when something older is still open."""
    first = version.month.plus(1 - HISTORY_MONTHS)
    oldest = min((BillingMonth.of(row["billing_month"]) for row in open_items), default=first)
    since = max(book.opening_month, min(first, oldest))
    return list(BillingMonth.range(since, version.month.previous))
