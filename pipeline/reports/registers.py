"""Registers as a billing month read them, events of it and of the months before: from the copies of their deliveries.

So a report or paper of an old month names everybody as they were then. Not here: what is made of the rows.
"""

from __future__ import annotations

import polars as pl

from pipeline.contracts.ingest import DELIVERIES
from pipeline.contracts.table import Table
from pipeline.domain.ingest.fates import SOUND
from pipeline.storage.arrivals import stored
from pipeline.storage.book import Book
from pipeline.storage.delivery_files import empty_rows, taken
from pipeline.storage.files import parquet_files, read_parquet
from pipeline.storage.manifest import Version, published_months, published_version
from pipeline.storage.stored_rows import known_rows


def register_of(book: Book, version: Version, table: Table, *, where: pl.Expr | None = None) -> pl.DataFrame:
    """Rows of a register (inside shape, sorted by key), of which `where` is true; those that break their contract stay
    out, as in the month."""
    deliveries = read_parquet(parquet_files(version.folder / DELIVERIES.name)).filter(
        pl.col("table_name") == table.name, pl.col("status_code") == "read"
    )
    listed = deliveries.select("delivery_id", pl.col("received_at").dt.date()).unique().sort("delivery_id").rows()
    rows = [taken(stored(book, table.name, delivery_id, day), where=where).rows for delivery_id, day in listed]
    accepted = pl.concat([empty_rows(table), *rows]).filter(SOUND)
    key = list(table.primary_key)
    return accepted.sort("received_at", *key).unique(key, keep="last", maintain_order=True).select(
        table.inside_names
    ).sort(key)


def events_of(book: Book, version: Version, table: Table, *, where: pl.Expr) -> pl.DataFrame:
    """Events (inside shape, sorted by key) of which `where` is true, of all months up to this one; those that break
    their contract stay out, and one that came twice is told once."""
    months = [published_version(book, month) for month in published_months(book) if month < version.month]
    folders = [one.folder for one in (*months, version) if one is not None]
    read = pl.concat([read_parquet(parquet_files(folder / DELIVERIES.name)) for folder in folders])
    rows = known_rows(book, read, table, where).filter(SOUND)
    key = list(table.primary_key)
    return rows.sort("received_at", *key).unique(key, keep="first", maintain_order=True).select(
        table.inside_names
    ).sort(key)
