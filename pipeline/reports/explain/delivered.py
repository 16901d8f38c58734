"""Registers, events and charge lines of one account, from the copies of deliveries that its months took in.

A delivery is told as ingest took it: each file in the contract's types by itself, without the rows that the month
refused, and a row that came again in another file once. Nothing personal lies among these copies.
Not here: published tables (`facts.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Final

import duckdb
import polars as pl

from pipeline.billing_month import BillingMonth
from pipeline.contracts.billing import CHARGES
from pipeline.contracts.debt import DISPATCHES
from pipeline.contracts.events import (
    COURT_CASES,
    COURT_EVENTS,
    DUNNING_OUTCOMES,
    HOLDS,
    INSTALMENT_AGREEMENTS,
    QUARANTINE_DECISIONS,
    RESTRICTION_ACTS,
)
from pipeline.contracts.handovers import HANDOVERS
from pipeline.contracts.person_statuses import PERSON_STATUSES
from pipeline.contracts.registers import RIGHTS
from pipeline.contracts.table import Kind, Table
from pipeline.reports.explain.explanation import Row
from pipeline.storage.book import Book
from pipeline.storage.files import parquet_files
from pipeline.storage.landing import LANDED
from pipeline.storage.manifest import Version

_REGISTERS: Final = ("services", "creditors", "channels", "cycles")
_LEFT_ON: Final = {DISPATCHES.name: "dispatched_on", HANDOVERS.name: "handed_on"}
_EVENTS: Final = (COURT_CASES, HOLDS, INSTALMENT_AGREEMENTS, RESTRICTION_ACTS)
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

    @cached_property
    def _brought(self) -> list[tuple[str, str]]:
        """Table and delivery_id of the files that brought rows: asked once for all tables."""
        return self._published("deliveries", "list_contains($brought, status_code)", "DISTINCT table_name, delivery_id",
                               brought=list(_BROUGHT))

    def ids(self, table: Table) -> list[str]:
        """delivery_id of the files that brought rows of a table and are still there."""
        return sorted(one for name, one in self._brought if name == table.name and (self.book.inputs / one).is_file())

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
        present = set(pl.read_parquet_schema(self.book.inputs / delivery_id))
        columns = ", ".join(
            f"CAST({one.name if one.name in present else 'NULL'} AS {_TYPES[one.kind]}) AS {one.name}"
            for one in table.columns
        )
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
    connection: duckdb.DuckDBPyConnection, book: Book, versions: Mapping[BillingMonth, Version], account_id: str,
    journal: Sequence[Row] = (),
) -> dict[str, list[Row]]:
    """Registers by the newest month's snapshot; events of the account, of its cases and of what left by the `journal`
    from all the months told."""
    months = [Deliveries(connection, book, versions[month]) for month in sorted(versions)]
    found = {name: months[-1].rows(LANDED[name]) for name in _REGISTERS}
    found["accounts"] = months[-1].rows(LANDED["accounts"], "account_id = $account", account=account_id)
    houses = [row["house_id"] for row in found["accounts"]]
    found["service_contracts"] = months[-1].rows(
        LANDED["service_contracts"], "list_contains($houses, house_id)", houses=houses
    )
    refusals = _refusals(months)
    for table in _EVENTS:
        found[table.name] = _events(months, table, refusals, "account_id = $account", account=account_id)
    found[PERSON_STATUSES.name] = _statuses(months, refusals, found["accounts"])
    cases = [row["court_case_id"] for row in found[COURT_CASES.name]]
    actions = [row["action_id"] for row in journal]
    for table, name, ids in ((COURT_EVENTS, "court_case_id", cases), (DUNNING_OUTCOMES, "action_id", actions)):
        where = f"list_contains($ids, {name})"
        found[table.name] = _events(months, table, refusals, where, ids=ids) if ids else []
    return found


def journal_of(
    connection: duckdb.DuckDBPyConnection, book: Book, table: Table, account_id: str, as_of: date
) -> list[Row]:
    """What had left for the account by the night, as one journal says."""
    files = [str(file) for file in parquet_files(book.journal / table.name)]
    if not files:
        return []
    on = _LEFT_ON[table.name]
    sql = ("SELECT * FROM read_parquet($files, hive_partitioning = false, union_by_name = true) "
           f"WHERE account_id = $account AND {on} <= $as_of ORDER BY {on}, {', '.join(table.primary_key)}")
    cursor = connection.execute(sql, {"files": files, "account": account_id, "as_of": as_of})
    names = [column[0] for column in cursor.description or []]
    # batches that left before a column was added say nothing in it
    nothing = dict.fromkeys(table.names)
    return [nothing | dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _refusals(months: list[Deliveries]) -> dict[RowKey, str]:
    """The latest decision of a person on every refused row."""
    decided: dict[RowKey, str] = {}
    for row in sorted(
        (row for month in months for row in month.rows(QUARANTINE_DECISIONS)),
        key=lambda row: (row["registered_at"], row["event_id"]),
    ):
        decided[row["refused_delivery_id"], row["refused_row_number"]] = row["decision_code"]
    return decided


def _statuses(months: list[Deliveries], refusals: Mapping[RowKey, str], accounts: list[Row]) -> list[Row]:
    """Statuses, as told last, of persons with a right in the account's flat on the day that counts for its debts. Where
    nobody told any, rights are not read."""
    if not any(month.ids(PERSON_STATUSES) for month in months):
        return []
    on = months[-1].version.as_of
    flats = {row["premises_id"]: min(row["closed_on"] or on, on) for row in accounts}
    held = months[-1].rows(RIGHTS, "list_contains($flats, premises_id)", flats=sorted(flats))
    persons = sorted({
        row["person_id"] for row in held
        if row["valid_from"] <= flats[row["premises_id"]] <= (row["valid_to"] or on)
    })
    told = _events(months, PERSON_STATUSES, refusals, "list_contains($persons, person_id)", persons=persons)
    return list({(row["person_id"], row["status_code"], row["valid_from"]): row for row in told}.values())


def _events(
    months: list[Deliveries], table: Table, decided: Mapping[RowKey, str], where: str, **parameters: Any
) -> list[Row]:
    """Events by a condition; a row once refused counts only when the latest decision on it has taken it back."""
    refused = {key for month in months for key in month.refused(table) if decided.get(key) != "readmit"}
    found = {
        row["event_id"]: row for month in months for row in month.rows(table, where, refused, **parameters)
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
