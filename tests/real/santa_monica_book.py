"""Santa Monica's water use as a book: meters, their readings, the bills of an invented biller.

The mapping is told in docs/real-data.md. Not here: what the file says (`santa_monica_file.py`).
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Final

import polars as pl

from pipeline.billing_month import BillingMonth, start_of_day
from pipeline.contracts import billing, metering, registers
from pipeline.generator.landing import Landing
from pipeline.storage.book import Book
from pipeline.storage.files import write_bytes
from pipeline.storage.settings import FILE, BookSettings, DueFeed, settings_text
from tests.real import santa_monica_biller as biller
from tests.real.book_parts import NAME, account_registers, common_registers, documents, issued_on, lines
from tests.real.santa_monica_file import known, meters

SERVICE: Final = "water"
UNIT_CODE: Final = "ccf"
_DIGITS: Final = 8


def made_book(root: Path, rows: pl.DataFrame) -> Book:
    """Settings and landing folder; `rows` as `santa_monica_file.usages` gives them."""
    months = list(BillingMonth.range(BillingMonth.of(rows["month"].min()), BillingMonth.of(rows["month"].max())))
    settings = BookSettings(book_id="real-readings", name="Настоящие расходы", first_month=months[0], feeds=(
        DueFeed("billing_documents", 1), DueFeed("charges", 1), DueFeed("meter_readings", 1),
    ))
    write_bytes(root / FILE, settings_text(settings).encode())
    landing, first_day = Landing(root), months[0].first_day
    for table, frame in (
        *common_registers(SERVICE, "Водоснабжение", UNIT_CODE, [*months, months[-1].next]),
        *account_registers(accounts(rows), SERVICE, date(2000, 1, 1)),
        (registers.METERS, _meters(rows)),
    ):
        landing.deliver(table, first_day, frame, NAME)
    billed = as_documents(biller.bills(rows, months[-1].first_day))
    for month in months:
        of_month = billed.filter(pl.col("billing_month") == month.first_day)
        landing.deliver(billing.BILLING_DOCUMENTS, issued_on(month), documents(of_month), NAME)
        landing.deliver(billing.CHARGES, issued_on(month), lines(of_month, SERVICE, UNIT_CODE), NAME)
        read = rows.filter(pl.col("month") == month.first_day)
        landing.deliver(metering.METER_READINGS, issued_on(month), _readings(read, month), NAME)
    return Book.at(root)


def accounts(rows: pl.DataFrame) -> pl.DataFrame:
    """Customers, open from their first row on: nobody knew which rows would be lost."""
    return known(rows).group_by("account_id").agg(
        house_id=_house().first(), territory_code=pl.lit("city").first(), opened_on=pl.col("month").min(),
        closed_on=pl.lit(None, dtype=pl.Date()).first(),
    )


def _house() -> pl.Expr:
    return pl.format("h-{}", pl.col("customer") // 1000)


def _meters(rows: pl.DataFrame) -> pl.DataFrame:
    no_day = pl.lit(None, dtype=pl.Date())
    house = pl.format("c-h-{}", pl.col("account_id").cast(pl.Int64) // 1000)
    return meters(rows).select(
        "meter_id", service_point_id="meter_id", account_id="account_id", premises_id=pl.format("p-{}", "account_id"),
        contract_id=house, service_code=pl.lit(SERVICE), digits=pl.lit(_DIGITS, dtype=pl.Int32()),
        installed_on=pl.col("first_month").dt.offset_by("-1d"), commissioned_on=no_day, verified_until=no_day,
        removed_on=no_day, initial_value_e7=pl.lit(0, dtype=pl.Int64()),
    ).select(registers.METERS.inside_names)


def as_documents(billed: pl.DataFrame) -> pl.DataFrame:
    """Bills as documents of one line."""
    return billed.select(
        "account_id", "basis_code", "volume_e7", "charged_kop", billing_month="month", charge_month="month",
        document_id=pl.format("{}-{}", "account_id", pl.col("month").dt.strftime("%Y-%m")),
        house_id=pl.format("h-{}", pl.col("account_id").cast(pl.Int64) // 1000), payable_kop="charged_kop",
        recalculated_kop=pl.lit(0, dtype=pl.Int64()), tariff_e6=pl.lit(biller.TARIFF_E6, dtype=pl.Int64()),
    )


def _readings(read: pl.DataFrame, month: BillingMonth) -> pl.DataFrame:
    noon = pl.lit(start_of_day(month.last_day)).dt.cast_time_unit("us") + pl.duration(hours=12)
    return read.select(
        reading_id=pl.format("{}-{}", "meter_id", pl.lit(str(month))), meter_id="meter_id",
        zone_code=pl.lit(None, dtype=pl.String()), read_on=pl.lit(month.last_day), submitted_at=noon,
        value_e7="value_e7", source_code=pl.lit("office"),
    ).select(metering.METER_READINGS.inside_names)
