"""Books of the assembly tests."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from pipeline.storage.book import Book
from pipeline.storage.publish import publish_opening

CYCLES = [
    (date(2025, 12, 1), date(2025, 12, 20), date(2026, 1, 28)),
    (date(2026, 1, 1), date(2026, 1, 28), date(2026, 2, 26)),
]


def lay_cycles(book: Book, rows: list[tuple[date, date, date]] = CYCLES) -> None:
    names = ["billing_month", "issue_on", "next_issue_on"]
    folder = book.landing / "cycles" / "as_of=2025-12-01"
    folder.mkdir(parents=True)
    frame = pl.DataFrame(rows, schema=names, orient="row").with_columns(
        payments_counted_until=pl.col("issue_on"), readings_counted_until=pl.col("issue_on")
    )
    frame.write_parquet(folder / "cycles.parquet")


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Book]:
    """A book of two known cycles, opened with nothing in it."""
    root = tmp_path / "book"
    root.mkdir()
    (root / "settings.yaml").write_text('book_id: town\nfirst_month: "2025-12"\n', encoding="utf-8")
    monkeypatch.setenv("RASCHET_BOOK", str(root))
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    opened = Book.at(root)
    lay_cycles(opened)
    publish_opening(opened, {}, date(2025, 12, 19))
    yield opened
    from pipeline.month_context import let_go

    let_go(opened.root)
