"""Which registries of the issue calendar are in at the cut.

The calendar says what a provider should bring; a registry says only who sent it and when it came. They are matched
per provider in order: a registry that came on or after the day an expected one covers fills the earliest expected
one that is still out. After n registries, with E(t) expected ones covered by day t, the first
min(n, min over k of E(t_k) + n − k) are in (a queue that never runs ahead of what was expected).
Only a registry whose rows have all come counts. Not in: `awaited` up to its expected day, `late` after it.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from pipeline.contracts.ingest import AWAITED_REGISTRIES

_EXPECTED = ("provider_code", "covers_until", "expected_on")


def awaited_registries(
    calendar: pl.DataFrame, registries: pl.DataFrame, still_out: pl.DataFrame, *, issue_on: date,
    next_issue_on: date, cut_on: date,
) -> pl.DataFrame:
    """Registries expected in the cycle or covering its days, and those that were `still_out` when the last one ended.

    `registries` are the known ones (received_on, is_complete) up to the cut.
    """
    expected = calendar.select(_EXPECTED).unique().sort(_EXPECTED)
    expected = expected.with_columns(_place=pl.int_range(1, pl.len() + 1).over("provider_code"))
    filled = _filled(expected, registries.filter(pl.col("is_complete")))
    status = (
        pl.when(pl.col("_place") <= pl.col("_filled").fill_null(0)).then(pl.lit("received"))
        .when(pl.col("expected_on") >= cut_on).then(pl.lit("awaited"))
        .otherwise(pl.lit("late"))
    )
    told = calendar.join(expected.join(filled, on="provider_code", how="left").with_columns(status_code=status),
                         on=list(_EXPECTED), how="left")
    key = list(AWAITED_REGISTRIES.primary_key)
    is_of_cycle = pl.any_horizontal(
        pl.col(day).is_between(issue_on, next_issue_on, closed="left") for day in ("covers_until", "expected_on")
    )
    carried = told.join(still_out.filter(pl.col("status_code") != "received"), on=key, how="semi")
    return (
        pl.concat([told.filter(is_of_cycle), carried]).unique(key)
        .select(AWAITED_REGISTRIES.inside_names).sort(key)
    )


def _filled(expected: pl.DataFrame, registries: pl.DataFrame) -> pl.DataFrame:
    """How many expected registries of each provider are in."""
    came = registries.select("provider_code", covers_until="received_on").sort("covers_until")
    covered = came.join_asof(expected.sort("covers_until", "_place").select("provider_code", "covers_until", "_place"),
                             on="covers_until", by="provider_code", strategy="backward", check_sortedness=False)
    number = pl.int_range(1, pl.len() + 1).over("provider_code")
    ahead = covered.with_columns(_ahead=pl.col("_place").fill_null(0).cast(pl.Int64) - number)
    return ahead.group_by("provider_code").agg(
        _filled=pl.len().cast(pl.Int64) + pl.col("_ahead").min().clip(upper_bound=0)
    )
