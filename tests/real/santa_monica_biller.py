"""An invented biller for real use of water: the file has no bills, and a month without bills has nothing to estimate.

    a month with rows     by meter: of each row the part that falls, by days, on its month
    a month without rows  by average of the last three months with rows, three months in a row at most
    otherwise             by a norm
One ccf costs one rouble, so that money and volume can be held against each other.
"""

from __future__ import annotations

from datetime import date
from typing import Final

import polars as pl

from pipeline.money import divided
from tests.real.santa_monica_file import UNIT, known

NORM_E7: Final = 10 * UNIT
TARIFF_E6: Final = 10**6
RUN_MAX: Final = 3
HISTORY: Final = 3
HISTORY_MONTHS_MIN: Final = 3
#: The first row of a meter tells two months: it is read every other month.
FIRST_COVERS: Final = 2
_E7_IN_KOPECK: Final = 10**5


def bills(rows: pl.DataFrame, last: date) -> pl.DataFrame:
    """account_id × month, from the account's first row to the last month: basis_code, volume_e7, charged_kop."""
    read = _read_months(known(rows))
    grid = (
        read.group_by("account_id").agg(first=pl.col("month").min())
        .select("account_id", month=pl.date_ranges("first", pl.lit(last), "1mo")).explode("month")
    )
    told = grid.join(read, on=["account_id", "month"], how="left").sort("account_id", "month")
    run = pl.int_range(pl.len()).over("account_id", pl.col("volume_e7").is_not_null().cum_sum().over("account_id"))
    by_average = (pl.col("run") <= RUN_MAX) & (pl.col("told_months") >= HISTORY_MONTHS_MIN)
    return (
        told.with_columns(run=run, average_e7=pl.col("average_e7").forward_fill().over("account_id"),
                          told_months=pl.col("told_months").forward_fill().over("account_id"))
        .with_columns(
            basis_code=pl.when(pl.col("volume_e7").is_not_null()).then(pl.lit("meter"))
            .when(by_average).then(pl.lit("average")).otherwise(pl.lit("norm"))
        )
        .with_columns(
            volume_e7=pl.when(pl.col("basis_code") == "average").then("average_e7")
            .when(pl.col("basis_code") == "norm").then(NORM_E7).otherwise("volume_e7")
        )
        .with_columns(charged_kop=divided(pl.col("volume_e7"), _E7_IN_KOPECK))
        .select("account_id", "month", "basis_code", "volume_e7", "charged_kop")
    )


def _read_months(rows: pl.DataFrame) -> pl.DataFrame:
    """account_id × month with rows: volume_e7 of the month itself; average_e7 and told_months as known after it."""
    days = pl.col("month").dt.month_end().dt.day().cast(pl.Int64)
    before = pl.col("month").shift(1).over("meter_id", order_by="month")
    covered = (pl.col("month").dt.month_end() - before.dt.month_end()).dt.total_days()
    own = pl.col("usage_e7") - divided(pl.col("usage_e7") * (covered - days), covered)
    by_account = (
        rows.with_columns(own_e7=own.fill_null(pl.col("usage_e7")))
        .group_by("account_id", "month").agg(volume_e7=pl.col("own_e7").sum(), usage_e7=pl.col("usage_e7").sum())
        .sort("account_id", "month")
    )
    number = pl.col("month").dt.year().cast(pl.Int64) * 12 + pl.col("month").dt.month().cast(pl.Int64)
    covers = (number - number.shift(1).over("account_id")).fill_null(FIRST_COVERS)
    latest = by_account.with_columns(covers=covers).with_columns(
        told_months=pl.col("covers").rolling_sum(HISTORY, min_samples=1).over("account_id").cast(pl.Int64),
        told_e7=pl.col("usage_e7").rolling_sum(HISTORY, min_samples=1).over("account_id").cast(pl.Int64),
    )
    return latest.select(
        "account_id", "month", "volume_e7", "told_months", average_e7=divided(pl.col("told_e7"), pl.col("told_months"))
    )
