"""Where each zone of each meter stands before the readings of a run are judged.

    register of the memory, else the value at installation (a meter without zones, installed within a year),
    else unknown: the first reading is then a start and tells no volume.

History for the average belongs to the service point: a new meter takes over that of the one it replaced.

Columns: those of `meters` that the room needs, zone_code, register, and base_value_e7, base_on, closed_month (the last
month the register covers), is_new (no reading of it was ever accepted), actual_months, actual_volume_e7,
unchanged_months.
"""

from __future__ import annotations

import polars as pl

from pipeline.domain.metering.keys import has_no_zone, zoneless_register

_LONG_AGO = pl.date(2000, 1, 1)
_POINT = ("service_point_id", "zone_code")
_HISTORY = ("actual_months", "actual_volume_e7", "unchanged_months")
_METER = (
    "meter_id", "service_point_id", "account_id", "contract_id", "service_code",
    "digits", "installed_on", "verified_until", "removed_on", "initial_value_e7",
)
_REMEMBERED = ("meter", "register", "zone_code", "last_value_e7", "last_read_on", "last_actual_month", *_HISTORY)


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
    """One row per meter and zone that memory or readings know, ascending by `register`; a meter that neither knows has
    no zones. `memory` and `readings` bear the numbers of `with_registers(meters, …)`."""
    remembered = memory.drop_nulls("meter").select(_REMEMBERED)
    zones = pl.concat([remembered, _never_read(meters, remembered, readings, memory)], how="diagonal")
    # A meter waits without zones until its first reading says that it has some.
    is_placeholder = has_no_zone() & pl.col("last_value_e7").is_null()
    zoned = zones.filter(~has_no_zone()).get_column("meter").unique()
    zones = zones.filter(~(is_placeholder & pl.col("meter").is_in(zoned.implode()))).sort("register")
    return (
        pl.concat([zones.drop("meter"), meters.select(_METER)[zones.get_column("meter")]], how="horizontal")
        .with_columns(pl.col(_HISTORY).fill_null(0).cast(pl.Int64), is_new=pl.col("last_value_e7").is_null())
        .pipe(_with_base)
        .drop("last_value_e7", "last_read_on", "last_actual_month")
    )


def _never_read(
    meters: pl.DataFrame, remembered: pl.DataFrame, readings: pl.DataFrame, memory: pl.DataFrame
) -> pl.DataFrame:
    """What the memory does not know: zones of the readings, and meters that nobody has read, without zones."""
    submitted = (
        readings.select("meter", "register", "zone_code").drop_nulls("meter")
        .join(remembered, on="register", how="anti").unique("register")
    )
    known = pl.concat([remembered.get_column("meter"), submitted.get_column("meter")])
    rows = meters.select(meter=pl.int_range(pl.len(), dtype=pl.Int64))
    silent = rows.filter(~pl.col("meter").is_in(known.implode())).with_columns(
        zone_code=pl.lit(""), register=zoneless_register()
    )
    unread = pl.concat([submitted, silent], how="diagonal")
    points = pl.concat([unread, meters.select("service_point_id")[unread.get_column("meter")]], how="horizontal")
    return points.join(_history_of(points, memory), on=_POINT, how="left").drop("service_point_id")


def _history_of(points: pl.DataFrame, memory: pl.DataFrame) -> pl.DataFrame:
    """What the last meter of each point left; only points of unread meters ask for it, and they are few."""
    return (
        memory.filter(
            pl.col("last_read_on").is_not_null(),
            pl.col("service_point_id").is_in(points.get_column("service_point_id").implode()),
        )
        .sort("last_read_on", "meter_id")
        .group_by(_POINT)
        .agg(pl.col(_HISTORY).last())
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
