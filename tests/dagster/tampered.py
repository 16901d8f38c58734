"""The code location of Raschet whose ledger goes wrong by a kopeck while a file `tampered` lies in the book.

For the browser test: a person must see which check has stopped the month. `-m tests.dagster.tampered` loads it.
"""

from __future__ import annotations

import polars as pl

from pipeline.contracts.ledger import OPEN_ITEMS
from pipeline.contracts.table import Table
from pipeline.definitions import defs
from pipeline.storage.run import MonthRun

TAMPERED = "tampered"
_write = MonthRun.write


def _wrong(run: MonthRun, table: Table, part: str, frame: pl.DataFrame) -> None:
    if table.name == OPEN_ITEMS.name and not frame.is_empty() and (run.book.root / TAMPERED).exists():
        is_first = pl.int_range(pl.len()) == 0
        frame = frame.with_columns(
            (pl.col(name) + is_first.cast(pl.Int64) * step).alias(name)
            for name, step in (("paid_kop", 1), ("outstanding_kop", -1))
        )
    _write(run, table, part, frame)


MonthRun.write = _wrong  # type: ignore[method-assign]

__all__ = ["defs"]
