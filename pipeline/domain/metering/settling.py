"""Which months of which groups actual registers tell now, and what they say against what was billed.

    told      : every meter of the group that is in place on the last day of the month has a register that covers it
    actual    = Σ volumes of the group's meters in the month
    surplus   = Σ over months billed by meter in the same gap (actual − billed)
    month's   = max(0, actual + surplus spread by days over the estimated months of the gap)

So the volume between two registers, less what was billed by meter since, is what the estimated months hold; a month
that nobody has billed yet keeps its actual volume for the biller. Consumption is never negative: what the surplus
would take below zero is left to a person (the whole estimate is credited).
"""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from pipeline import money
from pipeline.domain.metering.keys import GROUP, MONTH
from pipeline.domain.metering.unconfirmed import ROW

_GAP = (*GROUP, "reading_id")
SETTLED = (*ROW, "settled_code", "settled_by", "actual_volume_e7")


class Settled(NamedTuple):
    """Lines still open, lines settled now, volumes still unbilled."""

    open_lines: pl.DataFrame
    settled: pl.DataFrame
    unbilled: pl.DataFrame


def settled_by_registers(lines: pl.DataFrame, volumes: pl.DataFrame, registers: pl.DataFrame) -> Settled:
    """`lines`: open ones; `volumes`: metered and unbilled months; `registers`: after the accepted readings."""
    states = _states_of_months(lines, volumes, registers)
    told = (
        states.filter(pl.col("state_code") == "told")
        .join(_actual(volumes), on=MONTH)
        .join(_billed(lines), on=MONTH)
        .pipe(_with_surplus)
    )
    waiting = states.filter(pl.col("state_code") == "waits").select(MONTH)
    unknown = states.filter(pl.col("state_code") == "not_known").select(MONTH)
    settled = pl.concat([
        _by_reading(lines, told),
        _by_meter(lines, told),
        _not_known(lines, unknown),
    ])
    return Settled(
        open_lines=lines.join(waiting, on=MONTH, how="semi"),
        settled=settled,
        unbilled=volumes.join(told.select(MONTH), on=MONTH, how="anti"),
    )


def _states_of_months(lines: pl.DataFrame, volumes: pl.DataFrame, registers: pl.DataFrame) -> pl.DataFrame:
    """MONTH of every open line, with state_code: told, waits, or not_known (no register will tell it any more)."""
    months = lines.select(MONTH).unique()
    last_day = pl.col("charge_month").dt.month_end()
    in_place = (pl.col("installed_on") <= last_day) & (
        pl.col("removed_on").is_null() | (pl.col("removed_on") > last_day)
    )
    has_volume = volumes.select(*MONTH, "meter_id").unique().with_columns(is_told=pl.lit(True))
    required = (
        months.join(registers.select(*GROUP, "meter_id", "installed_on", "removed_on", "closed_month"), on=GROUP)
        .filter(in_place)
        .join(has_volume, on=[*MONTH, "meter_id"], how="left")
        .group_by(MONTH)
        .agg(
            waits=(pl.col("closed_month").is_null() | (pl.col("closed_month") < pl.col("charge_month"))).any(),
            is_told=pl.col("is_told").fill_null(False).all(),
        )
    )
    any_volume = volumes.select(MONTH).unique().with_columns(has_any=pl.lit(True))
    return (
        months.join(required, on=MONTH, how="left")
        .join(any_volume, on=MONTH, how="left")
        .with_columns(
            state_code=pl.when(pl.col("waits").fill_null(False)).then(pl.lit("waits"))
            .when(pl.coalesce("is_told", "has_any", pl.lit(False))).then(pl.lit("told"))
            .otherwise(pl.lit("not_known"))
        )
        .select(*MONTH, "state_code")
    )


def _actual(volumes: pl.DataFrame) -> pl.DataFrame:
    return volumes.sort("read_on", "reading_id").group_by(MONTH).agg(
        actual_e7=pl.col("volume_e7").sum(), reading_id=pl.col("reading_id").last()
    )


def _billed(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.group_by(MONTH).agg(
        billed_e7=pl.col("volume_e7").sum(), has_meter=(pl.col("basis_code") == "meter").any()
    )


def _with_surplus(months: pl.DataFrame) -> pl.DataFrame:
    days = pl.col("charge_month").dt.month_end().dt.day().cast(pl.Int64)
    rows = months.sort(MONTH).with_columns(
        surplus=pl.when("has_meter").then(pl.col("actual_e7") - pl.col("billed_e7")).otherwise(0).sum().over(_GAP),
        days=pl.when("has_meter").then(0).otherwise(days),
    )
    upto = money.widened(pl.col("days").cum_sum().over(_GAP))
    before = upto - money.widened("days")
    total = pl.col("days").sum().over(_GAP)
    surplus = money.widened("surplus")
    share = (money.divided(surplus * upto, total) - money.divided(surplus * before, total)).fill_null(0)
    return rows.with_columns(
        month_e7=pl.max_horizontal(pl.col("actual_e7") + share, 0),
        is_explained=(total > 0) | (pl.col("surplus") == 0),
    )


def _by_reading(lines: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    estimated = told.filter(~pl.col("has_meter")).select(*MONTH, "reading_id", total="month_e7")
    return _settled(lines, estimated, "reading")


def _by_meter(lines: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    other = pl.col("actual_e7") != pl.col("billed_e7")
    differing = told.filter("has_meter", ~pl.col("is_explained"), other)
    return _settled(lines, differing.select(*MONTH, "reading_id", total="actual_e7"), "by_meter")


def _settled(lines: pl.DataFrame, months: pl.DataFrame, code: str) -> pl.DataFrame:
    """Lines of these months; the first document of a month carries its whole actual volume."""
    is_first = pl.int_range(pl.len()).over(MONTH) == 0
    return (
        lines.join(months, on=MONTH)
        .sort(*MONTH, "document_id")
        .with_columns(
            settled_code=pl.lit(code), settled_by="reading_id",
            actual_volume_e7=pl.when(is_first).then("total").otherwise(0),
        )
        .select(SETTLED)
    )


def _not_known(lines: pl.DataFrame, months: pl.DataFrame) -> pl.DataFrame:
    # Billed by meter up to a register that we have already closed: nothing to settle, nothing to tell.
    estimates = lines.filter(pl.col("basis_code") != "meter")
    return with_settlement(
        estimates.join(months, on=MONTH, how="semi").with_columns(settled_code=pl.lit("not_known"))
    )


def with_settlement(lines: pl.DataFrame) -> pl.DataFrame:
    """Lines with the columns of a settlement, null where they have none."""
    missing = {"settled_code": pl.String, "settled_by": pl.String, "actual_volume_e7": pl.Int64}
    return lines.with_columns(
        pl.lit(None, dtype=dtype).alias(name) for name, dtype in missing.items() if name not in lines.columns
    ).select(SETTLED)
