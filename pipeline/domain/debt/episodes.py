"""An episode is one uninterrupted stay in arrears of an account towards a creditor; paying in full ends it.

    it goes on    while an item that was overdue at the end of the month before is still open,
                  or the last of the old ones was paid after the oldest of today's had already fallen due
    otherwise     a new one begins, with the due date of its oldest item

The day of payment is the payer's (`paid_at`), so a slow registry never joins two debts into one. A stage that has left
belongs to its episode: what was sent for an earlier debt does not count for the next one.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from pipeline.contracts.debt import STAGES
from pipeline.domain.debt.arrears import ARREARS_KINDS, PAIR
from pipeline.domain.debt.identity import hashed

_RANK = {stage: rank for rank, stage in enumerate(STAGES)}
LAST = ("last_stage_code", "last_stage_on")


#: What the room looks at of a debtor of the month before.
REMEMBERED = (
    *PAIR, "track_code", "episode_from", "oldest_due_on", "days_overdue", "previous_stage_code", "previous_stage_on"
)


def episodes(owed: pl.DataFrame, previous: pl.DataFrame, allocations: pl.DataFrame) -> pl.DataFrame:
    """account × creditor of `owed` with `episode_from` and `is_continued`.

    previous: DEBTORS of the month before (the notice track tells of the pair). allocations: this month's movements.
    """
    before = previous.filter(pl.col("track_code") == "notice").select(
        *PAIR, _from="episode_from", _cut=pl.col("oldest_due_on") + pl.duration(days=pl.col("days_overdue"))
    )
    was_overdue = pl.col("oldest_due_on") < pl.col("_cut")
    is_continued = pl.col("_from").is_not_null() & (was_overdue | pl.col("_chained_from").is_not_null())
    return (
        owed.select(*PAIR, "oldest_due_on")
        .join(before, on=PAIR, how="left")
        .join(_chained(owed, allocations), on=PAIR, how="left")
        .with_columns(is_continued=is_continued)
        .select(
            *PAIR,
            episode_from=pl.when("is_continued").then("_from").otherwise(pl.coalesce("_chained_from", "oldest_due_on")),
            is_continued="is_continued",
        )
        .sort(PAIR)
    )


def _chained(owed: pl.DataFrame, allocations: pl.DataFrame) -> pl.DataFrame:
    """Due date of the oldest item that this month's money closed only after today's oldest had fallen due."""
    paid_on = pl.col("paid_at").dt.date()
    # most money of a month pays what fell due after every debt of today: it can chain nothing
    is_older = pl.col("due_on") < pl.lit(owed["oldest_due_on"].max(), dtype=pl.Date)
    return (
        allocations.filter(is_older.fill_null(False))
        .filter(pl.col("debt_kind_code").is_in(ARREARS_KINDS) & (pl.col("allocated_kop") > 0))
        .group_by(*PAIR, "due_on")
        .agg(_paid_on=paid_on.max())
        .join(owed.select(*PAIR, "oldest_due_on"), on=PAIR)
        .filter((pl.col("due_on") < pl.col("oldest_due_on")) & (pl.col("_paid_on") > pl.col("oldest_due_on")))
        .group_by(PAIR)
        .agg(_chained_from=pl.col("due_on").min())
    )


def with_episode_id(pairs: pl.DataFrame, *, book_id: str, track_code: str) -> pl.DataFrame:
    """The pairs with `track_code` and `episode_id`."""
    tracked = pairs.with_columns(track_code=pl.lit(track_code))
    parts = (pl.lit(book_id), *PAIR, "track_code", pl.col("episode_from").dt.to_string("%Y-%m-%d"))
    return tracked.with_columns(hashed(tracked, *parts).alias("episode_id"))


def with_last_stage(
    tracked: pl.DataFrame, previous: pl.DataFrame, dispatches: pl.DataFrame, *, as_of: date
) -> pl.DataFrame:
    """`tracked` with the furthest stage that left in its episode and its day.

    From the journal up to `as_of`; and from the month before, for stages that another system sent before the opening.
    """
    sent = dispatches.filter(pl.col("dispatched_on") <= as_of).select(
        "episode_id", last_stage_code="stage_code", last_stage_on="dispatched_on"
    )
    keys = [*PAIR, "track_code"]
    carried = (
        previous.drop_nulls("previous_stage_code")
        .select(*keys, last_stage_code="previous_stage_code", last_stage_on="previous_stage_on")
        .join(tracked.filter("is_continued").select(*keys, "episode_id"), on=keys)
        .select("episode_id", *LAST)
    )
    rank = pl.col("last_stage_code").replace_strict(_RANK, return_dtype=pl.Int32)
    furthest = (
        pl.concat([sent, carried])
        .with_columns(last_rank=rank)
        .sort("episode_id", "last_rank", "last_stage_on")
        .unique("episode_id", keep="last", maintain_order=True)
    )
    return tracked.join(furthest, on="episode_id", how="left").with_columns(pl.col("last_rank").fill_null(0))
