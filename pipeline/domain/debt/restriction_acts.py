"""How far a provider has gone with one service of one account, told by its acts alone.

A restored service starts anew. Not here: what follows from it (`restriction.py`).
"""

from __future__ import annotations

from datetime import date

import polars as pl

from pipeline.domain.debt.arrears import PAIR

TRIPLE = (*PAIR, "service_code")


def acted(acts: pl.DataFrame, owed: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """account × creditor × service with live acts: stage_code, stage_on, delivered_on, restricted_on, warned_on
    and cut_on: the delivery that a cut rests on, and its first day.

    owed: the same key with oldest_due_on; a warning that came no later than it spoke of another debt. A cut may rest on
    such a one: its debt may have been paid since.
    """
    ordered = acts.filter(pl.col("act_on") <= as_of).sort(*TRIPLE, "act_on", "registered_at", "event_id")
    numbered = ordered.with_row_index("_number")
    restored = numbered.filter(pl.col("act_code") == "restored").group_by(TRIPLE).agg(_restored=pl.col("_number").max())
    is_warning = pl.col("act_code").is_in(["notice_sent", "notice_delivered"])
    live = (
        numbered.join(restored, on=TRIPLE, how="left")
        .filter(pl.col("_restored").is_null() | (pl.col("_number") > pl.col("_restored")))
        .join(owed.select(*TRIPLE, "oldest_due_on"), on=TRIPLE, how="left")
        .with_columns(_is_of_debt=~is_warning | (pl.col("act_on") > pl.col("oldest_due_on")).fill_null(False))
    )
    days = {code: pl.col("act_on").filter((pl.col("act_code") == code) & pl.col("_is_of_debt")) for code in (
        "notice_sent", "notice_delivered", "restricted", "suspended"
    )}
    stages = (("suspension", "suspended_on"), ("restriction", "restricted_on"), ("notice_delivered", "delivered_on"),
              ("notice_sent", "sent_on"))
    stage = pl.coalesce(*(pl.when(pl.col(day).is_not_null()).then(pl.lit(code)) for code, day in stages))
    return (
        live.group_by(TRIPLE)
        .agg(
            sent_on=days["notice_sent"].max(), delivered_on=days["notice_delivered"].min(),
            restricted_on=days["restricted"].min(), suspended_on=days["suspended"].min(),
            warned_on=pl.col("act_on").filter(pl.col("act_code") == "notice_delivered").min(),
        )
        .filter(pl.any_horizontal(pl.col(day).is_not_null() for _, day in stages))
        .with_columns(
            warned_on=pl.coalesce("delivered_on", "warned_on"),
            cut_on=pl.min_horizontal("restricted_on", "suspended_on"),
        )
        .with_columns(stage_code=stage, stage_on=pl.coalesce(*(day for _, day in stages)))
        .select(*TRIPLE, "stage_code", "stage_on", "delivered_on", "restricted_on", "warned_on", "cut_on")
        .sort(TRIPLE)
    )
