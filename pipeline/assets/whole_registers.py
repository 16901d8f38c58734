"""Registers of all parts at once, lazily: what an event asks of flats, persons and rights that may lie in any part."""

import polars as pl

from pipeline.contracts.registers import REGISTRATIONS
from pipeline.contracts.table import Table
from pipeline.storage.run import MonthRun


def whole_register(run: MonthRun, table: Table) -> pl.LazyFrame:
    """A staged register of all parts; a row that several deliveries tell is there several times."""
    return pl.scan_parquet(run.staged_files(table.name), glob=False)


def has_registrations(run: MonthRun) -> bool:
    """Whether anybody has delivered the register of persons."""
    return not whole_register(run, REGISTRATIONS).head(1).collect().is_empty()
