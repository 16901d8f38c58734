"""Directories that only papers read: the newest snapshot that was there on a day, rows that keep their contract.

Read where they were delivered: nothing that a month decides hangs on them, so no copy is kept. Not here: registers of
the month (`arrivals.py`).
"""

from __future__ import annotations

from datetime import date

import polars as pl

from pipeline.contracts.table import Table
from pipeline.domain.ingest.fates import SOUND
from pipeline.storage.arrivals import newest
from pipeline.storage.book import Book
from pipeline.storage.delivery_files import empty_rows, taken
from pipeline.storage.landing import deliveries_of


def directory(book: Book, table: Table, on: date) -> pl.DataFrame:
    """A directory (inside shape, sorted by key) as of a day; no rows where none was delivered. BadDelivery for a file
    that cannot be read."""
    known = [one for one in deliveries_of(book.landing, table) if one.arrived_on is None or one.arrived_on <= on]
    rows = pl.concat([empty_rows(table), *(taken(one).rows for one in newest(known))])
    key = list(table.primary_key)
    return rows.filter(SOUND).unique(key, keep="first", maintain_order=True).select(
        table.inside_names
    ).sort(key)
