"""April closed; May computed."""

from pathlib import Path

import pytest

from pipeline.storage.book import Book
from pipeline.storage.run import MonthRun
from tests.eligibility import town


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return town.with_april(town.book_at(tmp_path / "book"))


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> MonthRun:
    """Computed once: tests only read it, or work on a copy."""
    book = town.with_april(town.book_at(tmp_path_factory.mktemp("may") / "book"))
    return town.computed(book, town.MAY, "r1")
