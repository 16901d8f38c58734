"""A small invented month through the real contracts: one advance, one account, one delivery."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl

from pipeline.billing_month import MOSCOW, BillingMonth
from pipeline.contracts.ingest import ACCOUNT_INDEX, DELIVERIES, INCOMPLETE_BILLS
from pipeline.contracts.ledger import ADVANCES
from pipeline.storage.book import Book
from pipeline.storage.describe import published_tables
from pipeline.storage.lock import lock
from pipeline.storage.manifest import Version
from pipeline.storage.publish import publish
from pipeline.storage.run import MonthRun

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
        run.write(table, "part-000", full.get(table.name, table.empty_inside()))
    run.rule_book.value("ledger.due_day", run.month.first_day)
    run.record_rules("ledger")
    return run


def advances(*rows: tuple[str, str, int]) -> pl.DataFrame:
    moment = datetime(2025, 12, 1, 12, tzinfo=MOSCOW)
    frame = pl.DataFrame(
        [
            {"account_id": account, "payment_id": payment, "origin_code": "payment", "registry_id": "g1",
             "creditor_id": None, "contract_reference": None, "channel_code": "site", "paid_at": moment,
             "posted_at": moment, "amount_kop": kopecks}
            for account, payment, kopecks in rows
        ],
    )
    return frame.cast(ADVANCES.inside_schema)


def accounts(*ids: str) -> pl.DataFrame:
    return pl.DataFrame(
        {"account_id": ids, "account_index": range(len(ids)),
         "first_seen_at": [datetime(2025, 12, 1, tzinfo=MOSCOW)] * len(ids)},
        schema=ACCOUNT_INDEX.inside_schema,
    )


def incomplete(*ids: str) -> pl.DataFrame:
    return pl.DataFrame({"account_id": ids, "reason_code": ["document_missing"] * len(ids)})


def deliveries(name: str) -> pl.DataFrame:
    said = {
        "delivery_id": f"sha-{name}", "table_name": "payments", "received_at": datetime(2025, 12, 30, tzinfo=MOSCOW),
        "status_code": "read",
    }
    plain = {
        column.inside_name: column.allowed[0] if column.allowed else column.at_least or 0
        for column in DELIVERIES.columns
    }
    return pl.DataFrame([{**plain, **said}]).cast(DELIVERIES.inside_schema).select(DELIVERIES.inside_names)
