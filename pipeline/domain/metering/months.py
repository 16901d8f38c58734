"""Volume between two accepted registers, spread over the charge months that it covers.

    months   = from the month after the earlier register's charge month to the charge month of the later one
    weight   = calendar days of the month; of the month of installation, the days after it
    share    = volume × days up to and with the month / all days − volume × days before it / all days

Shares are whole 10⁻⁷ units, never negative, and sum to the volume exactly. A reading closes its charge month whatever
its day, as a bill by meter does, so equal months at equal use get equal shares.
"""

from __future__ import annotations

import polars as pl

from pipeline import money
from pipeline.domain.metering.keys import GROUP


def month_volumes(judged: pl.DataFrame) -> pl.DataFrame:
    """One row per accepted reading and month that it tells: GROUP, meter_id, charge_month, volume_e7, reading."""
    told = judged.filter((pl.col("verdict_code") == "accepted") & pl.col("volume_e7").is_not_null())
    first_month = pl.col("closed_month").dt.offset_by("1mo")
    return (
        told.with_columns(own_month="charge_month")
        .with_columns(charge_month=pl.date_ranges(first_month, pl.col("own_month"), interval="1mo"))
        .explode("charge_month")
        .sort("reading_id", "charge_month")
        .pipe(_with_days)
        .pipe(_with_share)
        .select(*GROUP, "meter_id", "charge_month", "volume_e7", "reading_id", "read_on")
    )


def _with_days(months: pl.DataFrame) -> pl.DataFrame:
    whole = pl.col("charge_month").dt.month_end().dt.day().cast(pl.Int64)
    is_installation = pl.col("is_new") & (pl.col("charge_month") == pl.col("base_on").dt.month_start())
    days = whole - pl.when(is_installation).then(pl.col("base_on").dt.day()).otherwise(0)
    # Installed and read on the last day of one month: the whole volume is that month's.
    nothing = days.sum().over("reading_id") == 0
    return months.with_columns(days=pl.when(nothing).then(1).otherwise(days))


def _with_share(months: pl.DataFrame) -> pl.DataFrame:
    upto = money.widened(pl.col("days").cum_sum().over("reading_id"))
    total = pl.col("days").sum().over("reading_id")
    volume = money.widened("volume_e7")
    before = upto - money.widened("days")
    return months.with_columns(
        volume_e7=money.divided(volume * upto, total) - money.divided(volume * before, total)
    )
