"""Applications that stood until the book contradicted them: they go back once, told what they have brought so far.

An absence applied for in advance is computed month by month. When a register, delivered later, names another number of
persons or does not know the one who is away, the months to come are not computed; what was proposed stays until a
person decides. Not here: what contradicts an application (`household.py`).
"""

from __future__ import annotations

from typing import Final, NamedTuple

import polars as pl

from pipeline import money
from pipeline.domain.rating import wording
from pipeline.domain.recalculation.absence import PARTIAL

PROPOSED: Final = ("proposal_id", "event_id", "charge_month", "status_code", "difference_kop")
BACK: Final = ("event_id", "field_code")
_WITHOUT_EFFECT: Final = ("rejected", "settled_by_biller")


class Said(NamedTuple):
    """What older months said of applications: PROPOSED of proposals, BACK of what was returned."""

    proposed: pl.DataFrame
    back: pl.DataFrame


def held(absences: pl.DataFrame, said: Said) -> pl.DataFrame:
    """ABSENCES whose days have counted, as far as the last month that was proposed: nobody else brings those days."""
    last = said.proposed.group_by("event_id").agg(after=pl.col("charge_month").max().dt.offset_by("1mo"))
    return absences.join(last, on="event_id", maintain_order="left").with_columns(
        effective_to=pl.min_horizontal("effective_to", "after")
    ).select(absences.columns)


def fallen(faults: pl.DataFrame, said: Said) -> pl.DataFrame:
    """RETURNED_APPLICATIONS rows of faults of older applications, without those that went back in an older month."""
    told = said.back.filter(pl.col("field_code") != PARTIAL)
    brought = (
        said.proposed.filter(~pl.col("status_code").is_in(list(_WITHOUT_EFFECT))).sort("event_id", "charge_month")
        .with_columns(month=wording.month_text(pl.col("charge_month")))
        .group_by("event_id", maintain_order=True)
        .agg(pl.col("month").unique(maintain_order=True).str.join(", ").alias("months"), money.total("difference_kop"))
        .with_columns(taken=wording.money_text(pl.col("difference_kop")))
    )
    now = pl.when(pl.col("taken").is_null()).then(pl.lit("Раньше по заявлению ничего не пересчитано.")).otherwise(
        pl.concat_str(
            pl.lit("Раньше по заявлению пересчитано "), "taken", pl.lit(" за "), "months",
            pl.lit(": это остаётся, пока человек не решит иное."),
        )
    )
    return (
        faults.join(told, on="event_id", how="anti").join(brought, on="event_id", how="left", maintain_order="left")
        .with_columns(reason=pl.concat_str("reason", pl.lit(" Дальше по заявлению не считают. "), now))
        .select(faults.columns)
    )
