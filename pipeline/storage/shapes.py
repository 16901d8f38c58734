"""The one door between the two shapes of a table: Decimal roubles outside, Int64 kopecks inside. Exact both ways.

Here: selection, order and conversion of columns. Not here: what the columns are (`contracts/`), rounding (`money.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeVar

import polars as pl

from pipeline import money
from pipeline.contracts.table import Column, Kind, Table

Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)
Conversion = Callable[[pl.Expr], pl.Expr]

_INSIDE: Final[Mapping[Kind, Conversion]] = {
    Kind.MONEY: money.kopecks, Kind.TARIFF: money.tariff_e6, Kind.VOLUME: money.volume_e7,
}
_OUTSIDE: Final[Mapping[Kind, Conversion]] = {
    Kind.MONEY: money.roubles, Kind.TARIFF: money.tariff_of, Kind.VOLUME: money.volume_of,
}


def to_inside(frame: Frame, table: Table) -> Frame:
    """The table's columns, ordered and in the inside shape; other columns are left behind."""
    return frame.select(inside(column) for column in table.columns)


def to_outside(frame: Frame, table: Table) -> Frame:
    """The table's columns, ordered and in the published shape; other columns are left behind.

    Integers and columns of nulls take the column's own type exactly (an overflow raises), codes are texts again; any
    other wrong type stays for the gate to refuse.
    """
    found = frame.lazy().collect_schema()
    return frame.select(outside(column, found.get(column.inside_name)) for column in table.columns)


def inside(column: Column) -> pl.Expr:
    """One column on its way in."""
    convert = _INSIDE.get(column.kind)
    value = pl.col(column.name)
    return (convert(value) if convert else value).alias(column.inside_name)


def outside(column: Column, found: pl.DataType | None = None) -> pl.Expr:
    """One column on its way out, from the type that was found."""
    value = pl.col(column.inside_name)
    convert = _OUTSIDE.get(column.kind)
    if convert:
        if found is not None and found != pl.Null and not found.is_integer():
            raise TypeError(f"{column.inside_name} is {found}: money and volumes are integers inside")
        return convert(value).alias(column.name)
    if isinstance(found, pl.Enum):
        # looking up the texts of codes costs a quarter of casting them
        value = pl.lit(found.categories).gather(value.to_physical())
    elif found == pl.Null or (found is not None and found.is_integer() and column.outside_dtype.is_integer()):
        value = value.cast(column.outside_dtype)
    return value.alias(column.name)
