"""The one place that calls pandera: a frame passes the contract of its table, or the month stops with counts.

A frame is looked at once, all promises in one pass over its columns; nearly every frame keeps them and is through. Only
where something is broken pandera is called to say what, promise by promise: it goes over every column anew, copies its
schema for each, hashes the key, and is slow even to import. Its own error text holds cell values, so only counts per
check leave this module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import polars as pl

from pipeline.contracts.key_order import ascends
from pipeline.contracts.table import Column, Kind, Table

if TYPE_CHECKING:
    import pandera.polars as pa

Side = Literal["outside", "inside"]


class ContractBroken(Exception):
    """A frame does not keep its table's contract; holds counts per broken promise, never values."""

    def __init__(self, table: str, counts: dict[str, int]) -> None:
        self.table, self.counts = table, counts
        listed = ", ".join(f"{promise}: {rows}" for promise, rows in sorted(counts.items()))
        super().__init__(f"table {table} breaks its contract ({listed})")


def gate(
    frame: pl.DataFrame, table: Table, *, side: Side = "outside", is_in_key_order: bool = False
) -> pl.DataFrame:
    """Return the frame unchanged when every column, value, key and row promise of `table` holds.

    Works per part: uniqueness of the primary key is checked inside the frame; across parts it is a SQL check.
    `is_in_key_order`: the caller has just found that its rows ascend by the key, which proves that.
    """
    if not _keeps_columns(frame, table, side, is_in_key_order):
        raise ContractBroken(table.name, _told_by_pandera(frame, table, side) or {"columns": 1})
    _require_rows(frame, table, side)
    return frame


def _keeps_columns(frame: pl.DataFrame, table: Table, side: Side, is_in_key_order: bool) -> bool:
    """Whether names, order and dtypes are the table's, every value is as its column promises, and the key is unique."""
    expected = table.outside_schema if side == "outside" else table.inside_schema
    if list(frame.schema.items()) != list(expected.items()):
        return False
    if any(frame[_name(column, side)].null_count() for column in table.columns if not column.is_nullable):
        return False
    promises = [promise for column in table.columns for promise in _promises(column, side)]
    if promises and not all(frame.select(kept.alias(str(at)) for at, kept in enumerate(promises)).row(0)):
        return False
    key = [_name(table[name], side) for name in table.primary_key]
    return not key or is_in_key_order or ascends(frame, key) or not frame.select(key).is_duplicated().any()


def _promises(column: Column, side: Side) -> list[pl.Expr]:
    """What a column promises of its values, nulls aside; the same as `_pandera_column`."""
    value, promises = pl.col(_name(column, side)), []
    if column.allowed is not None:
        # neighbours mostly share a code: the first of each stretch is looked up
        promises.append(value.filter(value.ne_missing(value.shift(1))).is_in(list(column.allowed)).all())
    if column.at_least is not None:
        promises.append((value >= column.at_least).all())
    if column.kind is Kind.MONTH:
        # a column holds a few months a million times
        promises.append((value.unique().dt.day() == 1).all())
    return promises


def _told_by_pandera(frame: pl.DataFrame, table: Table, side: Side) -> dict[str, int]:
    """How many rows break each promise."""
    from pandera.config import ValidationDepth, config_context
    from pandera.errors import SchemaErrors

    try:
        with config_context(validation_depth=ValidationDepth.SCHEMA_AND_DATA):
            _schema(table, side).validate(frame, lazy=True)
    except SchemaErrors as broken:
        promise = pl.concat_str(pl.col("column").fill_null(""), pl.col("check"), separator=" ").str.strip_chars()
        return dict(broken.failure_cases.group_by(promise.alias("promise")).len().rows())
    return {}


def _schema(table: Table, side: Side) -> pa.DataFrameSchema:
    import pandera.polars as pa

    unique = [_name(table[key], side) for key in table.primary_key]
    columns = {_name(column, side): _pandera_column(column, side) for column in table.columns}
    return pa.DataFrameSchema(columns, strict=True, ordered=True, coerce=False, unique=unique or None)


def _name(column: Column, side: Side) -> str:
    return column.name if side == "outside" else column.inside_name


def _pandera_column(column: Column, side: Side) -> pa.Column:
    import pandera.polars as pa

    dtype = column.outside_dtype if side == "outside" else column.inside_dtype
    checks = []
    if column.allowed is not None:
        checks.append(pa.Check.isin(list(column.allowed), error="is_allowed"))
    if column.at_least is not None:
        checks.append(pa.Check.ge(column.at_least, error=f"at_least_{column.at_least}"))
    if column.kind is Kind.MONTH:
        checks.append(pa.Check(_is_first_day, error="is_first_day_of_month"))
    return pa.Column(dtype, checks=checks, nullable=column.is_nullable)


def _is_first_day(values: pa.PolarsData) -> pl.LazyFrame:
    return values.lazyframe.select(pl.col(values.key).dt.day() == 1)


def _require_rows(frame: pl.DataFrame, table: Table, side: Side) -> None:
    """Row promises are written over outside names; inside they are checked at publish."""
    if side == "inside" or not table.rows:
        return
    broken = frame.select(
        (~promise.fill_null(False)).sum().alias(name) for name, promise in table.rows.items()
    ).row(0, named=True)
    if any(broken.values()):
        raise ContractBroken(table.name, {name: rows for name, rows in broken.items() if rows})
