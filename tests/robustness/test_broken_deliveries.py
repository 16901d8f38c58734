"""Files that cannot be taken, met by the real command: one line, exit code 2, the published month as it was."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from tests.robustness.small import DECEMBER, RUN
from tests.town.books import RanBook, changed, copied, faults, published_bytes, raschet_here

Break = Callable[[Path], object]


def payments(landing: Path) -> Path:
    return min((landing / "payments").rglob("*.parquet"))


def missing_folder(landing: Path) -> None:
    shutil.rmtree(landing / "charges")


def truncated(landing: Path) -> None:
    file = payments(landing)
    file.write_bytes(file.read_bytes()[:-100])


def missing_column(landing: Path) -> None:
    pl.read_parquet(payments(landing)).drop("paid_at").write_parquet(payments(landing))


def wrong_type(landing: Path) -> None:
    rows = pl.read_parquet(payments(landing))
    rows.with_columns(pl.col("amount_rub").cast(pl.Float64)).write_parquet(payments(landing))


@pytest.mark.parametrize(("broken", "line"), [
    (missing_folder, "Не поступили обязательные поставки: charges"),
    (truncated, "файл обрезан или повреждён"),
    (missing_column, "нет столбца paid_at"),
    (wrong_type, "столбец amount_rub"),
], ids=lambda told: getattr(told, "__name__", ""))
def test_a_delivery_that_cannot_be_taken(
    small: RanBook, tmp_path: Path, broken: Break, line: str
) -> None:
    book = copied(small.root, tmp_path / "book")
    broken(book / "landing")

    called = raschet_here(book, *RUN)

    assert called.exit_code == 2
    assert called.stderr.startswith("Ошибка: ")
    assert called.stderr.count("\n") == 1
    assert line in called.stderr
    assert "Traceback" not in called.output
    assert changed(published_bytes(small.root, DECEMBER), published_bytes(book, DECEMBER)) == []
    assert faults(book) == []
