"""Months that count: of heating those of its season, of every other service all.

    months from a to b = how many such months lie after a, up to and with b

Averages of heating are taken over months of a heating season, at most one season of them, and a run of months without
readings skips the summer (ПП 354, п. 59).
"""

from __future__ import annotations

from typing import Protocol

import polars as pl

from pipeline.domain.metering.keys import month_number

_YEAR = 12


class Season(Protocol):
    """What the rules say of heating."""

    @property
    def heating_services(self) -> tuple[str, ...]: ...

    @property
    def heating_season_months(self) -> tuple[int, ...]: ...


def months_between(after: pl.Expr, upto: pl.Expr, rules: Season) -> pl.Expr:
    """Months of the row's service that count, after the one and up to the other."""
    every = month_number(upto) - month_number(after)
    of_season = _season_months_upto(upto, rules) - _season_months_upto(after, rules)
    return pl.when(is_heating(rules)).then(of_season).otherwise(every)


def is_heating(rules: Season) -> pl.Expr:
    """Rows of services that are used in the heating season only."""
    return pl.col("service_code").is_in(list(rules.heating_services))


def longest_history(rules: Season, months: int) -> pl.Expr:
    """Months that an average is taken over at most: a whole season of heating, `months` of any other service."""
    return pl.when(is_heating(rules)).then(len(rules.heating_season_months)).otherwise(months).cast(pl.Int64)


def _season_months_upto(month: pl.Expr, rules: Season) -> pl.Expr:
    """Months of the season since year 0, the month included."""
    place = month_number(month) - 1
    upto = [sum(number <= last for number in rules.heating_season_months) for last in range(1, _YEAR + 1)]
    within = pl.lit(pl.Series(upto, dtype=pl.Int64)).gather(place % _YEAR)
    return place // _YEAR * len(rules.heating_season_months) + within
