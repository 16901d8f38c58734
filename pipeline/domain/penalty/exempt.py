"""Days that are left out for one account: those of a person of the flat who is mobilised, bankrupt or dead.

    a hold of `penalty.exempt_holds` on the account, or on a person with a right in its flat, first day to last

Papers that overlap count once; the count of days to the 31st and the 91st runs on. Few accounts have any.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import polars as pl

from pipeline.contracts.penalty import PENALTY_EXEMPTIONS
from pipeline.domain.penalty.stretches import EVER
from pipeline.domain.penalty.weights import with_weight
from pipeline.rules.penalty import Bands

_DAY: Final = pl.duration(days=1)


def exempt_days(
    holds: pl.DataFrame, accounts: pl.DataFrame, rights: pl.DataFrame, *, reasons: Collection[str]
) -> pl.DataFrame:
    """Inside PENALTY_EXEMPTIONS of these accounts; `reasons`: of the holds that let days off."""
    running = holds.filter(pl.col("reason_code").is_in(reasons))
    if running.is_empty():
        return PENALTY_EXEMPTIONS.empty_inside()
    flats = accounts.select("account_id", "premises_id")
    held = flats.join(rights.select("premises_id", "person_id"), on="premises_id")
    on_person = running.drop("account_id").drop_nulls("person_id").join(held, on="person_id")
    on_account = running.drop_nulls("account_id").join(accounts.select("account_id"), on="account_id", how="semi")
    days = PENALTY_EXEMPTIONS.inside_names
    return pl.concat([on_account.select(days), on_person.select(days)]).unique().sort(days)


def without_exempt_days(
    segments: pl.DataFrame, items: pl.DataFrame, exempt: pl.DataFrame, *, bands: Bands
) -> pl.DataFrame:
    """Segments (item, from_on, to_on…) less the days of their accounts; `items`: item, account_id."""
    if exempt.is_empty():
        return segments
    held = items.join(exempt, on="account_id", how="semi").select("item", "account_id")
    touched = segments.join(held, on="item").join(_left_between(exempt), on="account_id")
    cut = touched.with_columns(
        from_on=pl.max_horizontal("from_on", "open_from"), to_on=pl.min_horizontal("to_on", "open_to")
    ).filter(pl.col("from_on") <= pl.col("to_on"))
    return pl.concat([
        segments.join(held, on="item", how="anti"),
        with_weight(cut, bands).select(segments.columns).cast(segments.schema),
    ])


def _left_between(exempt: pl.DataFrame) -> pl.DataFrame:
    """account_id, open_from, open_to: the days between the exempt ones, before the first and after the last."""
    ordered = exempt.with_columns(pl.col("to_on").fill_null(EVER)).sort("account_id", "from_on", "to_on")
    ordered = ordered.with_columns(reached=pl.col("to_on").cum_max().over("account_id"))
    before = ordered.select(
        "account_id", open_from=pl.col("reached").shift(1).over("account_id") + _DAY, open_to=pl.col("from_on") - _DAY
    )
    after = ordered.group_by("account_id").agg(pl.col("reached").max()).filter(pl.col("reached") < EVER).select(
        "account_id", open_from=pl.col("reached") + _DAY, open_to=pl.lit(EVER)
    )
    return pl.concat([before, after]).with_columns(pl.col("open_from").fill_null(pl.date(1900, 1, 1))).filter(
        pl.col("open_from") <= pl.col("open_to")
    )
