"""Registers, events and charge lines of one account, from the copies of deliveries that its months took in.

A delivery is told as ingest took it: each file in the contract's types by itself, without the rows that the month
refused, and a row that came again in another file once. Nothing personal lies among these copies.
Not here: published tables (`facts.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import duckdb

from pipeline.billing_month import BillingMonth
from pipeline.contracts.billing import CHARGES
from pipeline.contracts.events import COURT_CASES, HOLDS, QUARANTINE_DECISIONS
from pipeline.contracts.table import Kind, Table
from pipeline.reports.explain.explanation import Row
from pipeline.storage.book import Book
from pipeline.storage.files import parquet_files
from pipeline.storage.landing import LANDED
from pipeline.storage.manifest import Version

_REGISTERS: Final = ("services", "creditors", "channels", "cycles")
_EVENTS: Final = (COURT_CASES, HOLDS)
#: A file is read, or some of its rows by a person's decision; the same file again brings nothing.
_BROUGHT: Final = ("read", "readmitted")
_TYPES: Final[Mapping[Kind, str]] = {
    Kind.TEXT: "VARCHAR", Kind.CODES: "VARCHAR[]", Kind.DATE: "DATE", Kind.MONTH: "DATE", Kind.MOMENT: "TIMESTAMPTZ",
    Kind.YES_NO: "BOOLEAN", Kind.COUNT: "INTEGER", Kind.INTEGER: "BIGINT",
    Kind.MONEY: "DECIMAL(18,2)", Kind.TARIFF: "DECIMAL(18,6)", Kind.VOLUME: "DECIMAL(18,7)",
}
RowKey = tuple[str, int]


@dataclass(frozen=True)
class Deliveries:
    """What one month took in: copies by table, and the rows that it refused."""

    connection: duckdb.DuckDBPyConnection
    book: Book
    version: Version

    def ids(self, table: Table) -> list[str]:
        """delivery_id of the files that brought rows of a table and are still there."""
        told = self._published("deliveries", "table_name = $name AND list_contains($brought, status_code)",
                               "DISTINCT delivery_id", name=table.name, brought=list(_BROUGHT))
        return sorted(one for one, in told if (self.book.inputs / one).is_file())

    def refused(self, table: Table) -> set[RowKey]:
        return set(self._published("quarantine", "table_name = $name", "delivery_id, row_number", name=table.name))

    def rows(
        self, table: Table, where: str = "TRUE", refused: Iterable[RowKey] | None = None, **parameters: Any
    ) -> list[Row]:
        """Rows of a table without those refused (by this month when not said), each key once, in order of keys."""
        left_out = self.refused(table) if refused is None else set(refused)
        found: dict[tuple[Any, ...], Row] = {}
        for delivery_id in self.ids(table):
            for number, row in self._of_file(table, delivery_id, where, parameters):
                if (delivery_id, number) not in left_out:
                    found.setdefault(tuple(row[name] for name in table.primary_key), row)
        return [found[key] for key in sorted(found)]

    def _of_file(
        self, table: Table, delivery_id: str, where: str, parameters: Mapping[str, Any]
    ) -> Iterator[tuple[int, Row]]:
        """By itself: files side by side would take each other's types."""
        columns = ", ".join(f"CAST({one.name} AS {_TYPES[one.kind]}) AS {one.name}" for one in table.columns)
        cursor = self.connection.execute(
            f"SELECT file_row_number + 1, {columns} FROM read_parquet($file, file_row_number = true, "
            f"hive_partitioning = false) WHERE {where}", {"file": str(self.book.inputs / delivery_id), **parameters},
        )
        for number, *values in cursor.fetchall():
            yield number, dict(zip(table.names, values, strict=True))

    def _published(self, table: str, where: str, columns: str, **parameters: Any) -> list[Any]:
        files = [str(file) for file in parquet_files(self.version.folder / table)]
        if not files:
            return []
        sql = f"SELECT {columns} FROM read_parquet($files, hive_partitioning = false) WHERE {where}"
        return self.connection.execute(sql, {"files": files, **parameters}).fetchall()


def registers_of(
    connection: duckdb.DuckDBPyConnection, book: Book, versions: Mapping[BillingMonth, Version], account_id: str
) -> dict[str, list[Row]]:
    """Registers by the newest month's snapshot; holds and court cases of the account from all the months told."""
    months = [Deliveries(connection, book, versions[month]) for month in sorted(versions)]
    found = {name: months[-1].rows(LANDED[name]) for name in _REGISTERS}
    found["accounts"] = months[-1].rows(LANDED["accounts"], "account_id = $account", account=account_id)
    houses = [row["house_id"] for row in found["accounts"]]
    found["service_contracts"] = months[-1].rows(
        LANDED["service_contracts"], "list_contains($houses, house_id)", houses=houses
    )
    for table in _EVENTS:
        found[table.name] = _events(months, table, account_id)
    return found


def _events(months: list[Deliveries], table: Table, account_id: str) -> list[Row]:
    """Events of the account; a row once refused counts only when the latest decision on it has taken it back."""
    decided: dict[RowKey, str] = {}
    for row in sorted(
        (row for month in months for row in month.rows(QUARANTINE_DECISIONS, "table_name = $name", name=table.name)),
        key=lambda row: (row["registered_at"], row["event_id"]),
    ):
        decided[row["refused_delivery_id"], row["refused_row_number"]] = row["decision_code"]
    refused = {key for month in months for key in month.refused(table) if decided.get(key) != "readmit"}
    found = {
        row["event_id"]: row
        for month in months for row in month.rows(table, "account_id = $account", refused, account=account_id)
    }
    return sorted(found.values(), key=lambda row: (row["registered_at"], row["event_id"]))


def lines_of(
    connection: duckdb.DuckDBPyConnection, book: Book, versions: Mapping[BillingMonth, Version],
    documents: Mapping[BillingMonth, list[str]], account_id: str,
) -> list[Row]:
    """Charge lines of documents, by the month that billed them, from the files that brought them.

    By account first: files are sorted by it; another spelling of the account is found by its documents.
    """
    is_wanted = "list_contains($documents, document_id)"
    found: list[Row] = []
    for month, wanted in documents.items():
        if wanted:
            brought = Deliveries(connection, book, versions[month])
            own = brought.rows(
                CHARGES, f"account_id = $account AND {is_wanted}", account=account_id, documents=wanted
            )
            is_whole = {row["document_id"] for row in own} == set(wanted)
            found += own if is_whole else brought.rows(CHARGES, is_wanted, documents=wanted)
    return sorted(found, key=lambda row: (row["document_id"], row["line_number"]))
