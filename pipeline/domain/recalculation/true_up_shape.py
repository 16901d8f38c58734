"""How many lines a true-up of several months is: one of the service, or one a month.

One line is the rule of the book; it is a line a month all the same where December is among the months (billed early, by
average, and corrected for everybody in January), where a tariff changes between them, or where an inspector has read
the register (`recalculation.by_month_where`). Months apart are each rounded by themselves, so their sum differs from
the one line by half a kopeck a month at most. Not here: what a month comes to (`true_up.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import polars as pl

from pipeline.rules.recalculation import RecalculationRules

_DECEMBER: Final = 12


def shaped(months: pl.DataFrame, consumption: pl.DataFrame, rules: RecalculationRules) -> pl.DataFrame:
    """Months with their number `proposal`: a number of their own where they are proposed apart.

    `months`: `proposal` (above zero), `month_key`, charge_month, tariff_e6, event_id; `consumption`: reading_id and
    source_code of this run's readings.
    """
    is_several = months["proposal"].is_duplicated()
    if not is_several.any():
        return months
    several = months.filter(is_several)
    asked = pl.lit(rules.line_shape == "by_month")
    for code in rules.by_month_where:
        asked = asked | _WHERE[code](several, consumption).any().over("proposal")
    apart = several.filter(asked)["month_key"]
    # Numbers of months lie below zero, those of proposals above.
    return months.with_columns(
        proposal=pl.when(pl.col("month_key").is_in(apart.implode())).then(-pl.col("month_key")).otherwise("proposal")
    )


def _december(_several: pl.DataFrame, _consumption: pl.DataFrame) -> pl.Expr:
    return pl.col("charge_month").dt.month() == _DECEMBER


def _tariff_change(_several: pl.DataFrame, _consumption: pl.DataFrame) -> pl.Expr:
    return pl.col("tariff_e6") != pl.col("tariff_e6").first().over("proposal")


def _inspector(several: pl.DataFrame, consumption: pl.DataFrame) -> pl.Expr:
    of_events = pl.col("reading_id").is_in(several["event_id"].unique().implode())
    seen = consumption.filter(of_events, pl.col("source_code") == "inspector")["reading_id"]
    return pl.col("event_id").is_in(seen.implode())


_WHERE: Final[Mapping[str, Callable[[pl.DataFrame, pl.DataFrame], pl.Expr]]] = {
    "december": _december, "tariff_change": _tariff_change, "inspector": _inspector,
}
