"""A register as the month before read it: from the copies of its deliveries, without the rows that it refused.

Not here: the register as of the cut (`run.py`), what has changed between both (`domain/recalculation`).
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from pipeline.contracts import ingest
from pipeline.contracts.table import Table
from pipeline.domain.ingest.fates import SOUND
from pipeline.storage.delivery_files import taken
from pipeline.storage.known import standing
from pipeline.storage.run import MonthRun
from pipeline.storage.stored_rows import known_deliveries


def is_other_delivery(run: MonthRun, table: Table) -> bool:
    """Whether the month reads other files of a register than the month before did; not where that one read none."""
    columns = ["table_name", "delivery_id", "status_code"]
    before, now = (
        set(told.filter(pl.col("table_name") == table.name, pl.col("status_code") == "read")["delivery_id"])
        for told in (run.state.read(ingest.DELIVERIES, columns=columns), run.read(ingest.DELIVERIES, columns=columns))
    )
    return bool(before) and before != now


def register_before(run: MonthRun, table: Table, columns: Sequence[str]) -> pl.DataFrame:
    """Rows that the month before accepted, in the inside shape, sorted by key."""
    told = run.state.read(ingest.DELIVERIES)
    read = [taken(one).rows.filter(SOUND) for one in known_deliveries(run.book, told, table)]
    refused = run.state.read(ingest.QUARANTINE, columns=["table_name", "delivery_id", "row_number"])
    rows = standing(pl.concat(read), table, refused)
    return rows.unique(table.primary_key).select(columns).sort(
        [name for name in table.primary_key if name in columns], nulls_last=True
    )
