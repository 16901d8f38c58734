"""Every calendar month of the sample town, counted once."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.billing_month import BillingMonth
from pipeline.reports.finance.calendar import Span
from pipeline.reports.finance.turnover import Turnover, turnover
from pipeline.storage.book import Book

#: December is counted from the 20th, when the town opens; June up to the 20th.
MONTHS = list(BillingMonth.range(BillingMonth(2025, 12), BillingMonth(2026, 6)))


@pytest.fixture(scope="session")
def counted(town_book: Path) -> dict[str, Turnover]:
    """Turnover by calendar month, "2025-12" to "2026-06"."""
    book = Book.at(town_book)
    return {str(month): turnover(book, Span.of(month)) for month in MONTHS}
