"""Books of the storage tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from pipeline.billing_month import BillingMonth
from pipeline.contracts.ledger import ADVANCES
from pipeline.storage.book import Book
from pipeline.storage.manifest import Version
from pipeline.storage.publish import publish_opening
from tests.disks import mounted
from tests.storage.samples import DECEMBER, NIGHT, OPENED_ON, advances, computed


@pytest.fixture
def book(tmp_path: Path) -> Book:
    root = tmp_path / "book"
    root.mkdir()
    settings = 'book_id: town\nfirst_month: "2025-12"\nworkers: 2\nkeep_nights: 3\n'
    (root / "settings.yaml").write_text(settings, encoding="utf-8")
    return Book.at(root)


@pytest.fixture
def opened(book: Book) -> Book:
    publish_opening(book, {ADVANCES.name: {"part-000": advances(("a1", "p1", 100))}}, OPENED_ON)
    return book


@pytest.fixture
def month_of(opened: Book) -> Callable[..., Version]:
    def compute(
        month: BillingMonth = DECEMBER, run_id: str = "r1", as_of: date = NIGHT, kopecks: int = 12_345
    ) -> Version:
        return computed(opened, month, run_id, as_of, kopecks)

    return compute


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of a few megabytes."""
    with mounted(tmp_path / "disk", 24) as folder:
        yield folder
