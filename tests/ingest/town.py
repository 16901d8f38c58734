"""A town of three flats for the tests of ingest: real files in a landing folder, one fact a test.

A1, A2, A3 live in house H1 with two contracts: heat (creditor U) and capital repair (creditor F). Documents of December
2025 are issued on 20 December, of January on 1 February, of February on 1 March.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.assets import ledger
from pipeline.billing_month import MOSCOW, BillingMonth
from pipeline.contracts.catalogue import TABLES
from pipeline.contracts.table import Column, Kind, Stage, Table
from pipeline.storage.book import Book
from pipeline.storage.close import close
from pipeline.storage.describe import published_tables
from pipeline.storage.lock import lock
from pipeline.storage.opening import open_book
from pipeline.storage.publish import publish
from pipeline.storage.run import MonthRun
from pipeline.storage.staging import ingest_month
from tests.kept import write

DECEMBER, JANUARY = BillingMonth(2025, 12), BillingMonth(2026, 1)
ISSUED = date(2025, 12, 20)
NIGHT = date(2026, 1, 20)
NEXT_ISSUE = date(2026, 2, 1)
LAST_NIGHT = date(2026, 1, 31)

REGISTERS: dict[str, list[dict[str, Any]]] = {
    "accounts": [{"account_id": account, "premises_id": f"P-{account}", "house_id": "H1", "opened_on": date(2020, 1, 1),
                  "is_served": True} for account in ("1000000001", "1000000002", "1000000003")],
    "houses": [{"house_id": "H1"}],
    "creditors": [{"creditor_id": "U"}, {"creditor_id": "F"}],
    "services": [
        {"service_code": "heat", "class_code": "utility"}, {"service_code": "fund", "class_code": "capital_repair"},
        {"service_code": "care", "class_code": "voluntary"},
    ],
    "service_contracts": [
        {"contract_id": "C-heat", "house_id": "H1", "service_code": "heat", "creditor_id": "U"},
        {"contract_id": "C-fund", "house_id": "H1", "service_code": "fund", "creditor_id": "F"},
        {"contract_id": "C-lost", "house_id": "H1", "service_code": "heat", "creditor_id": "GONE"},
    ],
    "channels": [{"channel_code": "site", "is_own_online": True, "usual_delay_days": 1}],
    "meters": [{"meter_id": "M1", "service_point_id": "S1", "account_id": "1000000001", "contract_id": "C-heat",
                "service_code": "heat", "digits": 5, "installed_on": date(2020, 1, 1)}],
    "cycles": [
        {"billing_month": date(2025, 12, 1), "issue_on": ISSUED, "next_issue_on": NEXT_ISSUE},
        {"billing_month": date(2026, 1, 1), "issue_on": NEXT_ISSUE, "next_issue_on": date(2026, 3, 1)},
        {"billing_month": date(2026, 2, 1), "issue_on": date(2026, 3, 1), "next_issue_on": date(2026, 4, 1)},
    ],
}
A1, A2, A3 = "1000000001", "1000000002", "1000000003"


@dataclass
class Town:
    """A book under construction."""

    root: Path
    settings: str = ""
    runs: int = 0
    made: set[Path] = field(default_factory=set)

    @property
    def book(self) -> Book:
        return Book.at(self.root)

    def deliver(self, table: str, on: date | None, *rows: dict[str, Any], name: str = "file") -> Path:
        """A file of a table, received (or holding) on a day; without a day it lies outside dated folders."""
        return self.deliver_frame(table, on, frame_of(TABLES[table], *rows), name=name)

    def deliver_frame(self, table: str, on: date | None, frame: pl.DataFrame, *, name: str = "file") -> Path:
        folder = self.root / "landing" / table
        if on is not None:
            folder /= f"{'as_of' if TABLES[table].stage is Stage.REGISTER else 'received'}={on}"
        folder.mkdir(parents=True, exist_ok=True)
        frame.write_parquet(folder / f"{name}.parquet")
        return folder / f"{name}.parquet"

    def bill(self, document_id: str, account_id: str = A1, on: date = ISSUED, *, heat: str = "100.00",
             fund: str = "10.00", name: str | None = None, **more: Any) -> None:
        """A sound document of two lines and its lines, in files of their own."""
        charged = Decimal(heat) + Decimal(fund)
        said = {"document_id": document_id, "account_id": account_id, "issued_on": on, "charged_rub": charged,
                "payable_rub": charged, "payable_with_penalty_rub": charged} | more
        self.deliver("billing_documents", on, said, name=name or document_id)
        self.deliver("charges", on, line(document_id, 1, heat, account_id=account_id),
                     line(document_id, 2, fund, account_id=account_id, contract_id="C-fund", service_code="fund"),
                     name=name or document_id)

    def run(self, as_of: date = NIGHT, month: BillingMonth = DECEMBER) -> MonthRun:
        """A night of ingest."""
        self.runs += 1
        with lock(self.book):
            run = MonthRun.begin(self.book, month, f"r{self.runs}", as_of)
            ingest_month(run)
        return run

    def close(self, month: BillingMonth = DECEMBER, next_issue_on: date = NEXT_ISSUE) -> MonthRun:
        """Ingest and ledger of the whole month, published and closed; the other rooms stay empty."""
        run = self.run(next_issue_on.fromordinal(next_issue_on.toordinal() - 1), month)
        ledger.compute(run)
        return self.closed(run, month, next_issue_on)

    def closed(self, run: MonthRun, month: BillingMonth, next_issue_on: date) -> MonthRun:
        """A run as a closed month: tables that it lacks are empty."""
        for table in published_tables():
            if not run.has(table):
                for part in run.parts:
                    write(run, table, part)
        publish(run)
        close(self.book, month, next_issue_on)
        return run


def opened_town(root: Path, settings: str = "") -> Town:
    """A book with registers, without any feed, opened with nothing owed."""
    root.mkdir(parents=True)
    (root / "settings.yaml").write_text(f'book_id: town\nfirst_month: "2025-12"\nworkers: 1\n{settings}', "utf-8")
    town = Town(root)
    for table, rows in REGISTERS.items():
        town.deliver(table, date(2025, 12, 1), *rows)
    open_book(town.book)
    return town


def line(document_id: str, number: int, payable: str, **more: Any) -> dict[str, Any]:
    """A charge line without recalculation and benefit."""
    return {"document_id": document_id, "line_number": number, "account_id": A1, "contract_id": "C-heat",
            "service_code": "heat", "charged_rub": Decimal(payable), "payable_rub": Decimal(payable)} | more


def payment(payment_id: str, amount: str = "110.00", **more: Any) -> dict[str, Any]:
    """A payment of A1 of 5 January in registry R1."""
    return {"payment_id": payment_id, "account_id": A1, "amount_rub": Decimal(amount), "registry_id": "R1",
            "registry_row": 1, "channel_code": "site", "paid_at": datetime(2026, 1, 5, 12, tzinfo=MOSCOW),
            "received_on": date(2026, 1, 6), "designation_code": "none"} | more


def reading(reading_id: str, value: str = "120.5", **more: Any) -> dict[str, Any]:
    """A reading of M1 of 6 January."""
    return {"reading_id": reading_id, "meter_id": "M1", "read_on": date(2026, 1, 6), "value": Decimal(value),
            "submitted_at": datetime(2026, 1, 6, 8, tzinfo=MOSCOW), "source_code": "office"} | more


def hold(event_id: str, account_id: str | None = A1, **more: Any) -> dict[str, Any]:
    """A hold on A1 from 6 January on."""
    return {"event_id": event_id, "account_id": account_id, "from_on": date(2026, 1, 6),
            "registered_at": datetime(2026, 1, 6, tzinfo=MOSCOW)} | more


def registry(registry_id: str, rows: int, total: str, **more: Any) -> dict[str, Any]:
    return {"registry_id": registry_id, "provider_code": "bank", "received_on": date(2026, 1, 6), "rows": rows,
            "total_rub": Decimal(total)} | more


def frame_of(table: Table, *said: dict[str, Any]) -> pl.DataFrame:
    """Rows of a table as delivered: what is said, and the plainest allowed value of every other column."""
    plain = {column.name: plainest(column) for column in table.columns}
    unknown = {name for row in said for name in row} - set(plain)
    assert not unknown, unknown
    columns = {name: [row.get(name, value) for row in said] for name, value in plain.items()}
    return pl.DataFrame(columns, schema=table.outside_schema)


def plainest(column: Column) -> Any:
    if column.is_nullable:
        return None
    if column.allowed:
        return column.allowed[0]
    values = {
        Kind.TEXT: "x", Kind.CODES: [], Kind.DATE: date(2025, 12, 1), Kind.MONTH: date(2025, 12, 1),
        Kind.MOMENT: datetime(2025, 12, 20, tzinfo=MOSCOW), Kind.YES_NO: False,
        Kind.MONEY: Decimal(0), Kind.VOLUME: Decimal(0), Kind.TARIFF: Decimal(0),
    }
    return values.get(column.kind, column.at_least or 0)


def reasons(run: MonthRun, table: str) -> dict[int, list[str]]:
    """Rules broken by the quarantined rows of a table, by row number."""
    rows = run.read(TABLES["quarantine"]).filter(pl.col("table_name") == table)
    return {row["row_number"]: row["rule_ids"] for row in rows.sort("row_number").to_dicts()}


def refused(run: MonthRun, table: str) -> list[list[str]]:
    """Rules broken by the quarantined rows of a table, sorted."""
    rows = run.read(TABLES["quarantine"]).filter(pl.col("table_name") == table)
    return sorted(rows["rule_ids"].to_list())


def suspended(run: MonthRun) -> dict[str, str]:
    """Reason of every newly suspended row, by its id."""
    rows = run.read_staged("suspended_new")
    return dict(rows.select("suspended_id", "reason_code").rows())


def fates(run: MonthRun, table: str) -> dict[str, int]:
    """Rows of a table by fate, over all deliveries of the month; fates without rows are left out."""
    rows = run.read(TABLES["deliveries"]).filter(pl.col("table_name") == table)
    counted = rows.select(pl.col("^.*_rows$").sum()).row(0, named=True) if rows.height else {}
    return {name.removesuffix("_rows"): count for name, count in counted.items() if count}


def staged_ids(run: MonthRun, name: str, column: str) -> list[str]:
    return sorted(run.read_staged(name)[column].to_list())


def reversal(reversal_id: str, payment_id: str, amount: str = "110.00", **more: object) -> dict[str, object]:
    return {"reversal_id": reversal_id, "payment_id": payment_id, "amount_rub": Decimal(amount), "registry_id": "R1",
            "reversed_at": datetime(2026, 1, 6, 9, tzinfo=MOSCOW)} | more


def money(run: MonthRun, table: str) -> dict[str, Decimal]:
    rows = run.read(TABLES["deliveries"]).filter(pl.col("table_name") == table)
    sums = rows.select(pl.col("^.*_kop$").sum()).row(0, named=True)
    return {name.removesuffix("_kop"): Decimal(kop) / 100 for name, kop in sums.items() if kop}
