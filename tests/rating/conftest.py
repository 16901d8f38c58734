"""December of the sample town with registers that its biller does not follow: heating of one territory is dearer, one
flat is two square metres smaller. Audited as a month of its own."""

import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from pipeline.assets.rating import write_audit
from pipeline.billing_month import BillingMonth
from pipeline.storage.book import Book
from pipeline.storage.cycles import cycle_of
from pipeline.storage.opening import open_book
from pipeline.storage.run import MonthRun
from pipeline.storage.staging import ingest_month

SAMPLE = Path(__file__).parents[2] / "data" / "sample"
MONTH = BillingMonth(2025, 12)
TERRITORY = "zarechye"
FLAT = "h-00004-0001"


def changed(root: Path, table: str, change: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
    """A register delivered with other rows."""
    for file in sorted((root / "landing" / table).rglob("*.parquet")):
        change(pl.read_parquet(file)).write_parquet(file)


def _dearer(tariffs: pl.DataFrame) -> pl.DataFrame:
    here = (pl.col("territory_code") == TERRITORY) & (pl.col("service_code") == "heating")
    tariff = pl.when(here).then(pl.col("tariff_rub") + 100).otherwise("tariff_rub")
    return tariffs.with_columns(tariff_rub=tariff.cast(pl.Decimal(18, 6)))


def _smaller(premises: pl.DataFrame) -> pl.DataFrame:
    here = pl.col("premises_id") == FLAT
    area = pl.when(here).then(pl.col("area_m2") - 2).otherwise("area_m2")
    return premises.with_columns(area_m2=area.cast(pl.Decimal(18, 7)))


def audited_town(root: Path) -> MonthRun:
    """The month as far as its audit, left in its work folder."""
    book = Book.at(root)
    open_book(book)
    run = MonthRun.begin(book, MONTH, "run-1", cycle_of(book, MONTH, MONTH.plus(3).last_day).last_day)
    ingest_month(run)
    write_audit(run)
    return run


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> MonthRun:
    """Computed once: tests only read it, or work on a copy."""
    root = tmp_path_factory.mktemp("audited") / "book"
    shutil.copytree(SAMPLE, root)
    changed(root, "tariffs", _dearer)
    changed(root, "premises", _smaller)
    return audited_town(root)


@pytest.fixture
def spoiled(run: MonthRun, tmp_path: Path) -> MonthRun:
    """A copy of the month to spoil."""
    shutil.copytree(run.book.root, tmp_path / "book", symlinks=True)
    return MonthRun.resume(Book.at(tmp_path / "book"), run.month, run.run_id)
