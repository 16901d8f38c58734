"""Which minutes each act brings: every minute of a breach counts once, for the act that was told first.

A breach is one kind of violation of one service in one place, of housing services one work. Acts of older cycles were
told before those of this one, within both in order of registration. What is about a house is about each of its flats.
Not here: what the minutes take off (`quality_hours.py`).
"""

from __future__ import annotations

from typing import Final

import polars as pl

#: `where`: a house, or a premises with acts of its own, which has those of its house beside them.
BREACH: Final = ("where", "service_code", "breach")
_ISLAND: Final = (*BREACH, "island")
_APART: Final = "\x1f"


def told_in_order(acts: pl.DataFrame, new_ids: pl.Series) -> pl.DataFrame:
    """Acts with `rank`, by which they were told."""
    is_new = pl.col("event_id").is_in(new_ids.implode())
    return acts.sort(is_new, "registered_at", "event_id").with_row_index("rank").cast({"rank": pl.Int64})


def everywhere(acts: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    """Acts × `where` they count: a house, and each premises that has acts of its own. `places`: place_id, house_id of
    the places of acts, a house under its own id."""
    own = places.join(acts.select("place_id").unique(), on="place_id", how="semi")
    reached = pl.concat([
        own.select("place_id", where="place_id"), own.select(place_id="house_id", where="place_id"),
    ]).unique(maintain_order=True)
    return acts.join(reached, on="place_id", maintain_order="left").with_columns(
        breach=pl.concat_str("violation_code", pl.col("part_tariff_e6").cast(pl.String).fill_null(""), separator=_APART)
    )


def brought(acts: pl.DataFrame) -> pl.DataFrame:
    """BREACH, island, rank, start, end: stretches of time that no act told before has, each under the act that has it;
    stretches of one island overlap or touch. `acts`: of `everywhere`, with local `began_at`, `ended_at`."""
    told = acts.filter(pl.col("began_at") < pl.col("ended_at")).select(*BREACH, "rank", "began_at", "ended_at").sort(
        *BREACH, "began_at", "rank"
    )
    is_apart = (pl.col("began_at") > pl.col("ended_at").cum_max().shift(1)).fill_null(True)
    told = told.with_columns(island=is_apart.cum_sum().over(BREACH).cast(pl.Int64))
    is_single = pl.len().over(_ISLAND) == 1
    single = told.filter(is_single).select(*_ISLAND, "rank", start="began_at", end="ended_at")
    several = told.filter(~is_single)
    cuts = pl.concat([several.select(*_ISLAND, start=name) for name in ("began_at", "ended_at")])
    stretches = cuts.unique().sort(*_ISLAND, "start").with_columns(
        end=pl.col("start").shift(-1).over(_ISLAND)
    ).drop_nulls("end")
    first = (
        stretches.join(several, on=_ISLAND)
        .filter(pl.col("began_at") <= pl.col("start"), pl.col("end") <= pl.col("ended_at"))
        .group_by(*_ISLAND, "start", "end").agg(pl.col("rank").min())
    )
    return pl.concat([single, first.select(single.columns)]).sort(*_ISLAND, "start")


def as_told(stretches: pl.DataFrame) -> pl.DataFrame:
    """BREACH, island, stage, rank, start, end, since: stretches × the acts of their island told no earlier, with the
    beginning of what lasted at once by what was told as far as that act (`stage`)."""
    stages = stretches.select(*_ISLAND, stage="rank").unique()
    grown = (
        stretches.join(stages, on=_ISLAND).filter(pl.col("rank") <= pl.col("stage"))
        .sort(*_ISLAND, "stage", "start")
    )
    one = [*_ISLAND, "stage"]
    is_apart = (pl.col("start") > pl.col("end").shift(1)).fill_null(True)
    return (
        grown.with_columns(piece=is_apart.cum_sum().over(one))
        .with_columns(since=pl.col("start").min().over(*one, "piece")).drop("piece")
    )


def in_months(stretches: pl.DataFrame) -> pl.DataFrame:
    """Stretches cut at the turns of months, with `charge_month`."""
    last = pl.col("end").dt.offset_by("-1us").dt.month_start().dt.date()
    months = pl.date_ranges(pl.col("start").dt.month_start().dt.date(), last, "1mo")
    first = pl.col("charge_month").cast(pl.Datetime("us"))
    return (
        stretches.with_columns(charge_month=months).explode("charge_month", empty_as_null=True)
        .with_columns(
            start=pl.max_horizontal("start", first), end=pl.min_horizontal("end", first.dt.offset_by("1mo"))
        )
    )
