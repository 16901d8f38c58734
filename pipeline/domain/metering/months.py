"""Volume between two accepted registers, spread over the charge months that it covers.

    months   = from the month after the earlier register's charge month to the charge month of the later one
    weight   = calendar days of the month; of the month of installation, the days after it
    share    = volume × days up to and with the month / all days − volume × days before it / all days

Shares are whole 10⁻⁷ units, never negative, and sum to the volume exactly. A reading closes its charge month whatever
its day, as a bill by meter does, so equal months at equal use get equal shares.

The months follow one another, so days up to a month are a difference of two dates: no running sum is needed, and the
share of the reading's own month is known without the others.
"""

from __future__ import annotations

import polars as pl

from pipeline import money
from pipeline.domain.metering.keys import GROUP

TOLD = (*GROUP, "group", "meter_id", "register", "charge_month", "volume_e7", "reading_id", "read_on")


def tells_volume() -> pl.Expr:
    """Accepted, with a volume: the readings that tell months."""
    return (pl.col("verdict_code") == "accepted") & pl.col("volume_e7").is_not_null()


def month_volumes(judged: pl.DataFrame) -> pl.DataFrame:
    """One row per accepted reading and month that it tells: TOLD. `judged` rows bear month_volume_e7."""
    told = judged.filter(tells_volume())
    first_month = pl.col("closed_month").dt.offset_by("1mo")
    has_earlier = first_month < pl.col("charge_month")
    earlier = (
        told.filter(has_earlier)
        .with_columns(month=pl.date_ranges(first_month, pl.col("charge_month"), interval="1mo", closed="left"))
        .explode("month")
        .with_columns(volume_e7=_upto(pl.col("month")) - _upto(pl.col("month").dt.offset_by("-1mo")))
        .with_columns(charge_month="month")
    )
    own = told.with_columns(volume_e7="month_volume_e7")
    return pl.concat([own.select(TOLD), earlier.select(TOLD)])


def own_month_volume() -> pl.Expr:
    """The share of the reading's own month: what the months before it leave."""
    return pl.when(tells_volume()).then(
        pl.col("volume_e7") - _upto(pl.col("charge_month").dt.offset_by("-1mo")).fill_null(0)
    )


def _upto(month: pl.Expr) -> pl.Expr:
    """Volume of the reading's months up to and with `month`; nothing before the first of them."""
    # Days count from the end of the closed month, or from the day of installation.
    start = pl.when("is_new").then("base_on").otherwise(pl.col("closed_month").dt.month_end())
    days = (month.dt.month_end() - start).dt.total_days().clip(0)
    all_days = (pl.col("charge_month").dt.month_end() - start).dt.total_days()
    # Installed and read on the last day of one month: the whole volume is that month's.
    return pl.when(all_days > 0).then(
        money.divided(money.widened("volume_e7") * money.widened(days), all_days)
    ).otherwise(0)
