"""A reversal of a payment behind a granted bonus keeps the next documents of the account from the programme.

    blocked documents = max(documents blocked by a reversal that arrived in this cycle, what is left of an older block)

The bonus that was granted stays. A reversal that a corrected registry made counts only when the same payment did not
come in again beside it. Not here: documents whose own covering payment is reversed; they are simply not covered.
"""

from __future__ import annotations

import polars as pl


def blocked(
    granted: pl.DataFrame, reversals: pl.DataFrame, payments: pl.DataFrame, last: pl.DataFrame, *,
    documents_blocked_by_reversal: int,
) -> pl.DataFrame:
    """account_id, blocked_documents (Int32, above 0) for the document of this cycle.

    granted: decisions of closed months (account_id, is_eligible, covering_payment_ids) of accounts with reversals;
    last: account_id, blocked_documents of the documents of the month before.
    """
    posted_again = payments.select("account_id", "payment_id")
    is_corrected = reversals.filter("is_correction").join(posted_again, on=["account_id", "payment_id"], how="semi")
    taken = reversals.join(is_corrected, on="reversal_id", how="anti").select("account_id", "payment_id")
    behind = (
        granted.filter("is_eligible")
        .select("account_id", payment_id="covering_payment_ids")
        .explode("payment_id", empty_as_null=True)
        .join(taken, on=["account_id", "payment_id"], how="semi")
    )
    new = behind.select("account_id").unique().with_columns(
        blocked_documents=pl.lit(documents_blocked_by_reversal, dtype=pl.Int32)
    )
    left = last.select("account_id", pl.col("blocked_documents") - 1)
    return (
        pl.concat([new, left])
        .group_by("account_id")
        .agg(pl.col("blocked_documents").max())
        .filter(pl.col("blocked_documents") > 0)
    )
