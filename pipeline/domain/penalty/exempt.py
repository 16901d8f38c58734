"""Days that are left out for one account: those of a person of the flat who is mobilised, bankrupt or dead.

    a hold of `penalty.exempt_holds` on the account, or on a person with a right in its flat while the right lasts,
    first day to last; of a closed account, whoever held a right on its last day goes on owing and keeps the days
    a bankruptcy lets off only what was charged by its month: later months are current payments (127-ФЗ, ст. 5, 213.11)

Papers that overlap count once; the count of days runs on. Few accounts have any.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import polars as pl

from pipeline.contracts.penalty import PENALTY_EXEMPTIONS
from pipeline.contracts.person_statuses import OF_OLDER_DEBTS
from pipeline.domain.penalty.stretches import EVER
from pipeline.domain.penalty.weights import with_weight
from pipeline.rules.penalty import Scales

_DAY: Final = pl.duration(days=1)


def exempt_days(
    holds: pl.DataFrame, accounts: pl.DataFrame, rights: pl.DataFrame, *, reasons: Collection[str]
) -> pl.DataFrame:
    """Inside PENALTY_EXEMPTIONS of these accounts; `reasons`: of the holds that let days off."""
    running = holds.filter(pl.col("reason_code").is_in(reasons))
    if running.is_empty():
        return PENALTY_EXEMPTIONS.empty_inside()
    on_person = (
        running.drop("account_id").drop_nulls("person_id").join(_held(accounts, rights), on="person_id")
        .with_columns(
            from_on=pl.max_horizontal("from_on", "held_from"), to_on=pl.min_horizontal("to_on", "held_to")
        )
        .filter((pl.col("from_on") <= pl.col("to_on")).fill_null(True))
    )
    on_account = running.drop_nulls("account_id").join(accounts.select("account_id"), on="account_id", how="semi")
    days = PENALTY_EXEMPTIONS.inside_names
    return pl.concat([on_account.select(days), on_person.select(days)]).unique().sort(days)


def without_exempt_days(
    segments: pl.DataFrame, items: pl.DataFrame, exempt: pl.DataFrame, *, scales: Scales
) -> pl.DataFrame:
    """Segments (item, from_on, to_on…) less the days of their accounts; `items`: item, account_id, charge_month."""
    if exempt.is_empty():
        return segments
    is_current = pl.col("charge_month") > pl.col("from_on").dt.month_start()
    let_off = items.select("item", "account_id", "charge_month").join(exempt, on="account_id").filter(
        ~((pl.col("reason_code") == OF_OLDER_DEBTS) & is_current)
    )
    held = let_off.select("item").unique()
    touched = segments.join(held, on="item", how="semi").join(_left_between(let_off), on="item")
    cut = touched.with_columns(
        from_on=pl.max_horizontal("from_on", "open_from"), to_on=pl.min_horizontal("to_on", "open_to")
    ).filter(pl.col("from_on") <= pl.col("to_on"))
    return pl.concat([
        segments.join(held, on="item", how="anti"),
        with_weight(cut, scales).select(segments.columns).cast(segments.schema),
    ])


def _held(accounts: pl.DataFrame, rights: pl.DataFrame) -> pl.DataFrame:
    """account × person: held_from, held_to, the days over which the right makes the person's days the account's."""
    is_last_holder = pl.col("closed_on").is_not_null() & (pl.col("valid_to") >= pl.col("closed_on")).fill_null(True)
    return (
        accounts.select("account_id", "premises_id", "closed_on").join(rights, on="premises_id")
        .filter((pl.col("valid_from") <= pl.col("closed_on")).fill_null(True))
        .select(
            "account_id", "person_id", held_from="valid_from",
            held_to=pl.when(~is_last_holder).then("valid_to"),
        )
    )


def _left_between(let_off: pl.DataFrame) -> pl.DataFrame:
    """item, open_from, open_to: the days between those let off, before the first and after the last."""
    ordered = let_off.with_columns(pl.col("to_on").fill_null(EVER)).sort("item", "from_on", "to_on")
    ordered = ordered.with_columns(reached=pl.col("to_on").cum_max().over("item"))
    before = ordered.select(
        "item", open_from=pl.col("reached").shift(1).over("item") + _DAY, open_to=pl.col("from_on") - _DAY
    )
    after = ordered.group_by("item").agg(pl.col("reached").max()).filter(pl.col("reached") < EVER).select(
        "item", open_from=pl.col("reached") + _DAY, open_to=pl.lit(EVER)
    )
    return pl.concat([before, after]).with_columns(pl.col("open_from").fill_null(pl.date(1900, 1, 1))).filter(
        pl.col("open_from") <= pl.col("open_to")
    )
