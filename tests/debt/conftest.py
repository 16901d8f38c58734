"""A computed night of debt."""

import shutil
from pathlib import Path

import pytest

from pipeline.storage.book import Book
from pipeline.storage.run import MonthRun
from tests.debt import town


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return town.with_journal(town.book_at(tmp_path / "book"))


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> MonthRun:
    """Computed once: tests only read it, or work on a copy."""
    return town.computed(town.with_journal(town.book_at(tmp_path_factory.mktemp("night") / "book")))


@pytest.fixture
def spoiled(run: MonthRun, tmp_path: Path) -> MonthRun:
    """A copy of the night to spoil."""
    shutil.copytree(run.book.root, tmp_path / "book", symlinks=True)
    return MonthRun.resume(Book.at(tmp_path / "book"), run.month, run.run_id)
