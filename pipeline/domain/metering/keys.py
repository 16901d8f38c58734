"""Keys and month arithmetic that all steps of the room share.

Inside the room a missing zone is "" so that plain joins meet it; `with_zones` and `without_zones` stand at the doors.

Behind the doors every key is one whole number, in the order of the texts that it stands for:

    group        SERVICE and zone            ascends as the columns of GROUP do
    month_key    group and charge month      ascends as the columns of MONTH do
    register     meter and zone              ascends as the columns of METER do

Joins, groups and sorts of one integer cost a tenth of those of four texts, so the texts meet once, where the numbers
are given (`with_groups`, `with_registers`), and travel on only to be published.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import polars as pl

METER = ("meter_id", "zone_code")
SERVICE = ("account_id", "contract_id", "service_code")
#: The unit of true-up: what one charge line of a metered service bills.
GROUP = (*SERVICE, "zone_code")
MONTH = (*GROUP, "charge_month")

_NO_ZONE = ""
_KNOWN_FOR_MONTHS = 12
#: A month number is below it until the year 2730; a power of two divides by a shift.
_MONTHS = 2**15
_ZONES = 2**8
_LARGEST = 2**63 - 1


def with_zones(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with "" where there is no zone."""
    return frame.with_columns(pl.col("zone_code").fill_null(_NO_ZONE))


def without_zones(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame as tables hold it: null where there is no zone."""
    return frame.with_columns(zone_code=pl.when(~has_no_zone()).then("zone_code"))


def has_no_zone() -> pl.Expr:
    return pl.col("zone_code") == _NO_ZONE


def with_groups(*frames: pl.DataFrame) -> list[pl.DataFrame]:
    """The frames with `service` and `group`, numbered alike in all of them.

    Each text becomes its place among the sorted values of all frames; OverflowError when the places do not fit Int64.
    """
    places = [_places([frame.get_column(name) for frame in frames]) for name in GROUP]
    sizes = [max(1, len(place.categories)) for place in places]
    if math.prod(sizes) > _LARGEST // _MONTHS:
        raise OverflowError(f"services of a part do not fit one number: {sizes}")
    number = pl.lit(0, dtype=pl.Int64)
    for name, place, size in zip(SERVICE, places, sizes, strict=False):
        number = number * size + _place(name, place)
    group = pl.col("service") * sizes[-1] + _place("zone_code", places[-1])
    return [frame.with_columns(service=number).with_columns(group=group) for frame in frames]


def with_registers(meters: pl.DataFrame, *frames: pl.DataFrame) -> list[pl.DataFrame]:
    """The frames, in their order, with `meter`, its row in `meters`, and `register`; null where no such meter is."""
    places = _places([pl.Series([_NO_ZONE]), *(frame.get_column("zone_code") for frame in frames)])
    if len(places.categories) > _ZONES:
        raise OverflowError(f"{len(places.categories)} zones of meters do not fit their number")
    rows = meters.select("meter_id", meter=pl.int_range(pl.len(), dtype=pl.Int64))
    return [
        frame.join(rows, on="meter_id", how="left", maintain_order="left")
        .with_columns(register=zoneless_register() + _place("zone_code", places))
        for frame in frames
    ]


def zoneless_register() -> pl.Expr:
    """The number of a row's `meter` where it has no zones: they come after it."""
    return pl.col("meter") * _ZONES


def month_key(of: str = "group") -> pl.Expr:
    """The number of a row's `group` (or `register`) and charge month."""
    return pl.col(of) * _MONTHS + month_number(pl.col("charge_month"))


def month_number(month: pl.Expr) -> pl.Expr:
    """Months since year 0, for differences of months."""
    return month.dt.year().cast(pl.Int64) * 12 + month.dt.month().cast(pl.Int64)


def is_recent(month: pl.Expr, of: pl.Expr) -> pl.Expr:
    """Not more than a year before: what lies further back is not remembered."""
    return month_number(of) - month_number(month) <= _KNOWN_FOR_MONTHS


def _places(columns: Sequence[pl.Series]) -> pl.Enum:
    return pl.Enum(pl.concat([column.unique() for column in columns]).drop_nulls().unique().sort())


def _place(name: str, places: pl.Enum) -> pl.Expr:
    return pl.col(name).cast(places).to_physical().cast(pl.Int64)
