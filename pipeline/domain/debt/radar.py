"""Limitation radar: what will be lost in 30, 60 and 90 days if nothing is filed.

    lost in n days   open sums that a court would take whose last day to go there (ГК РФ, ст. 196, 200) has passed by
                     then: limitation_on < night + n days

Gross sums: money that could cover them does not stop their limitation.
"""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from pipeline import money
from pipeline.contracts.debt import LIMITATION_RADAR
from pipeline.domain.debt.arrears import PAIR

_DAYS = (30, 60, 90)


def limitation_radar(items: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """LIMITATION_RADAR of one part from its overdue items (`arrears.overdue_items`)."""
    ends = {days: pl.lit(as_of + timedelta(days=days)) for days in _DAYS}
    near = items.filter(pl.col("may_go_to_court") & (pl.col("limitation_on") < ends[max(_DAYS)]))
    lost = {
        f"lost_in_{days}_days_kop": money.total(
            pl.when(pl.col("limitation_on") < end).then("outstanding_kop").otherwise(0)
        ) for days, end in ends.items()
    }
    return (
        near.group_by(PAIR).agg(**lost, limitation_on=pl.col("limitation_on").min())
        .select(LIMITATION_RADAR.inside_names).sort(PAIR)
    )
