"""How the town's tables reach a book: deliveries, registers and opening feeds as Parquet, the same bytes every time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import polars as pl

from pipeline.contracts.table import Stage, Table
from pipeline.storage.files import write_bytes, write_parquet
from pipeline.storage.shapes import to_outside


def is_in_order(frame: pl.DataFrame, key: Sequence[str]) -> bool:
    """Whether no row lies before the one above it: one pass, a tenth of what sorting texts costs. A pair with a null
    counts as disorder."""
    follows = pl.lit(True)
    for name in reversed(key):
        value, before = pl.col(name), pl.col(name).shift(1)
        follows = (value > before) | ((value == before) & follows)
    return bool(frame.select(follows.fill_null(False).slice(1).all()).item())


#: Deliveries are files of others: they stay the same bytes whatever our own tables are packed with.
_LEVEL: Final = 3


@dataclass(frozen=True)
class Landing:
    """The landing folder of a book that is being made."""

    book: Path

    def deliver(self, table: Table, on: date, frame: pl.DataFrame, name: str) -> None:
        """One file of one table that came (or holds, for a register) on a day; a later column that the frame does not
        tell is empty in it."""
        untold = [column.inside_name for column in table.columns
                  if column.is_later and column.inside_name not in frame.columns]
        outside = to_outside(frame.with_columns(pl.lit(None).alias(name) for name in untold), table)
        if not is_in_order(outside, table.primary_key):
            outside = outside.sort(table.primary_key, nulls_last=True, maintain_order=True)
        write_parquet(self.path(table, on, name), outside, level=_LEVEL)

    def deliver_by_day(self, table: Table, day: str, frame: pl.DataFrame, name: str) -> None:
        """One file for each day of a column."""
        for (on,), rows in sorted(frame.partition_by(day, as_dict=True).items()):
            self.deliver(table, on, rows, name)

    def raw(self, table: Table, on: date, name: str, content: bytes) -> None:
        """The very bytes of a file, for a delivery that comes twice."""
        write_bytes(self.path(table, on, name), content)

    def path(self, table: Table, on: date, name: str) -> Path:
        word = "as_of" if table.stage in (Stage.REGISTER, Stage.DIRECTORY) else "received"
        return self.book / "landing" / table.name / f"{word}={on}" / f"{name}.parquet"
