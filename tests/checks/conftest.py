"""Months of the sample town with the ledger computed, for its checks."""

import shutil
from pathlib import Path

import pytest

from pipeline.assets.ledger import compute
from pipeline.billing_month import BillingMonth
from pipeline.storage.book import Book
from pipeline.storage.close import close
from pipeline.storage.cycles import cycle_of
from pipeline.storage.describe import published_tables
from pipeline.storage.opening import open_book
from pipeline.storage.parts import part_name
from pipeline.storage.publish import publish
from pipeline.storage.run import MonthRun
from pipeline.storage.staging import ingest_month
from tests.kept import write

SAMPLE = Path(__file__).parents[2] / "data" / "sample"
MONTHS = [BillingMonth(2025, 12), BillingMonth(2026, 1), BillingMonth(2026, 2)]


def computed(book: Book, month: BillingMonth) -> MonthRun:
    """A month as far as the ledger, left in its work folder."""
    run = MonthRun.begin(book, month, f"run-{month}", cycle_of(book, month, MONTHS[-1].plus(2).last_day).last_day)
    ingest_month(run)
    compute(run)
    return run


def closed(run: MonthRun) -> None:
    """Publish and close a month whose other rooms say nothing."""
    for table in published_tables():
        if not run.has(table):
            write(run, table, part_name(0))
    publish(run)
    close(run.book, run.month, cycle_of(run.book, run.month, MONTHS[-1].plus(2).last_day).next_issue_on)


@pytest.fixture(scope="session")
def ledger_run(tmp_path_factory: pytest.TempPathFactory) -> MonthRun:
    """February 2026 of the sample town after two closed months: reversals, a new version, a writ, suspended money."""
    root = tmp_path_factory.mktemp("sample") / "book"
    shutil.copytree(SAMPLE, root)
    book = Book.at(root)
    open_book(book)
    for month in MONTHS[:-1]:
        closed(computed(book, month))
    return computed(book, MONTHS[-1])
