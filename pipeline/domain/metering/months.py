"""Volume between two accepted registers, spread over the charge months that it covers.

    months   = from the month after the earlier register's charge month to the charge month of the later one
    weight   = calendar days of the month; of the month of installation, the days after it
    share    = volume × days up to and with the month / all days − volume × days before it / all days

Shares are whole 10⁻⁷ units, never negative, and sum to the volume exactly. A reading closes its charge month whatever
its day, as a bill by meter does, so equal months at equal use get equal shares.

The months follow one another, so days up to a month are a difference of two dates: no running sum is needed. Most
readings follow that of the month before, and the whole volume is their own month's.
"""

from __future__ import annotations

import polars as pl

from pipeline import money
from pipeline.domain.metering.keys import GROUP

TOLD = (*GROUP, "group", "meter_id", "register", "charge_month", "volume_e7", "reading_id", "read_on")
_TELLS_VOLUME = (pl.col("verdict_code") == "accepted") & pl.col("volume_e7").is_not_null()
_HAS_EARLIER = _TELLS_VOLUME & (pl.col("gap_months") > 1).fill_null(False)


def with_own_month(judged: pl.DataFrame) -> pl.DataFrame:
    """Judged rows with month_volume_e7, the share of the reading's own month; null where it tells no volume."""
    own = pl.col("volume_e7") - _upto(pl.col("charge_month").dt.offset_by("-1d"))
    return pl.concat([
        judged.filter(~_HAS_EARLIER).with_columns(month_volume_e7=pl.when(_TELLS_VOLUME).then("volume_e7")),
        judged.filter(_HAS_EARLIER).with_columns(month_volume_e7=own),
    ])


def month_volumes(judged: pl.DataFrame) -> pl.DataFrame:
    """One row per accepted reading and month that it tells: TOLD. `judged` rows bear month_volume_e7."""
    first_month = pl.col("closed_month").dt.offset_by("1mo")
    earlier = (
        judged.filter(_HAS_EARLIER)
        .with_columns(month=pl.date_ranges(first_month, pl.col("charge_month"), interval="1mo", closed="left"))
        .explode("month")
        .with_columns(volume_e7=_upto(pl.col("month").dt.month_end()) - _upto(pl.col("month").dt.offset_by("-1d")))
        .with_columns(charge_month="month")
    )
    own = judged.filter(_TELLS_VOLUME).with_columns(volume_e7="month_volume_e7")
    return pl.concat([own.select(TOLD), earlier.select(TOLD)])


def _upto(day: pl.Expr) -> pl.Expr:
    """Volume of the reading's months up to `day`, the last one of a month; nothing before the first of them."""
    # Days count from the end of the closed month, or from the day of installation.
    start = pl.when("is_new").then("base_on").otherwise(pl.col("closed_month").dt.month_end())
    days = (day - start).dt.total_days().clip(0)
    all_days = (pl.col("charge_month").dt.month_end() - start).dt.total_days()
    return money.divided(money.widened("volume_e7") * money.widened(days), all_days)
