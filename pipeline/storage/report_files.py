"""Files that people read of one version: written privately, made visible by a rename, found through one link a month.

    reports/<month>/<run>/…   beside the version, deleted with it        reports/run_month=<month> → the latest run

Several reports of one run share its folder: each file appears whole or not at all, and writing it again replaces it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import polars as pl

from pipeline.billing_month import BillingMonth
from pipeline.contracts.gate import gate
from pipeline.contracts.table import Table
from pipeline.storage.book import Book
from pipeline.storage.files import space_for, sync_folder, write_bytes, write_parquet

_LINK: Final = ".link"


def safe_name(delivered: str) -> str:
    """A name of one file or folder for an id that may hold anything; plain letters and digits stay as they are."""
    plain = re.sub(r"[^\w-]", "_", delivered)
    return plain if plain == delivered else f"{plain}-{delivered.encode().hex()}"


def write_report(book: Book, month: BillingMonth, run_id: str, name: str, content: str | bytes) -> Path:
    """Write `reports/<month>/<run>/<name>` whole; text as UTF-8. Returns the file."""
    file = book.reports_of(month, run_id) / name
    write_bytes(file, content.encode() if isinstance(content, str) else content)
    return file


def write_report_table(book: Book, month: BillingMonth, run_id: str, table: Table, frame: pl.DataFrame) -> Path:
    """Write a table of Stage.REPORT (outside shape) past the gate, sorted by its key."""
    outside = frame.select(table.names).sort(table.primary_key)
    gate(outside, table)
    file = book.reports_of(month, run_id) / table.name / "part-000.parquet"
    write_parquet(file, outside)
    return file


def show_latest(book: Book, month: BillingMonth, run_id: str) -> Path:
    """Point the month's link at the reports of a run; the link."""
    link, folder = book.latest_reports(month), book.reports_of(month, run_id)
    private = folder.parent / _LINK
    with space_for(link):
        link.parent.mkdir(parents=True, exist_ok=True)
        private.unlink(missing_ok=True)
        private.symlink_to(folder.relative_to(link.parent))
        private.replace(link)
        sync_folder(link.parent)
    return link
