"""Where each zone of each meter stands before the readings of a run are judged.

    register of the memory, else the value at installation (a meter without zones, installed within a year),
    else unknown: the first reading is then a start and tells no volume.

History for the average belongs to the service point: a new meter takes over that of the one it replaced.

Columns: those of `meters`, zone_code, and base_value_e7, base_on, closed_month (the last month the register covers),
is_new (no reading of it was ever accepted), actual_months, actual_volume_e7.
"""

from __future__ import annotations

import polars as pl

from pipeline.domain.metering.keys import METER, has_no_zone

_LONG_AGO = pl.date(2000, 1, 1)
_POINT = ("service_point_id", "zone_code")


def with_missing(meters: pl.DataFrame, memory: pl.DataFrame, register: pl.DataFrame) -> pl.DataFrame:
    """The part's `meters` and the remembered ones that the newest snapshot of the whole `register` forgot.

    A snapshot with a hole must not lose what was billed by estimate: the meter keeps its place, nothing is known of it
    but what the memory holds, and its readings are refused until the register names it again. It counts as in place,
    or its estimates would be given up as beyond knowing.
    """
    missing = memory.join(register, on="meter_id", how="anti").unique("meter_id", keep="first").sort("meter_id")
    remembered = missing.select(name for name in meters.columns if name in memory.columns)
    return pl.concat([meters, remembered.with_columns(installed_on=_LONG_AGO)], how="diagonal")


def registers_before(meters: pl.DataFrame, memory: pl.DataFrame, readings: pl.DataFrame) -> pl.DataFrame:
    """One row per meter and zone that memory or readings know; a meter that neither knows has no zones."""
    remembered = memory.select(
        *METER, "last_value_e7", "last_read_on", "last_actual_month", "actual_months", "actual_volume_e7"
    )
    return (
        _zones_of(meters, memory, readings)
        .join(meters, on="meter_id", how="inner")
        .join(remembered, on=METER, how="left")
        .join(_history_of_points(memory), on=_POINT, how="left")
        .with_columns(is_new=pl.col("last_value_e7").is_null())
        .pipe(_with_base)
        .with_columns(
            actual_months=pl.coalesce("actual_months", "point_months", pl.lit(0, dtype=pl.Int64)),
            actual_volume_e7=pl.coalesce("actual_volume_e7", "point_volume_e7", pl.lit(0, dtype=pl.Int64)),
        )
        .drop("last_value_e7", "last_read_on", "last_actual_month", "point_months", "point_volume_e7")
    )


def _zones_of(meters: pl.DataFrame, memory: pl.DataFrame, readings: pl.DataFrame) -> pl.DataFrame:
    known = pl.concat([memory.select(METER), readings.select(METER)]).unique()
    zoned = known.filter(~has_no_zone()).select("meter_id").unique()
    read = memory.filter(pl.col("last_value_e7").is_not_null()).select(METER)
    # A meter waits without zones until its first reading says that it has some.
    placeholder = known.filter(has_no_zone()).join(zoned, on="meter_id").join(read, on=METER, how="anti")
    silent = meters.select("meter_id").join(known, on="meter_id", how="anti").with_columns(zone_code=pl.lit(""))
    return pl.concat([known.join(placeholder, on=METER, how="anti"), silent])


def _history_of_points(memory: pl.DataFrame) -> pl.DataFrame:
    return (
        memory.filter(pl.col("last_read_on").is_not_null())
        .sort("last_read_on", "meter_id")
        .group_by(_POINT)
        .agg(point_months=pl.col("actual_months").last(), point_volume_e7=pl.col("actual_volume_e7").last())
    )


def _with_base(registers: pl.DataFrame) -> pl.DataFrame:
    starts = pl.col("is_new") & has_no_zone()
    month_before = pl.col("installed_on").dt.month_start().dt.offset_by("-1mo")
    closed = pl.coalesce("last_actual_month", pl.col("last_read_on").dt.month_start())
    return registers.with_columns(
        base_value_e7=pl.when(starts).then("initial_value_e7").otherwise("last_value_e7"),
        base_on=pl.when(starts).then("installed_on").otherwise("last_read_on"),
        closed_month=pl.when(starts).then(month_before).otherwise(closed),
    )
