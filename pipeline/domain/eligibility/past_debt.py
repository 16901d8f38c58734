"""What of earlier documents was open at the moment a document was covered.

    past debt = Σ over documents of earlier billing months, issued by then and not withdrawn,
                of principal and capital repair − money laid on them until that moment and the same visit

A separate document of the same month (capital repair, waste) is not an earlier one. Disputed and time-barred sums are
not counted; penalty, voluntary and court-cost items are never arrears.
"""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from pipeline.domain.eligibility.replay import Replayed

_DOCUMENT = ("account_id", "document_id")


def with_past_debt(documents: pl.DataFrame, replayed: Replayed, *, same_visit_minutes: int) -> pl.DataFrame:
    """Documents (account_id, document_id, billing_month, judged_at) with `past_debt_kop`."""
    visit = timedelta(minutes=same_visit_minutes)
    earlier = (
        documents.select(*_DOCUMENT, of_month="billing_month", until=pl.col("judged_at") + visit)
        .join(replayed.documents.rename({"document_id": "earlier_id"}), on="account_id")
        .filter(
            pl.col("billing_month") < pl.col("of_month"),
            pl.col("present_at") <= pl.col("until"),
            pl.col("withdrawn_at").is_null() | (pl.col("withdrawn_at") > pl.col("until")),
        )
    )
    laid = replayed.movements.filter("is_counted").select(
        "account_id", "allocated_kop", "posted_at", earlier_id="document_id"
    )
    paid = (
        earlier.select(*_DOCUMENT, "earlier_id", "until")
        .join(laid, on=["account_id", "earlier_id"])
        .filter(pl.col("posted_at") <= pl.col("until"))
        .group_by(*_DOCUMENT, "earlier_id")
        .agg(paid_kop=pl.col("allocated_kop").sum())
    )
    left = pl.col("counted_kop") - pl.col("paid_kop").fill_null(0)
    owed = (
        earlier.join(paid, on=[*_DOCUMENT, "earlier_id"], how="left")
        .group_by(*_DOCUMENT)
        .agg(past_debt_kop=left.sum())
    )
    return documents.join(owed, on=_DOCUMENT, how="left", maintain_order="left").with_columns(
        pl.col("past_debt_kop").fill_null(0)
    )
