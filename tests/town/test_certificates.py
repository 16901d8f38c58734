"""What a certificate says of the sample town at the end of its months is what these months published."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl

from pipeline.billing_month import BillingMonth
from pipeline.reports.letters.standing import standing
from pipeline.storage.book import Book


def test_every_day_of_the_sample_town_rolls_into_its_months(town_book: Path) -> None:
    """Ends of closed months: the certificate equals the open items that the month published, document by document."""
    book = Book.at(town_book)
    for month, last in (("2025-12", date(2026, 1, 31)), ("2026-02", date(2026, 3, 31)), ("2026-03", date(2026, 4, 30))):
        items = pl.read_parquet(book.published(BillingMonth.parse(month)).resolve() / "open_items" / "*.parquet")
        told = standing(book, items["account_id"].unique(), last).documents
        key = ["account_id", "document_id", "creditor_id", "debt_kind_code"]
        wanted = items.group_by(key).agg(rub=pl.col("outstanding_rub").sum()).sort(key)
        found = told.group_by(key).agg(rub=pl.col("open_kop").sum()).sort(key)
        assert found.select(key).equals(wanted.select(key))
        assert [Decimal(kop).scaleb(-2) for kop in found["rub"]] == wanted["rub"].to_list()


def test_a_replaced_document_counts_until_its_new_version_comes(town_book: Path) -> None:
    """7700018010: February's document is replaced by a second version in March: never both, never neither."""
    book, account = Book.at(town_book), pl.Series(["7700018010"])
    for day in range(1, 32):
        told = standing(book, account, date(2026, 3, day)).documents.filter(billing_month=date(2026, 2, 1))
        assert told["document_id"].n_unique() <= 1, day
        assert (told["open_kop"] >= 0).all()
