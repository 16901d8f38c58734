"""What every reader must find in the published files: counts and sums per table, month and column, as plain JSON.

    money, volume   sum as text        date           first and last        text    how many and how many different
    count, integer  sum                moment         first and last, Moscow time   list    elements in all
    yes_no          how many are true
Here: the columns to be read and what polars finds. The other readers are scripts of their own (`read_*.py`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import polars as pl

from pipeline.contracts.catalogue import TABLES
from pipeline.storage.readers import columns_of

#: Money and dates, moments, lists and volumes: together every kind of column.
READ: Final = ("open_items", "deliveries", "consumption")
KINDS: Final = {name: {column.name: column.kind.value[0] for column in columns_of(TABLES[name])} for name in READ}
Facts = dict[str, dict[str, dict[str, Any]]]


def facts_by_polars(book: Path) -> Facts:
    """By polars, with the key of the folders."""
    found: Facts = {}
    for name, kinds in KINDS.items():
        rows = pl.read_parquet(
            book / "published" / "*" / name / "*.parquet", hive_partitioning=True, hive_schema={"run_month": pl.String}
        )
        found[name] = {
            str(month): {"rows": part.height, **{column: _fact(part[column], kind) for column, kind in kinds.items()}}
            for (month,), part in sorted(rows.partition_by("run_month", as_dict=True).items())
        }
    return found


def _fact(column: pl.Series, kind: str) -> Any:
    told = column.drop_nulls()
    if kind in ("money", "volume", "tariff"):
        return str(told.sum()) if told.len() else None
    if kind in ("count", "integer"):
        return told.sum()
    if kind in ("date", "month"):
        return [str(told.min()), str(told.max())] if told.len() else None
    if kind == "moment":
        written = told.dt.convert_time_zone("Europe/Moscow").dt.strftime("%Y-%m-%d %H:%M:%S%.6f").sort()
        return [written[0], written[-1]] if told.len() else None
    if kind == "codes":
        return int(told.list.len().sum())
    return int(told.sum()) if kind == "yes_no" else [told.len(), told.n_unique()]
