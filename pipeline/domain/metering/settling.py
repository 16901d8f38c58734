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
from pipeline.domain.metering.keys import month_key
from pipeline.domain.metering.unconfirmed import ROW

_GAP = ("group", "reading_id")
_IS_TOLD = pl.col("state_code") == "told"
SETTLED = (*ROW, "settled_code", "settled_by", "actual_volume_e7")


class Settled(NamedTuple):
    """Lines still open and those settled now, SETTLED ascending by MONTH and document; volumes still unbilled."""

    lines: pl.DataFrame
    unbilled: pl.DataFrame


def settled_by_registers(lines: pl.DataFrame, volumes: pl.DataFrame, registers: pl.DataFrame) -> Settled:
    """`lines`: open ones; `volumes`: metered and unbilled months; `registers`: after the accepted readings."""
    lines = lines.sort("month_key", "document_id")
    volumes = volumes.with_columns(month_key=month_key())
    months = (
        _billed(lines)
        .join(_actual(volumes), on="month_key", how="left")
        .pipe(_with_states, volumes, registers)
        .pipe(_with_surplus)
    )
    told = months.filter(_IS_TOLD).get_column("month_key")
    stated = lines.join(months.drop("group", "charge_month"), on="month_key", how="left", maintain_order="left")
    return Settled(_with_settlement(stated), volumes.filter(~pl.col("month_key").is_in(told.implode())))


def _billed(lines: pl.DataFrame) -> pl.DataFrame:
    """Months of the open lines, with what was billed for them."""
    return lines.group_by("month_key").agg(
        pl.col("group", "charge_month").first(),
        billed_e7=pl.col("volume_e7").sum(), has_meter=(pl.col("basis_code") == "meter").any(),
    )


def _actual(volumes: pl.DataFrame) -> pl.DataFrame:
    """Months of the volumes: their sum, and the last reading that tells of it. Most months are one volume."""
    is_alone = pl.len().over("month_key") == 1
    alone = volumes.filter(is_alone).select("month_key", "reading_id", actual_e7="volume_e7")
    several = volumes.filter(~is_alone).sort("read_on", "reading_id").group_by("month_key").agg(
        pl.col("reading_id").last(), actual_e7=pl.col("volume_e7").sum()
    )
    return pl.concat([alone, several])


def _with_states(months: pl.DataFrame, volumes: pl.DataFrame, registers: pl.DataFrame) -> pl.DataFrame:
    """Months with state_code: told, waits, or not_known (no register will tell it any more)."""
    last_day = pl.col("charge_month").dt.month_end()
    in_place = (pl.col("installed_on") <= last_day) & (
        pl.col("removed_on").is_null() | (pl.col("removed_on") > last_day)
    )
    told = volumes.select(month_key("register").alias("register_month"), told_group="group")
    required = (
        months.select("month_key", "group", "charge_month")
        .join(registers.select("group", "register", "installed_on", "removed_on", "closed_month"), on="group")
        .filter(in_place)
        .select(
            "month_key", "group", register_month=month_key("register"),
            waits=(pl.col("closed_month") < pl.col("charge_month")).fill_null(True),
        )
        .join(told, on="register_month", how="left")
        # A volume counts for its meter while the meter still measures the same service of the same account.
        .with_columns(is_told=(pl.col("group") == pl.col("told_group")).fill_null(False))
        .group_by("month_key")
        .agg(pl.col("waits").any(), pl.col("is_told").all())
    )
    return months.join(required, on="month_key", how="left").with_columns(
        state_code=pl.when(pl.col("waits").fill_null(False)).then(pl.lit("waits"))
        .when(pl.col("is_told").fill_null(pl.col("reading_id").is_not_null())).then(pl.lit("told"))
        .otherwise(pl.lit("not_known"))
    )


def _with_surplus(months: pl.DataFrame) -> pl.DataFrame:
    """Months with month_e7 and is_explained. Only a gap where a bill by meter missed the register has a surplus."""
    missed = months.filter(_IS_TOLD, "has_meter", pl.col("actual_e7") != pl.col("billed_e7"))
    surplus = missed.group_by(_GAP).agg(surplus=(pl.col("actual_e7") - pl.col("billed_e7")).sum())
    is_near = _IS_TOLD & pl.col("group").is_in(surplus.get_column("group").unique().implode())
    plain = months.filter(~is_near).with_columns(month_e7=pl.max_horizontal("actual_e7", 0), is_explained=True)
    touched = months.filter(is_near).join(surplus, on=_GAP, how="left").with_columns(pl.col("surplus").fill_null(0))
    return pl.concat([plain, _spread(touched).select(plain.columns)])


def _spread(months: pl.DataFrame) -> pl.DataFrame:
    """The surplus of each gap over its estimated months, by days."""
    days = pl.col("charge_month").dt.month_end().dt.day().cast(pl.Int64)
    rows = months.sort("month_key").with_columns(days=pl.when("has_meter").then(0).otherwise(days))
    upto = money.widened(pl.col("days").cum_sum().over(_GAP))
    before = upto - money.widened("days")
    total = pl.col("days").sum().over(_GAP)
    surplus = money.widened("surplus")
    share = (money.divided(surplus * upto, total) - money.divided(surplus * before, total)).fill_null(0)
    return rows.with_columns(
        month_e7=pl.max_horizontal(pl.col("actual_e7") + share, 0),
        is_explained=(total > 0) | (pl.col("surplus") == 0),
    )


def _with_settlement(lines: pl.DataFrame) -> pl.DataFrame:
    """Lines as their months' states leave them; a bill by meter that registers bear out, or that they no longer tell,
    needs nothing more and goes."""
    is_meter = pl.col("basis_code") == "meter"
    is_missed = pl.col("has_meter") & ~pl.col("is_explained") & (pl.col("actual_e7") != pl.col("billed_e7"))
    code = (
        pl.when(_IS_TOLD & ~pl.col("has_meter")).then(pl.lit("reading"))
        .when(_IS_TOLD & is_missed).then(pl.lit("by_meter"))
        .when((pl.col("state_code") == "not_known") & ~is_meter).then(pl.lit("not_known"))
    )
    # The first document of a month carries its whole actual volume.
    is_first = (pl.col("month_key") != pl.col("month_key").shift()).fill_null(True)
    whole = pl.when("has_meter").then("actual_e7").otherwise("month_e7")
    by_register = pl.col("settled_code").is_in(["reading", "by_meter"])
    return (
        lines.with_columns(settled_code=code, is_first=is_first)
        .filter(pl.col("settled_code").is_not_null() | (pl.col("state_code") == "waits"))
        .with_columns(
            settled_by=pl.when(by_register).then("reading_id"),
            actual_volume_e7=pl.when(by_register).then(pl.when("is_first").then(whole).otherwise(0)),
        )
        .select(SETTLED)
    )


def with_settlement(lines: pl.DataFrame) -> pl.DataFrame:
    """Lines that something else than a register has settled: no reading, no volume."""
    missing = {"settled_by": pl.String, "actual_volume_e7": pl.Int64}
    return lines.with_columns(pl.lit(None, dtype=dtype).alias(name) for name, dtype in missing.items()).select(SETTLED)
