"""New York's water bills as a book: a header and a line for every row of the file, copies and all.

The mapping is told in docs/real-data.md. Not here: what the file says (`nycha_file.py`).
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Final

import polars as pl

from pipeline.billing_month import BillingMonth
from pipeline.contracts import billing
from pipeline.generator.landing import Landing
from pipeline.storage.book import Book
from pipeline.storage.files import write_bytes
from pipeline.storage.settings import FILE, BookSettings, DueFeed, settings_text
from tests.real.book_parts import NAME, account_registers, common_registers, documents, issued_on, lines

SERVICE: Final = "water"
UNIT: Final = "hcf"


def made_book(root: Path, rows: pl.DataFrame) -> Book:
    """Settings and landing folder; `rows` as `nycha_file.bills` gives them."""
    months = billing_months(rows)
    settings = BookSettings(book_id="real-bills", name="Настоящие счета", first_month=months[0], feeds=(
        DueFeed("billing_documents", 1), DueFeed("charges", 1),
    ))
    write_bytes(root / FILE, settings_text(settings).encode())
    landing, first_day = Landing(root), months[0].first_day
    for table, frame in (
        *common_registers(SERVICE, "Водоснабжение и водоотведение", UNIT, [*months, months[-1].next]),
        *account_registers(accounts(rows), SERVICE, date(2000, 1, 1)),
    ):
        landing.deliver(table, first_day, frame, NAME)
    told = as_documents(rows)
    for month in months:
        of_month = told.filter(pl.col("billing_month") == month.first_day)
        landing.deliver(billing.BILLING_DOCUMENTS, issued_on(month), documents(of_month), NAME)
        landing.deliver(billing.CHARGES, issued_on(month), lines(of_month, SERVICE, UNIT), NAME)
    return Book.at(root)


def billing_months(rows: pl.DataFrame) -> list[BillingMonth]:
    """The billing months of the rows, in order."""
    days = rows["billing_month"]
    return list(BillingMonth.range(BillingMonth.of(days.min()), BillingMonth.of(days.max())))


def accounts(rows: pl.DataFrame) -> pl.DataFrame:
    """Open from the first month that bills them to the end of the last one."""
    return rows.group_by("account_id").agg(
        house_id=pl.format("h-{}", "development").first(), territory_code=pl.col("borough").first(),
        opened_on=pl.col("billing_month").min(), closed_on=pl.col("billing_month").max().dt.month_end(),
    )


def as_documents(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with the type of their document and what it replaces."""
    chain = ("account_id", "billing_month", "chain")
    replaces = rows.filter(pl.col("copy") == 0).sort("version").with_columns(
        supersedes_document_id=pl.col("document_id").shift(1).over(chain)
    ).select("document_id", "supersedes_document_id")
    return rows.join(replaces, on="document_id", how="left", maintain_order="left").with_columns(
        house_id=pl.format("h-{}", "development"), tariff_e6=pl.lit(None, dtype=pl.Int64()),
        document_type_code=pl.when(pl.col("chain") == 1).then(pl.lit("main")).otherwise(pl.lit("correction")),
    )
