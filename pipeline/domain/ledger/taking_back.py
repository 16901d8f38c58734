"""Reversals of the month with the account that holds the money and the registry that brought it.

Ingest names the account that the payment was sent to; the money may have moved to a successor since, or have been set
aside. Not here: what a reversal takes back (`domain/allocation/taking_back.py`).
"""

from __future__ import annotations

import polars as pl

REVERSAL_COLUMNS = (
    "reversal_id", "payment_id", "account_id", "amount_kop", "registry_id", "posted_at", "paid_at", "is_correction",
    "is_identified", "payment_registry_id", "posted_month",
)


def reversals_to_post(reversals: pl.DataFrame, identified: pl.DataFrame, holders: pl.DataFrame) -> pl.DataFrame:
    """`holders`: payment_id, holder_id (account that holds it now), payment_registry_id and posted_month (month whose
    ledger posted it); the last row of a payment counts. A payment nobody holds stays with the account that the reversal
    names, and so does what a corrected registry takes back: the same payment may come in beside it on another account.
    """
    all_of_them = pl.concat([
        reversals.with_columns(is_identified=pl.lit(False)),
        identified.with_columns(is_identified=pl.lit(True), is_correction=pl.lit(False)),
    ], how="diagonal_relaxed")
    last = holders.drop("posted_month").unique("payment_id", keep="last", maintain_order=True)
    # of a corrected payment that comes in again the reversal takes back the one that was there first
    first = holders.group_by("payment_id").agg(pl.col("posted_month").min())
    is_sent = ~pl.col("is_correction")
    return (
        all_of_them.join(last, on="payment_id", how="left").join(first, on="payment_id", how="left")
        .with_columns(
            account_id=pl.coalesce(pl.when(is_sent).then("holder_id"), "account_id"),
            payment_registry_id=pl.coalesce(pl.when(is_sent).then("payment_registry_id"), "registry_id"),
        )
        .select(REVERSAL_COLUMNS).sort("reversal_id")
    )
