"""Tables whose rows are judged one by one: readings, statements, events, registers.

Reasons of the row rules come with the frame; here the same id again is told from a repeat, and readings get the
account of their meter.
"""

from __future__ import annotations

import polars as pl

from pipeline.contracts.table import Table
from pipeline.domain.ingest.fates import settled
from pipeline.domain.ingest.repeats import with_repeats


def judged_rows(frame: pl.DataFrame, table: Table, known: pl.DataFrame | None = None) -> pl.DataFrame:
    """Rows with fates; `known` are rows of closed months in the table's inside columns."""
    return settled(with_repeats(frame, table.primary_key, table.inside_names, known))


def with_account_of_meter(readings: pl.DataFrame, meters: pl.DataFrame) -> pl.DataFrame:
    """Readings with the account that the register of meters, each once, gives theirs."""
    owners = meters.select("meter_id", "account_id")
    told = readings.select("meter_id").join(owners, on="meter_id", how="left", maintain_order="left")
    return readings.with_columns(told["account_id"])
