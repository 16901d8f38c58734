"""Movements of older months that this month's reversals and new versions touch.

From all movements of the touched accounts: every row of the items that the reversed payments lie on, of the replaced
documents' items, and of the payments and credits themselves. Not here: reading them (the asset asks storage by key).
"""

from __future__ import annotations

from datetime import date
from typing import Final

import polars as pl

from pipeline.contracts.ledger import ITEM_KEY

_EVER: Final = date.min


def replaced_before(documents: pl.DataFrame) -> pl.DataFrame:
    """`account_id` and `document_id` of documents of closed months that documents of this one replace."""
    replaced = documents.select("account_id", document_id="supersedes_document_id").drop_nulls("document_id")
    return replaced.join(documents, on="document_id", how="anti").unique().sort("account_id", "document_id")


def needed_since(replaced: pl.DataFrame, billed: pl.DataFrame, reversals: pl.DataFrame) -> pl.DataFrame:
    """Accounts whose older movements are needed (`account_id`), and the first month that can hold any (`since`): the
    month that billed the replaced document (`billed`: document_id, since), the month that posted the reversed payment;
    the beginning of time where nobody knows. The month that the new version bills says nothing: it may be another."""
    return pl.concat([
        replaced.join(billed, on="document_id", how="left").select("account_id", pl.col("since").fill_null(_EVER)),
        reversals.select("account_id", since=pl.col("posted_month").fill_null(_EVER)),
    ]).group_by("account_id").agg(pl.col("since").min()).sort("account_id")


def items_since(movements: pl.DataFrame, billed: pl.DataFrame, since: pl.DataFrame) -> pl.DataFrame:
    """Accounts with touched items older than what was read: an item that closed comes back by all its movements, and
    they may begin before the reversed payment. `account_id`, `since` of the items, `until` of what was read.

    `billed`: document_id and the month that posted it (`since`); a document nobody knows was there at the opening. What
    a document bills does not say when it came: one for a later month may have come and been paid long before."""
    of_items = (
        movements.select("account_id", "document_id").unique().join(billed, on="document_id", how="left")
        .group_by("account_id").agg(since=pl.col("since").fill_null(_EVER).min())
    )
    return (
        of_items.join(since.select("account_id", until="since"), on="account_id")
        .filter(pl.col("since") < pl.col("until")).sort("account_id")
    )


def touched_movements(
    movements: pl.DataFrame, documents: pl.DataFrame, reversals: pl.DataFrame
) -> pl.DataFrame:
    """The rows of `movements` that the allocation needs."""
    replaced = documents["supersedes_document_id"].drop_nulls().unique()
    on_replaced = pl.col("document_id").is_in(replaced.implode())
    # a negative item's own row names the credit that its document made
    own_credits = movements.filter(on_replaced, pl.col("rule_code") == "credit", pl.col("allocated_kop") < 0)
    money = pl.concat([reversals["payment_id"], own_credits["payment_id"]]).unique()
    touching = movements.filter(on_replaced | pl.col("payment_id").is_in(money.implode())).select(*ITEM_KEY).unique()
    return movements.join(touching, on=ITEM_KEY, how="semi", nulls_equal=True)
