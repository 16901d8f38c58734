"""Money laid months ago leaves a document that is replaced: a small book run from delivery to published tables.

    September   the document is billed and paid in full
    November    another version of it comes, which bills October and is smaller

Not here: what a new version does to items (`tests/cases/allocation.yaml`).
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline.billing_month import BillingMonth, start_of_day
from pipeline.contracts import billing, payments
from pipeline.generator.landing import Landing
from pipeline.storage.book import Book
from pipeline.storage.files import write_bytes
from pipeline.storage.opening import open_book
from pipeline.storage.settings import FILE, BookSettings, settings_text
from tests.real.book_parts import CHANNEL, account_registers, common_registers, documents, framed, issued_on, lines
from tests.real.ran_months import RanMonths
from tests.town.direct import closed

SEPTEMBER, OCTOBER, NOVEMBER = (BillingMonth.parse(f"2025-{month:02d}") for month in (9, 10, 11))
ACCOUNT = "5000000101"
SERVICE, UNIT, NAME = "cold_water", "m3", "small"


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> RanMonths:
    root = tmp_path_factory.mktemp("paid_before") / "book"
    _lay_book(root)
    open_book(Book.at(root))
    closed(Book.at(root), SEPTEMBER, NOVEMBER, date(2025, 12, 5))
    return RanMonths(pl.DataFrame(), Book.at(root), SEPTEMBER, NOVEMBER)


def test_money_leaves_a_document_replaced_two_months_later_for_another_month(ran: RanMonths) -> None:
    laid = ran.every("payment_allocations")
    by_document = dict(laid.group_by("document_id").agg(pl.col("allocated_kop").sum()).rows())
    november = laid.filter(pl.col("run_month") == NOVEMBER.first_day).sort("movement_number")
    advances = ran.table("advances", NOVEMBER)

    assert ran.table("open_items", SEPTEMBER).is_empty()
    assert by_document == {"old": 0, "new": 70_000}
    assert november.select("document_id", "allocated_kop", "rule_code").rows() == [
        ("old", -100_000, "superseded"), ("new", 70_000, "superseded"),
    ]
    assert advances.select("payment_id", "amount_kop").rows() == [("paid", 30_000)]


def test_every_month_verifies(ran: RanMonths) -> None:
    assert ran.closed == [SEPTEMBER, OCTOBER]
    assert ran.faults == []


def _lay_book(root: Path) -> None:
    settings = BookSettings(book_id="paid-before", name="Оплачено раньше", first_month=SEPTEMBER)
    write_bytes(root / FILE, settings_text(settings).encode())
    landing, months = Landing(root), [*BillingMonth.range(SEPTEMBER, NOVEMBER), NOVEMBER.next]
    accounts = pl.DataFrame({"account_id": [ACCOUNT]}).with_columns(
        house_id=pl.lit("h-1"), territory_code=pl.lit("city"), opened_on=pl.lit(SEPTEMBER.first_day),
        closed_on=pl.lit(None, dtype=pl.Date),
    )
    for table, frame in (
        *common_registers(SERVICE, "Холодная вода", UNIT, months),
        *account_registers(accounts, SERVICE, SEPTEMBER.first_day),
    ):
        landing.deliver(table, SEPTEMBER.first_day, frame, NAME)
    _bill(landing, SEPTEMBER, _document("old", SEPTEMBER, 100_000))
    _pay(landing, date(2025, 10, 6), "paid", 100_000)
    _bill(landing, NOVEMBER, _document("new", OCTOBER, 70_000, version=2, supersedes_document_id="old"))


def _document(document_id: str, month: BillingMonth, kop: int, **version: Any) -> dict[str, Any]:
    usual = {"document_type_code": "main", "version": 1, "supersedes_document_id": None}
    return {
        "document_id": document_id, "account_id": ACCOUNT, "house_id": "h-1", "billing_month": month.first_day,
        "charge_month": month.first_day, "basis_code": "fixed", "volume_e7": None, "tariff_e6": None,
        "charged_kop": kop, "recalculated_kop": 0, "payable_kop": kop, **usual, **version,
    }


def _bill(landing: Landing, cycle: BillingMonth, told: dict[str, Any]) -> None:
    """A document of one line that comes when those of `cycle` are issued, whatever month it bills."""
    schema = {
        "document_id": pl.String, "account_id": pl.String, "house_id": pl.String, "billing_month": pl.Date,
        "charge_month": pl.Date, "basis_code": pl.String, "volume_e7": pl.Int64, "tariff_e6": pl.Int64,
        "charged_kop": pl.Int64, "recalculated_kop": pl.Int64, "payable_kop": pl.Int64,
        "document_type_code": pl.String, "version": pl.Int64, "supersedes_document_id": pl.String,
    }
    rows, on = pl.DataFrame([told], schema=schema), issued_on(cycle)
    headers = documents(rows).with_columns(issued_on=pl.lit(on), delivered_on=pl.lit(on))
    landing.deliver(billing.BILLING_DOCUMENTS, on, headers, NAME)
    landing.deliver(billing.CHARGES, on, lines(rows, SERVICE, UNIT), NAME)


def _pay(landing: Landing, on: date, payment_id: str, kop: int) -> None:
    registry_id = f"registry-{on}"
    landing.deliver(payments.PAYMENTS, on, framed(payments.PAYMENTS, [{
        "payment_id": payment_id, "account_id": ACCOUNT, "amount_kop": kop, "paid_at": start_of_day(on),
        "paid_at_precision_code": "day", "received_on": on, "channel_code": CHANNEL, "payer_code": "resident",
        "designation_code": "none", "purpose_code": "regular", "registry_id": registry_id, "registry_row": 1,
    }]), NAME)
    landing.deliver(payments.REGISTRIES, on, framed(payments.REGISTRIES, [
        {"registry_id": registry_id, "provider_code": "bank", "received_on": on, "rows": 1, "total_kop": kop},
    ]), NAME)
