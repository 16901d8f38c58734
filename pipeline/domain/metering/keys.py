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
    """The frames with `service` and `group`, numbered alike in all of them; OverflowError when they do not fit Int64.
    """
    places = [_places([frame.get_column(name) for frame in frames]) for name in GROUP]
    sizes = [max(1, size) for _, size in places]
    if math.prod(sizes) > _LARGEST // _MONTHS:
        raise OverflowError(f"services of a part do not fit one number: {sizes}")
    of_frames = zip(*(columns for columns, _ in places), strict=True)
    numbered = []
    for frame, (account, contract, service, zone) in zip(frames, of_frames, strict=True):
        number = (account * sizes[1] + contract) * sizes[2] + service
        numbered.append(frame.with_columns(number.alias("service"), (number * sizes[3] + zone).alias("group")))
    return numbered


def with_registers(meters: pl.DataFrame, *frames: pl.DataFrame) -> list[pl.DataFrame]:
    """The frames, in their order, with `meter`, its row in `meters`, and `register`; null where no such meter is.
    `meters` ascend by meter_id."""
    no_zone = pl.Series("zone_code", [_NO_ZONE])
    (_, *zones), size = _places([no_zone, *(frame.get_column("zone_code") for frame in frames)])
    if size > _ZONES:
        raise OverflowError(f"{size} zones of meters do not fit their number")
    numbered = []
    for frame, zone in zip(frames, zones, strict=True):
        meter = _rows_of(frame.get_column("meter_id"), meters.get_column("meter_id"))
        numbered.append(frame.with_columns(meter, (meter * _ZONES + zone).alias("register")))
    return numbered


def zoneless_register() -> pl.Expr:
    """The number of a row's `meter` where it has no zones: they come after it."""
    return pl.col("meter") * _ZONES


def meter_number() -> pl.Expr:
    """`meter` of a row's `register`."""
    return (pl.col("register") // _ZONES).alias("meter")


def month_key(of: str = "group") -> pl.Expr:
    """The number of a row's `group` (or `register`) and charge month."""
    return pl.col(of) * _MONTHS + month_number(pl.col("charge_month"))


def month_number(month: pl.Expr) -> pl.Expr:
    """Months since year 0, for differences of months."""
    return month.dt.year().cast(pl.Int64) * 12 + month.dt.month().cast(pl.Int64)


def is_recent(month: pl.Expr, of: pl.Expr) -> pl.Expr:
    """Not more than a year before: what lies further back is not remembered."""
    return month_number(of) - month_number(month) <= _KNOWN_FOR_MONTHS


def _places(columns: Sequence[pl.Series]) -> tuple[list[pl.Series], int]:
    """Each value's place among the sorted values of all columns, and how many values there are.

    Neighbours are mostly alike, rows of one account, house or zone: one value of each run is looked up.
    """
    starts = [column.ne_missing(column.shift()) | (pl.int_range(column.len(), eager=True) == 0) for column in columns]
    heads = pl.concat([column.filter(start) for column, start in zip(columns, starts, strict=True)])
    values = pl.Enum(heads.drop_nulls().unique().sort())
    # The heads of all columns are looked up together: each look-up builds the list of values anew.
    found, places, first = heads.cast(values).to_physical().cast(pl.Int64), [], 0
    for start in starts:
        places.append(found.slice(first).gather(start.cum_sum() - 1))
        first += int(start.sum())
    return places, len(values.categories)


def _rows_of(ids: pl.Series, known: pl.Series) -> pl.Series:
    """`meter`: the row of each id in `known`, which ascends; null where it is not."""
    asked, rows = ids.to_frame().lazy(), known.to_frame().lazy().with_columns(meter=pl.int_range(pl.len()))
    if ids.is_sorted():
        # Two sorted columns are merged, and no text is hashed.
        asked, rows = asked.set_sorted("meter_id"), rows.set_sorted("meter_id")
    found = asked.join(rows, on="meter_id", how="left", maintain_order="left")
    return found.collect(engine="streaming").get_column("meter")
