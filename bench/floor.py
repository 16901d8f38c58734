"""The floor of a month: read once what the month reads and write once what it writes, and compute nothing.

    python -m bench.floor BOOK MONTH      CPU and wall seconds as JSON, for a month whose version is published

Read: the columns that contracts name, of every delivery of the cycle and of every register that counts, and the state
tables of the month before. Write: every table of the published version, decoded and encoded again with our codec into
a folder that is thrown away. One thread, file by file: what a month that did nothing else would still have to do.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from pathlib import Path

import polars as pl

from pipeline.billing_month import BillingMonth
from pipeline.contracts.catalogue import TABLES, tables_of
from pipeline.contracts.ingest import DELIVERIES
from pipeline.contracts.table import Stage, Table
from pipeline.storage.arrivals import input_path
from pipeline.storage.book import Book
from pipeline.storage.files import parquet_files, read_parquet, write_parquet
from pipeline.storage.manifest import Version, published_version


def floor(book: Book, month: BillingMonth) -> dict[str, float]:
    """Seconds of reading and of writing, bytes and rows of both."""
    version, before = _published(book, month), _published(book, month.previous)
    read_rows = read_bytes = write_bytes = 0
    started, cpu = time.perf_counter(), _cpu()
    for table, file in [*_taken(book, version), *_state(before)]:
        known = [name for name in pl.read_parquet_schema(file) if name in table.outside_schema]
        read_rows += pl.read_parquet(file, columns=known, hive_partitioning=False).height
        read_bytes += file.stat().st_size
    read_wall, read_cpu = time.perf_counter() - started, _cpu() - cpu
    started, cpu = time.perf_counter(), _cpu()
    with tempfile.TemporaryDirectory(dir=book.root) as thrown_away:
        for folder in sorted(path for path in version.folder.iterdir() if path.is_dir()):
            for file in parquet_files(folder):
                copy = Path(thrown_away) / f"{folder.name}-{file.name}"
                write_parquet(copy, read_parquet([file]))
                write_bytes += copy.stat().st_size
                copy.unlink()
    return {
        "read_rows": read_rows, "read_mib": read_bytes / 2**20, "read_cpu_s": read_cpu, "read_wall_s": read_wall,
        "write_mib": write_bytes / 2**20, "write_cpu_s": _cpu() - cpu, "write_wall_s": time.perf_counter() - started,
    }


def _published(book: Book, month: BillingMonth) -> Version:
    version = published_version(book, month)
    if version is None:
        raise SystemExit(f"{month} is not published")
    return version


def _taken(book: Book, version: Version) -> list[tuple[Table, Path]]:
    """The copies of the deliveries that the version read."""
    listed = read_parquet(parquet_files(version.folder / DELIVERIES.name)).select("table_name", "delivery_id").unique()
    return [(TABLES[name], input_path(book, TABLES[name], delivery)) for name, delivery in sorted(listed.rows())]


def _state(before: Version) -> list[tuple[Table, Path]]:
    """Tables of the month before that a month reads whole."""
    names = {"open_items", "advances", "meter_memory", "unconfirmed_charges", "unbilled_volumes", "eligibility",
             "debtors", "recalculations", "account_index"}
    return [
        (table, file) for table in tables_of(Stage.PUBLISHED) if table.name in names
        for file in parquet_files(before.folder / table.name)
    ]


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    print(json.dumps(floor(Book.at(Path(sys.argv[1])), BillingMonth.parse(sys.argv[2]))))
