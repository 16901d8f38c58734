"""Movements of older months that this month's reversals and new versions touch.

From all movements of the touched accounts: every row of the items that the reversed payments lie on, of the replaced
documents' items, and of the payments and credits themselves. Not here: reading them (the asset asks storage by key).
"""

from __future__ import annotations

import polars as pl

from pipeline.contracts.ledger import ITEM_KEY


def touched_accounts(documents: pl.DataFrame, reversals: pl.DataFrame) -> pl.Series:
    """Accounts whose older movements are needed."""
    replacing = documents.filter(pl.col("supersedes_document_id").is_not_null())
    return pl.concat([replacing.select("account_id"), reversals.select("account_id")])["account_id"].unique().sort()


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
