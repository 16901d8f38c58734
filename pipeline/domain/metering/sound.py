"""Registers of a meter that had ceased to count: they settle nothing, a person decides.

    counts  = the meter was sound on the last day of every month that the register tells before its own, and what is
              wrong with it in the register's own month began in that month

What was read after a trouble began does not count (ПП 354, п. 59 «а», 81(12)), so months billed by estimate since are
lawful as they are, and months before share one volume with them. Status: `status.py`, as known in this run.
"""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from pipeline.billing_month import BillingMonth
from pipeline.domain.metering.keys import month_key
from pipeline.domain.metering.status import statuses

NOT_COUNTED = "not_counted"


class Meters(NamedTuple):
    """METERS and all METER_ACTS registered so far, of one part, inside shapes."""

    meters: pl.DataFrame
    acts: pl.DataFrame


def with_not_counted(lines: pl.DataFrame, volumes: pl.DataFrame, known: Meters) -> pl.DataFrame:
    """SETTLED lines, those that such a register has settled as `not_counted`. `volumes`: TOLD rows."""
    settled = lines.filter(pl.col("settled_code") == "reading")
    if settled.is_empty():
        return lines
    told = volumes.with_columns(month_key=month_key())
    asked = told.filter(pl.col("month_key").is_in(settled["month_key"].implode()))["reading_id"].unique()
    told = told.filter(pl.col("reading_id").is_in(asked.implode()))
    readings = _after_a_trouble(told, known)
    months = told.filter(pl.col("reading_id").is_in(readings.implode()))["month_key"].unique()
    is_unsound = (pl.col("settled_code") == "reading") & pl.col("month_key").is_in(months.implode())
    return lines.with_columns(settled_code=pl.when(is_unsound).then(pl.lit(NOT_COUNTED)).otherwise("settled_code"))


def _after_a_trouble(told: pl.DataFrame, known: Meters) -> pl.Series:
    """reading_id of the registers that do not count."""
    ids = told["meter_id"].unique().implode()
    meters, acts = (rows.filter(pl.col("meter_id").is_in(ids)) for rows in known)
    found = []
    for month in told["charge_month"].unique().sort():
        troubled = statuses(meters, acts, on=BillingMonth.of(month).last_day).select("meter_id", "since_on")
        is_own = pl.col("read_on").dt.month_start() == month
        found.append(
            told.filter(pl.col("charge_month") == month).join(troubled, on="meter_id")
            .filter(~is_own | (pl.col("since_on") < month))["reading_id"]
        )
    return pl.concat(found).unique()
