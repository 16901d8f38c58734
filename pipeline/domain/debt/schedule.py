"""The schedule of an instalment: equal monthly parts that make up the debt to the kopeck.

    part    debt / months in kopecks, rounded down; the kopecks left over go one each to the first parts
    day     the day of the signing in each following month, or the last day of a shorter month
    months  as few as keep a part at the smallest or above, two at least, twelve at most

Not here: who is offered one (`offers.py`), whether a signed agreement is kept (`instalments.py`).
"""

from __future__ import annotations

from datetime import date

import polars as pl

from pipeline.rules.debt_instalments import InstalmentRules


def schedule(total_kop: int, months: int, signed_on: date) -> list[tuple[date, int]]:
    """(last day to pay, kopecks) of every part; ValueError where a part would hold no money."""
    if not 0 < months <= total_kop:
        raise ValueError(f"{total_kop} kopecks cannot be paid in {months} parts")
    least, over = divmod(total_kop, months)
    days = pl.select(
        pl.lit(signed_on).dt.offset_by(pl.format("{}mo", pl.int_range(1, months + 1)))
    ).to_series().to_list()
    return [(day, least + (place < over)) for place, day in enumerate(days)]


def months_offered(total_kop: str, rules: InstalmentRules) -> pl.Expr:
    """How many parts the debt of a column is offered in."""
    return (pl.col(total_kop) // rules.part_min_kop).clip(2, rules.months_max)
