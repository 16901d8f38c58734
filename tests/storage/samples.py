"""A small invented month through the real contracts: one advance, one account, one delivery."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import polars as pl

from pipeline.billing_month import MOSCOW, BillingMonth
from pipeline.contracts.ingest import ACCOUNT_INDEX, DELIVERIES, INCOMPLETE_BILLS
from pipeline.contracts.ledger import ADVANCES
from pipeline.contracts.table import Column, Kind, Table
from pipeline.storage.book import Book
from pipeline.storage.describe import published_tables
from pipeline.storage.lock import lock
from pipeline.storage.manifest import Version
from pipeline.storage.publish import publish
from pipeline.storage.run import MonthRun
from tests.kept import write

DECEMBER, JANUARY = BillingMonth(2025, 12), BillingMonth(2026, 1)
OPENED_ON = date(2025, 12, 19)
NIGHT = date(2026, 1, 19)


def computed(book: Book, month: BillingMonth, run_id: str, as_of: date, kopecks: int) -> Version:
    """A whole month: one advance, one account, one delivery, every other table empty."""
    with lock(book):
        run = MonthRun.begin(book, month, run_id, as_of)
        return publish(written(run, kopecks))


def written(run: MonthRun, kopecks: int) -> MonthRun:
    """The tables of a small month in the work folder."""
    run.write_staged("services", "whole", pl.DataFrame({"service_code": ["heat"], "name": ["Отопление"]}))
    full = {
        ADVANCES.name: advances(("a1", "p1", kopecks), ("a2", "p2", 1)), ACCOUNT_INDEX.name: accounts("a1", "a2"),
        DELIVERIES.name: deliveries(f"{run.month}"), INCOMPLETE_BILLS.name: incomplete("a2"),
    }
    for table in published_tables():
        write(run, table, "part-000", full.get(table.name))
    run.rule_book.value("ledger.due_day", run.month.first_day)
    run.record_rules("ledger")
    return run


def advances(*rows: tuple[str, str, int]) -> pl.DataFrame:
    names = ("account_id", "payment_id", "amount_kop")
    return rows_of(ADVANCES, *(dict(zip(names, row, strict=True)) for row in rows))


def accounts(*ids: str) -> pl.DataFrame:
    return rows_of(ACCOUNT_INDEX, *({"account_id": id, "account_index": index} for index, id in enumerate(ids)))


def incomplete(*ids: str) -> pl.DataFrame:
    return rows_of(INCOMPLETE_BILLS, *({"account_id": id} for id in ids))


def deliveries(name: str) -> pl.DataFrame:
    return rows_of(DELIVERIES, {"delivery_id": f"sha-{name}", "table_name": "payments"})


def rows_of(table: Table, *said: dict[str, Any]) -> pl.DataFrame:
    """Rows of any table in the inside shape: what is said, and the plainest allowed value of every other column."""
    plain = {column.inside_name: plainest(column) for column in table.columns}
    columns = {name: [row.get(name, value) for row in said] for name, value in plain.items()}
    return pl.DataFrame(columns, schema=table.inside_schema)


def plainest(column: Column) -> Any:
    if column.is_nullable:
        return None
    if column.allowed:
        return column.allowed[0]
    values = {
        Kind.TEXT: "x", Kind.CODES: [], Kind.DATE: OPENED_ON, Kind.MONTH: DECEMBER.first_day,
        Kind.MOMENT: datetime(2025, 12, 1, 12, tzinfo=MOSCOW), Kind.YES_NO: False,
    }
    return values.get(column.kind, column.at_least or 0)
