"""The one place that calls pandera: a frame passes the contract of its table, or the month stops with counts.

pandera's own error text holds cell values, so only counts per check leave this module.
"""

from typing import Literal

import pandera.polars as pa
import polars as pl
from pandera.config import ValidationDepth, config_context
from pandera.errors import SchemaErrors

from pipeline.contracts.table import Column, Kind, Table

Side = Literal["outside", "inside"]


class ContractBroken(Exception):
    """A frame does not keep its table's contract; holds counts per broken promise, never values."""

    def __init__(self, table: str, counts: dict[str, int]) -> None:
        self.table, self.counts = table, counts
        listed = ", ".join(f"{promise}: {rows}" for promise, rows in sorted(counts.items()))
        super().__init__(f"table {table} breaks its contract ({listed})")


def gate(frame: pl.DataFrame, table: Table, *, side: Side = "outside") -> pl.DataFrame:
    """Return the frame unchanged when every column, value, key and row promise of `table` holds.

    Works per part: uniqueness of the primary key is checked inside the frame; across parts it is a SQL check.
    """
    schema = _schema(table, side)
    try:
        with config_context(validation_depth=ValidationDepth.SCHEMA_AND_DATA):
            schema.validate(frame, lazy=True)
    except SchemaErrors as broken:
        cases = broken.failure_cases
        promise = pl.concat_str(pl.col("column").fill_null(""), pl.col("check"), separator=" ").str.strip_chars()
        counts = cases.group_by(promise.alias("promise")).len().rows()
        raise ContractBroken(table.name, dict(counts)) from None
    _require_rows(frame, table, side)
    return frame


def _schema(table: Table, side: Side) -> pa.DataFrameSchema:
    unique = [_name(table[key], side) for key in table.primary_key]
    columns = {_name(column, side): _pandera_column(column, side) for column in table.columns}
    return pa.DataFrameSchema(columns, strict=True, ordered=True, coerce=False, unique=unique or None)


def _name(column: Column, side: Side) -> str:
    return column.name if side == "outside" else column.inside_name


def _pandera_column(column: Column, side: Side) -> pa.Column:
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
