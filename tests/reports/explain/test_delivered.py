"""Delivered rows are told as ingest took them: in the contract's types, once, and never when they were refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import duckdb
import polars as pl
import pytest

from pipeline.billing_month import BillingMonth, start_of_day
from pipeline.contracts.billing import CHARGES
from pipeline.contracts.events import COURT_CASES, QUARANTINE_DECISIONS
from pipeline.contracts.ingest import DELIVERIES, QUARANTINE
from pipeline.contracts.table import Table
from pipeline.reports.explain.delivered import lines_of, registers_of
from pipeline.storage.book import Book
from pipeline.storage.manifest import Version

MONTH: Final = BillingMonth.parse("2026-05")
CAME: Final = start_of_day(date(2026, 6, 1))
LINE: Final[dict[str, Any]] = {
    "document_id": "d", "line_number": 1, "account_id": "1", "contract_id": "c", "service_code": "water",
    "charge_month": MONTH.first_day, "basis_code": "meter", "charged_rub": Decimal("123.45"),
    "recalculated_rub": Decimal(0), "benefit_rub": Decimal(0), "payable_rub": Decimal("123.45"),
}
CASE: Final[dict[str, Any]] = {
    "event_id": "e", "registered_at": CAME, "court_case_id": "case", "account_id": "1", "creditor_id": "water",
    "from_month": MONTH.first_day, "to_month": MONTH.first_day,
}
REFUSED: Final[dict[str, Any]] = {"received_at": CAME, "rule_ids": ["unknown_creditor"], "original_values": "{}"}


class Month:
    """A month with files of its own and what it says of them."""

    def __init__(self, root: Path) -> None:
        (root / "inputs").mkdir()
        (root / "settings.yaml").write_text("book_id: one\nname: Один\nfirst_month: 2025-12\n", encoding="utf-8")
        self.book, self.folder, self.connection = Book.at(root), root / "version", duckdb.connect()
        self._told: dict[str, list[dict[str, Any]]] = {"deliveries": [], "quarantine": []}
        self.version = Version(self.folder, {}, None)

    def brought(self, name: str, table: Table, *rows: dict[str, Any], **types: Any) -> None:
        """A file as its sender wrote it: each column in its contract's type, or in another."""
        schema = table.outside_schema | types
        pl.DataFrame(list(rows), schema=schema).write_parquet(self.book.inputs / name)
        self._told["deliveries"].append({"delivery_id": name, "table_name": table.name, "status_code": "read"})

    def refused(self, name: str, table: Table, row_number: int) -> None:
        self._told["quarantine"].append(
            {**REFUSED, "table_name": table.name, "delivery_id": name, "row_number": row_number}
        )

    def lines(self) -> list[dict[str, Any]]:
        self._publish()
        return lines_of(self.connection, self.book, {MONTH: self.version}, {MONTH: ["d"]}, "1")

    def court_cases(self) -> list[dict[str, Any]]:
        self._publish()
        return registers_of(self.connection, self.book, {MONTH: self.version}, "1")["court_cases"]

    def _publish(self) -> None:
        for table in (DELIVERIES, QUARANTINE):
            (self.folder / table.name).mkdir(parents=True, exist_ok=True)
            frame = pl.DataFrame(self._told[table.name], schema=table.outside_schema)
            frame.write_parquet(self.folder / table.name / "part-000.parquet")


@pytest.fixture
def month(tmp_path: Path) -> Iterator[Month]:
    told = Month(tmp_path)
    yield told
    told.connection.close()


def test_a_line_that_came_again_is_told_once(month: Month) -> None:
    month.brought("a", CHARGES, LINE, {**LINE, "line_number": 2})
    month.brought("b", CHARGES, LINE)

    assert [row["line_number"] for row in month.lines()] == [1, 2]


def test_each_file_is_read_in_the_types_of_the_contract(month: Month) -> None:
    whole = {name: Decimal(5) for name in ("charged_rub", "payable_rub")}
    month.brought("a", CHARGES, {**LINE, **whole}, zone_code=pl.Null(), volume=pl.Null(), charged_rub=pl.Decimal(10, 0),
                  payable_rub=pl.Decimal(10, 0), line_number=pl.Int8())
    month.brought("b", CHARGES, {**LINE, "line_number": 2, "zone_code": "t1", "volume": Decimal("1.5")})

    first, second = month.lines()
    assert [first[name] for name in ("payable_rub", "zone_code", "volume")] == [Decimal("5.00"), None, None]
    assert [second[name] for name in ("payable_rub", "zone_code", "volume")] == [
        Decimal("123.45"), "t1", Decimal("1.5"),
    ]
    assert sum(row["payable_rub"] for row in month.lines()) == Decimal("128.45")


def test_a_refused_line_is_left_out_and_the_one_that_stands_is_told(month: Month) -> None:
    month.brought("a", CHARGES, {**LINE, "payable_rub": Decimal("1.00")})
    month.brought("b", CHARGES, LINE)
    month.refused("a", CHARGES, 1)

    assert [row["payable_rub"] for row in month.lines()] == [Decimal("123.45")]


def test_a_refused_court_case_is_none_until_a_person_takes_it_back(month: Month) -> None:
    month.brought("a", COURT_CASES, CASE, {**CASE, "event_id": "refused"})
    month.refused("a", COURT_CASES, 2)
    assert [row["event_id"] for row in month.court_cases()] == ["e"]

    month.brought("b", QUARANTINE_DECISIONS, {
        "event_id": "decided", "registered_at": CAME, "table_name": COURT_CASES.name, "refused_delivery_id": "a",
        "refused_row_number": 2, "decision_code": "readmit", "evidence": "письмо",
    })
    assert [row["event_id"] for row in month.court_cases()] == ["e", "refused"]
