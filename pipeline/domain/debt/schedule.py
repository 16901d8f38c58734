"""The schedule of an instalment: equal monthly parts that make up the debt to the kopeck, and who is offered one.

    part    debt / months in kopecks, rounded down; the kopecks left over go one each to the first parts
    day     the day of the signing in each following month, or the last day of a shorter month
    offer   a debt receipt has left in this episode and so many days have passed; the claim is large enough, nothing
            holds the account on the notice track, and no agreement is in force
    months  as few as keep a part at the smallest or above, two at least, twelve at most

Not here: whether a signed agreement is kept (`instalments.py`).
"""

from __future__ import annotations

from datetime import date

import polars as pl

from pipeline.domain.debt.arrears import PAIR
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


def months_offered(total_kop: int, rules: InstalmentRules) -> int:
    """How many parts a debt is offered in."""
    return max(2, min(rules.months_max, total_kop // rules.part_min_kop))


def offers(debtors: pl.DataFrame, agreed: pl.DataFrame, *, rules: InstalmentRules, as_of: date) -> pl.DataFrame:
    """Rows of DEBTORS to offer an instalment to, sorted by key. agreed: INSTALMENTS of the night.

    An agreement that was broken or finished, or a doubt, is no reason for another one of our own accord. Nothing is
    offered of what goes to court (the offer promises to wait), nor where months are out of limitation: who signs for
    them would make them claimable again (ГК РФ, ст. 206, п. 2).
    """
    to_court = debtors.filter((pl.col("track_code") == "court") & (pl.col("stage_code") != "none"))
    since = pl.col("previous_stage_on") + pl.duration(days=rules.days_after_receipt)
    return (
        debtors.filter(
            (pl.col("track_code") == "notice") & (pl.col("previous_stage_code") == "debt_receipt")
            & (since <= pl.lit(as_of)) & (pl.col("claimed_kop") >= rules.offer_min_kop)
            & (pl.col("holds").list.len() == 0) & (pl.col("overdue_longer_kop") == 0)
        )
        .join(to_court, on=PAIR, how="anti")
        .join(agreed.filter(pl.col("status_code") != "finished"), on=PAIR, how="anti")
        .sort(PAIR)
    )
