"""Real debtors as a book: registers, opening advances, documents, payments with their registries.

The mapping is told in docs/real-data.md. Not here: what the file says (`credit_file.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import polars as pl

from pipeline.billing_month import start_of_day
from pipeline.contracts import billing, opening, payments, registers
from pipeline.contracts.table import Table
from pipeline.generator.landing import Landing
from pipeline.storage.book import Book
from pipeline.storage.files import write_bytes
from pipeline.storage.settings import FILE, BookSettings, DueFeed, settings_text
from tests.real.credit_file import FIRST_MONTH, STATEMENTS, charged, month_of

BANK: Final = "bank"
SITE: Final = "bank_site"
SERVICE: Final = "card"
ISSUED_ON: Final = {n: month_of(n).next.first_day for n in range(1, STATEMENTS + 2)}
#: The last run counts September's documents and nothing of October's payments, which the file does not hold.
AS_OF: Final = date(2025, 10, 5)
_NAME: Final = "debtors"
_PAID_DAY, _REGISTRY_DAY = 5, 6
#: A day to travel, and a month from one registry to the next.
_USUAL_DELAY_DAYS: Final = 31


def made_book(root: Path, bills: pl.DataFrame) -> Book:
    """Settings and landing folder; `bills` as `credit_file.statements` gives them."""
    settings = BookSettings(book_id="real-debtors", name="Настоящие должники", first_month=FIRST_MONTH, feeds=(
        DueFeed("billing_documents", 1), DueFeed("charges", 1), DueFeed("payments", _REGISTRY_DAY, provider=BANK),
    ))
    write_bytes(root / FILE, settings_text(settings).encode())
    landing = Landing(root)
    told = charged(bills).with_columns(house_id=pl.format("h-{}", pl.col("account_id").cast(pl.Int64) // 1000))
    for table, frame in (*_registers(), *_registers_of(told)):
        landing.deliver(table, FIRST_MONTH.first_day, frame, _NAME)
    landing.deliver(opening.OPENING_ADVANCES, ISSUED_ON[1] - timedelta(days=1), _advances(told), _NAME)
    for n in range(1, STATEMENTS + 1):
        of_month = told.filter(pl.col("statement") == n)
        landing.deliver(billing.BILLING_DOCUMENTS, ISSUED_ON[n], _documents(of_month, n), _NAME)
        landing.deliver(billing.CHARGES, ISSUED_ON[n], _lines(of_month, n), _NAME)
        if n > 1:
            _deliver_money(landing, _payments(of_month, n), n)
    return Book.at(root)


def _registers() -> Iterable[tuple[Table, pl.DataFrame]]:
    yield registers.CREDITORS, _frame(registers.CREDITORS, [{"creditor_id": BANK, "name": "Банк"}])
    yield registers.SERVICES, _frame(registers.SERVICES, [
        {"service_code": SERVICE, "name": "Кредитная карта", "unit_code": "rub", "class_code": "housing",
         "may_restrict": False},
    ])
    yield registers.CHANNELS, _frame(registers.CHANNELS, [
        {"channel_code": SITE, "is_own_online": True, "fee_class_code": None, "usual_delay_days": _USUAL_DELAY_DAYS},
    ])
    yield registers.CYCLES, _frame(registers.CYCLES, [
        {"billing_month": month_of(n).first_day, "issue_on": ISSUED_ON[n],
         "next_issue_on": month_of(n + 1).next.first_day,
         "payments_counted_until": ISSUED_ON[n] - timedelta(days=1),
         "readings_counted_until": ISSUED_ON[n] - timedelta(days=1)} for n in range(1, STATEMENTS + 2)
    ])
    yield registers.ISSUE_CALENDAR, _frame(registers.ISSUE_CALENDAR, [
        {"provider_code": BANK, "channel_code": SITE, "expected_on": ISSUED_ON[n].replace(day=_REGISTRY_DAY),
         "covers_until": ISSUED_ON[n].replace(day=_PAID_DAY)} for n in range(1, STATEMENTS + 1)
    ])


def _registers_of(told: pl.DataFrame) -> Iterable[tuple[Table, pl.DataFrame]]:
    since, no_day = pl.lit(FIRST_MONTH.first_day), pl.lit(None, dtype=pl.Date())
    no_text = pl.lit(None, dtype=pl.String())
    yield registers.ACCOUNTS, told.filter(pl.col("statement") == 1).select(
        "account_id", unified_account=no_text, premises_id=pl.format("p-{}", "account_id"), house_id="house_id",
        opened_on=since, closed_on=no_day, successor_account_id=no_text, account_kind_code=pl.lit("citizen"),
        is_served=pl.lit(True), mode_code=pl.lit("full"),
    )
    houses = told.select("house_id").unique().sort("house_id")
    yield registers.HOUSES, houses.select(
        "house_id", territory_code=pl.lit("city"), managing_company_id=pl.lit(BANK),
        common_area_m2_e7=pl.lit(0, dtype=pl.Int64()),
    )
    yield registers.SERVICE_CONTRACTS, houses.select(
        contract_id=pl.format("c-{}", "house_id"), house_id="house_id", service_code=pl.lit(SERVICE),
        supplier_id=pl.lit(BANK), creditor_id=pl.lit(BANK), scheme_code=pl.lit("via_company"), valid_from=since,
        valid_to=no_day,
    )


def _advances(told: pl.DataFrame) -> pl.DataFrame:
    """A negative first bill: paid ahead before the book."""
    paid_on = FIRST_MONTH.first_day
    return told.filter((pl.col("statement") == 1) & (pl.col("bill_kop") < 0)).select(
        "account_id", payment_id=pl.format("before-{}", "account_id"), creditor_id=pl.lit(None, dtype=pl.String()),
        contract_reference=pl.lit(None, dtype=pl.String()), channel_code=pl.lit(SITE),
        paid_at=pl.lit(start_of_day(paid_on)).dt.cast_time_unit("us"), received_on=pl.lit(paid_on),
        amount_kop=-pl.col("bill_kop"),
    )


def _document_id(n: int) -> pl.Expr:
    return pl.format(f"{{}}-{month_of(n)}", "account_id")


def _documents(of_month: pl.DataFrame, n: int) -> pl.DataFrame:
    zero = pl.lit(0, dtype=pl.Int64())
    return of_month.select(
        document_id=_document_id(n), account_id="account_id", creditor_id=pl.lit(None, dtype=pl.String()),
        document_type_code=pl.lit("main"), version=pl.lit(1, dtype=pl.Int64()),
        supersedes_document_id=pl.lit(None, dtype=pl.String()), billing_month=pl.lit(month_of(n).first_day),
        issued_on=pl.lit(ISSUED_ON[n]), delivered_on=pl.lit(ISSUED_ON[n]), charged_kop="charge_kop",
        debt_before_kop=pl.max_horizontal("before_kop", zero),
        advance_before_kop=pl.max_horizontal(-pl.col("before_kop"), zero),
        penalty_kop=zero, voluntary_insurance_kop=zero, payable_kop="charge_kop", payable_with_penalty_kop="charge_kop",
    )


def _lines(of_month: pl.DataFrame, n: int) -> pl.DataFrame:
    zero, no_text = pl.lit(0, dtype=pl.Int64()), pl.lit(None, dtype=pl.String())
    no_number = pl.lit(None, dtype=pl.Int64())
    return of_month.select(
        document_id=_document_id(n), line_number=pl.lit(1, dtype=pl.Int64()), account_id="account_id",
        contract_id=pl.format("c-{}", "house_id"), service_code=pl.lit(SERVICE), zone_code=no_text,
        charge_month=pl.lit(month_of(n).first_day), basis_code=pl.lit("fixed"), volume_e7=no_number, unit_code=no_text,
        tariff_e6=no_number, charged_kop="charge_kop", recalculated_kop=zero, benefit_kop=zero,
        payable_kop="charge_kop", batch_id=no_text,
    )


def _payments(of_month: pl.DataFrame, n: int) -> pl.DataFrame:
    """What was paid in the month of statement n, for the document that went out on its first day."""
    paid_on = month_of(n).first_day.replace(day=_PAID_DAY)
    noon = pl.lit(start_of_day(paid_on)).dt.cast_time_unit("us") + pl.duration(hours=12)
    no_text = pl.lit(None, dtype=pl.String())
    return of_month.filter(pl.col("paid_kop") > 0).sort("account_id").select(
        payment_id=pl.format(f"{month_of(n)}-{{}}", "account_id"), account_id="account_id", paid_at=noon,
        paid_at_precision_code=pl.lit("day"), received_on=pl.lit(paid_on + timedelta(days=1)), amount_kop="paid_kop",
        commission_kop=pl.lit(None, dtype=pl.Int64()), channel_code=pl.lit(SITE), payer_code=pl.lit("resident"),
        designated_document_id=no_text, designated_month=pl.lit(None, dtype=pl.Date()), designated_creditor_id=no_text,
        designation_code=pl.lit("none"), purpose_code=pl.lit("regular"), court_case_id=no_text,
        contract_reference=no_text, registry_id=pl.lit(f"{BANK}-{month_of(n)}"),
        registry_row=pl.int_range(1, pl.len() + 1, dtype=pl.Int64()),
    )


def _deliver_money(landing: Landing, paid: pl.DataFrame, n: int) -> None:
    """Payments, the registry that announces them and the bank's statement of their sum."""
    on, registry_id = month_of(n).first_day.replace(day=_REGISTRY_DAY), f"{BANK}-{month_of(n)}"
    total = int(paid["amount_kop"].sum())
    landing.deliver(payments.PAYMENTS, on, paid, _NAME)
    landing.deliver(payments.REGISTRIES, on, _frame(payments.REGISTRIES, [
        {"registry_id": registry_id, "provider_code": BANK, "received_on": on, "rows": paid.height, "total_kop": total},
    ]), _NAME)
    landing.deliver(payments.BANK_STATEMENTS, on, _frame(payments.BANK_STATEMENTS, [
        {"operation_id": f"op-{registry_id}", "bank_account": "centre", "booked_on": on, "amount_kop": total,
         "registry_id": registry_id, "direction_code": "in"},
    ]), _NAME)


def _frame(table: Table, rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=table.inside_schema)
