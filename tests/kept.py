"""The ground on which many tests stand is made once a process, and copied: a book, or a step from the very same book.

Never what a test is about: a test of the step itself takes it anew.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from pipeline.billing_month import BillingMonth
from pipeline.contracts.table import Table
from pipeline.storage.book import Book
from pipeline.storage.run import MonthRun


def made_once(root: Path, name: str, make: Callable[[Path], object]) -> Path:
    """The book that `make` makes, in a folder of one's own."""
    kept = Path(_kept().name) / name
    if not kept.is_dir():
        make(kept)
    return Path(shutil.copytree(kept, root, symlinks=True))


def taken_once(root: Path, step: str, take: Callable[[], MonthRun]) -> MonthRun:
    """The run that `take` makes in a book, or its copy if the same step was taken from the very same files before."""
    kept = Path(_kept().name) / _told(root, step)
    if not kept.is_dir():
        run = take()
        shutil.copytree(root, kept / str(run.month) / run.run_id, symlinks=True)
        return run
    shutil.rmtree(root)
    before = next(kept.glob("*/*"))
    shutil.copytree(before, root, symlinks=True)
    return MonthRun.resume(Book.at(root), BillingMonth.parse(before.parent.name), before.name)


@cache
def _kept() -> TemporaryDirectory[str]:
    """Goes with the process."""
    return TemporaryDirectory(prefix="kept-")


def _told(root: Path, step: str) -> str:
    """SHA-256 of a step and of every file of a book."""
    told = hashlib.sha256(step.encode())
    for file in sorted(root.rglob("*")):
        if file.is_file() and not file.is_symlink():
            told.update(f"\0{file.relative_to(root)}\0{file.stat().st_size}\0".encode() + file.read_bytes())
    return told.hexdigest()


def write(run: MonthRun, table: Table, part: str, rows: pl.DataFrame | None = None) -> None:
    """A part of a table. Without rows it is the same bytes in every book, and copied: most tables of small towns."""
    file = run.folder / table.name / f"{part}.parquet"
    kept = Path(_kept().name) / "empty" / f"{table.name}.parquet"
    is_empty = rows is None or rows.is_empty()
    if is_empty and kept.is_file():
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(kept, file)
        return
    run.write(table, part, table.empty_inside() if rows is None else rows)
    if is_empty:
        kept.parent.mkdir(exist_ok=True)
        shutil.copy(file, kept)
