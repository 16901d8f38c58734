"""Meters of Энск: what they show at the end of every month, which readings are submitted, the opening memory.

A meter frame has one row per meter and zone; registers are whole thousandths of m³ or whole kWh at 10⁻⁷.
"""

from __future__ import annotations

from datetime import date
from typing import Final

import polars as pl

from pipeline import money
from pipeline.billing_month import MOSCOW_NAME, BillingMonth, start_of_day
from pipeline.contracts import metering, registers
from pipeline.contracts.meter_acts import METER_ACTS
from pipeline.generator.draws import KEY, Draws, days_after
from pipeline.generator.slips.readings import BESIDE
from pipeline.generator.tariffs import EVERY_SERVICE, SERVICE_ORDER, UNIT
from pipeline.generator.timetable import Cycle

HISTORY_MONTHS: Final = 6
SECOND: Final = 5
"""Between the draws of a meter and those of its night zone, or of the second riser's meter."""
_ON_RISERS: Final = ("cold_water", "hot_water")
_THOUSANDTH: Final = UNIT // 1000
_COUNTED: Final = {
    "cold_water": (1900, 4600, _THOUSANDTH), "hot_water": (1200, 3400, _THOUSANDTH), "electricity": (38, 88, UNIT),
    "gas": (7, 12, UNIT),
}
"""What a person uses in a month: least, most, and the unit of both."""
_SUMMER_DAYS: Final = 70
_PREFIXES: Final = ("c2", "cw", "el", "gs", "h2", "hw")


def meters_of(accounts: pl.DataFrame, draws: Draws, first_month: BillingMonth) -> pl.DataFrame:
    """Meters and zones of a block with their register and average when the book starts."""
    traits = accounts.select(
        KEY, "account_id", "premises_id", "house_number", "people", "reads", "source_code", "has_water_meter",
        "has_gas_meter", "has_zones", "has_second_riser",
    ).sort("account_id").with_row_index("_place")
    no_zone = pl.lit(None, dtype=pl.String())
    has_second = pl.col("has_water_meter") & pl.col("has_second_riser")
    parts = [
        _kind(traits.filter("has_water_meter"), "cold_water", "cw", no_zone, 5, first_month),
        _kind(traits.filter("has_water_meter"), "hot_water", "hw", no_zone, 5, first_month),
        _kind(traits.filter(~pl.col("has_zones")), "electricity", "el", no_zone, 6, first_month),
        _kind(traits.filter("has_zones"), "electricity", "el", pl.lit("t1"), 6, first_month),
        _kind(traits.filter("has_zones"), "electricity", "el", pl.lit("t2"), 6, first_month),
        _kind(traits.filter("has_gas_meter"), "gas", "gs", no_zone, 5, first_month),
        _kind(traits.filter(has_second), "cold_water", "c2", no_zone, 5, first_month),
        _kind(traits.filter(has_second), "hot_water", "h2", no_zone, 5, first_month),
    ]
    # packed integers for the orders by (account, meter, zone) and by (meter, zone): texts sort ten times slower
    place, prefix, zone = pl.col("_place").cast(pl.Int64), pl.col("_prefix"), pl.col("zone")
    meters = (
        pl.concat(parts)
        .with_columns(_key=(place * 8 + prefix) * 4 + zone, by_meter=(prefix * 2**32 + place) * 4 + zone)
        .sort("_key").drop("_key", "_place", "_prefix")
    )
    start = draws.between("register", 100, 900, key="meter_key") * UNIT
    history = pl.sum_horizontal(*(monthly_volume(draws, n - HISTORY_MONTHS) for n in range(HISTORY_MONTHS)))
    return meters.with_columns(
        last_value_e7=start, actual_volume_e7=history, initial_value_e7=pl.lit(0, dtype=pl.Int64),
    ).with_columns(average_e7=money.divided(pl.col("actual_volume_e7"), HISTORY_MONTHS))


def _kind(
    traits: pl.DataFrame, service: str, prefix: str, zone: pl.Expr, digits: int, first_month: BillingMonth
) -> pl.DataFrame:
    place = ("cold_water", "hot_water", "electricity", "gas").index(service)
    is_second = prefix.endswith("2")
    more = pl.when((pl.col("zone_code") == "t2") | is_second).then(SECOND).otherwise(0)
    zone_number = pl.col("zone_code").str.slice(1).cast(pl.Int64).fill_null(0)
    return traits.with_columns(zone_code=zone).with_columns(
        service_code=pl.lit(service),
        meter_id=pl.format(f"{prefix}-{{}}", "account_id"),
        service_point_id=pl.format(f"sp-{prefix}-{{}}", "account_id"),
        contract_id=pl.format(f"c-{{}}-{service}", pl.col("house_number").cast(pl.String()).str.zfill(5)),
        digits=pl.lit(digits, dtype=pl.Int32),
        installed_on=pl.lit(first_month.plus(-30).first_day),
        meter_key=pl.col(KEY) * 10 + place + more, is_second=pl.lit(is_second),
        order=pl.lit(SERVICE_ORDER[service], dtype=pl.Int64), zone=zone_number,
        _prefix=pl.lit(_PREFIXES.index(prefix), dtype=pl.Int64),
    )


def monthly_volume(draws: Draws, month_number: int) -> pl.Expr:
    """What a meter counts in a month, by its account's people; two risers share it. 0 is the book's first month."""
    which = pl.col("order")
    names = [f"volume {service.code} {month_number}" for service in EVERY_SERVICE]
    bounds = [_COUNTED.get(service.code, (0, 0, 1)) for service in EVERY_SERVICE]
    drawn = draws.between_each(names, [(least, most) for least, most, _ in bounds], which, key="meter_key")
    is_shared = pl.col("has_second_riser") & pl.col("has_water_meter") & pl.col("service_code").is_in(_ON_RISERS)
    unit = pl.lit(pl.Series([unit for _least, _most, unit in bounds])).gather(which)
    return pl.when(is_shared).then(drawn // 2).otherwise(drawn) * unit * pl.col("people")


def with_registers(meters: pl.DataFrame, draws: Draws, months: int) -> pl.DataFrame:
    """Columns `volume_<n>` and `register_<n>` of every month of the book."""
    return with_running(with_volumes(meters, draws, months), months)


def with_volumes(meters: pl.DataFrame, draws: Draws, months: int) -> pl.DataFrame:
    """Columns `volume_<n>`: what each meter counts in a month."""
    return meters.with_columns(monthly_volume(draws, n).alias(f"volume_{n}") for n in range(months))


def with_running(counted: pl.DataFrame, months: int) -> pl.DataFrame:
    """Columns `register_<n>`: what the meter shows at the end of a month, its digits not yet cut."""
    return counted.with_columns(
        (pl.col("last_value_e7") + pl.sum_horizontal(*(f"volume_{m}" for m in range(n + 1)))).alias(f"register_{n}")
        for n in range(months)
    )


def readings_of(meters: pl.DataFrame, draws: Draws, month_number: int, cycle: Cycle) -> pl.DataFrame:
    """Readings of one month, inside shape plus the day they are delivered: 20th and 25th are the cuts."""
    written = str(cycle.month)
    is_smart = pl.col("reads") == "smart"
    day = pl.when(is_smart).then(25).otherwise(draws.between(f"read day {month_number}", 15, 25))
    read_on = days_after(cycle.month.first_day, day - 1)
    minute = draws.whole(f"read minute {month_number}", 600) + 480
    submitted = read_on.cast(pl.Datetime("us")) + pl.duration(minutes=minute)
    delivered = pl.when(day <= 20).then(21).otherwise(26)
    return (
        meters.filter(pl.col("reads") != "never")
        .with_columns(
            reading_id=pl.concat_str(pl.lit("r"), "meter_id", pl.col("zone_code"), pl.lit(written), separator="-",
                                     ignore_nulls=True),
            read_on=read_on, submitted_at=submitted.dt.replace_time_zone(MOSCOW_NAME),
            value_e7=pl.col(f"register_{month_number}") % (UNIT * pl.lit(10, dtype=pl.Int64).pow("digits")),
            before_e7=pl.col(f"register_{month_number - 1}" if month_number else "last_value_e7"),
            source_code=pl.when(is_smart).then(pl.lit("smart")).otherwise("source_code"),
            delivered_on=days_after(cycle.month.first_day, delivered - 1),
        )
        .sort("by_meter").select(*metering.METER_READINGS.inside_names, "delivered_on", *BESIDE)
    )


def meter_register(meters: pl.DataFrame) -> pl.DataFrame:
    """The register `meters`: one row per serial number whatever its zones. The verification of one in forty ends in the
    summer after the first six months."""
    owner, far = pl.col("meter_key") // 10, pl.lit(date(2030, 12, 31))
    summer = pl.col("installed_on").dt.offset_by("37mo").cast(pl.Int32) + owner % _SUMMER_DAYS
    soon = summer.cast(pl.Int32).cast(pl.Date)
    return (
        meters.filter(pl.col("zone") < 2).sort("by_meter")
        .with_columns(
            commissioned_on=pl.col("installed_on").dt.offset_by("3d"),
            verified_until=pl.when(owner % 40 == 7).then(soon).otherwise(far),
            removed_on=pl.lit(None, dtype=pl.Date()),
        )
        .select(registers.METERS.inside_names)
    )


def failed_meters(meters: pl.DataFrame, on: date) -> pl.DataFrame:
    """`meter_acts` of a region, inside shape: one meter in five hundred has failed in the month before the book."""
    failed = meters.filter(pl.col("zone") < 2, pl.col("meter_key") % 500 == 11).sort("by_meter")
    return failed.with_columns(
        event_id=pl.format("act-{}", "meter_id"), act_code=pl.lit("failed"), evidence=pl.lit("акт проверки"),
        registered_at=pl.lit(start_of_day(on)).dt.cast_time_unit("us"), verified_until=pl.lit(None, dtype=pl.Date()),
        effective_from=days_after(BillingMonth.of(on).previous.first_day, pl.col("meter_key") % 28),
        value_e7=pl.lit(None, dtype=pl.Int64()),
    ).select(METER_ACTS.inside_names)


def opening_meters(meters: pl.DataFrame, first_month: BillingMonth) -> pl.DataFrame:
    """The memory with which the book starts: billed by meter up to the month before."""
    before = first_month.previous
    count, nothing = pl.Int32(), pl.lit(0, dtype=pl.Int64)
    return meters.sort("by_meter").with_columns(
        last_read_on=pl.lit(before.first_day.replace(day=24)), last_actual_month=pl.lit(before.first_day),
        estimated_volume_e7=nothing, estimated_months=pl.lit(0, dtype=count), norm_volume_e7=nothing,
        estimated_charged_kop=nothing, norm_charged_kop=nothing, estimated_tariff_e6=pl.lit(None, dtype=pl.Int64()),
        norm_months=pl.lit(0, dtype=count), estimated_charge_months=pl.lit([], dtype=pl.List(pl.String())),
        actual_months=pl.lit(HISTORY_MONTHS, dtype=pl.Int64), unchanged_months=pl.lit(None, dtype=count),
    ).select(metering.OPENING_METERS.inside_names)
