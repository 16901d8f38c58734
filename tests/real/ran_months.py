"""A book of real rows that the command line has run, and its published tables. Not here: what a file holds."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from pipeline.billing_month import BillingMonth
from pipeline.contracts.catalogue import TABLES
from pipeline.storage.book import Book
from pipeline.storage.manifest import published_version
from pipeline.storage.shapes import to_inside
from pipeline.storage.verify import verify
from tests.town.books import computed_apart

_RASCHET: Final = [sys.executable, "-c", "from pipeline.cli import app; app()"]


@dataclass(frozen=True)
class RanMonths:
    """A book after its months, each closed before the next; `rows` are the file's as its reader gives them."""

    rows: pl.DataFrame
    book: Book
    first: BillingMonth
    last: BillingMonth

    @property
    def months(self) -> list[BillingMonth]:
        return list(BillingMonth.range(self.first, self.last))

    def table(self, name: str, month: BillingMonth) -> pl.DataFrame:
        """A published table of one month, inside shape."""
        files = self.book.published(month) / name / "*.parquet"
        return to_inside(pl.read_parquet(files, hive_partitioning=False), TABLES[name])

    def every(self, name: str, *columns: str) -> pl.DataFrame:
        """A published table of all months, with `run_month` as a date; `columns` where not all are needed."""
        return pl.concat(
            self.table(name, month).select(columns or pl.all()).with_columns(run_month=pl.lit(month.first_day))
            for month in self.months
        )

    @property
    def closed(self) -> list[BillingMonth]:
        """Months that are closed for good."""
        versions = {month: published_version(self.book, month) for month in self.months}
        return [month for month, version in versions.items() if version is not None and version.is_closed]

    @property
    def faults(self) -> list[str]:
        """What `verify` holds against any month."""
        return [f"{found.month}: {fault}" for found in verify(self.book) for fault in found.faults]


def run_months(book: Book, first: BillingMonth, last: BillingMonth) -> None:
    """Open without debts and run to the fifth day after the last month."""
    raschet("open", book.root, "--debt", "0.00", "--advances", "0.00")
    as_of = last.next.first_day.replace(day=5)
    raschet("run", book.root, "--from", str(first), "--month", str(last), "--as-of", str(as_of))


def compute_months(book: Book, first: BillingMonth, last: BillingMonth) -> None:
    """The same months without Dagster and reports (`tests/town/direct.py`)."""
    raschet("open", book.root, "--debt", "0.00", "--advances", "0.00")
    computed_apart(book.root, str(first), str(last), str(last.next.first_day.replace(day=5)))


def raschet(command: str, root: Path, *words: str) -> None:
    """The command line in a process of its own: Dagster's months begin with the first month of the book it imports."""
    environment = {name: value for name, value in os.environ.items() if name not in ("RASCHET_BOOK", "DAGSTER_HOME")}
    done = subprocess.run(
        [*_RASCHET, command, "--book", str(root), *words], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
