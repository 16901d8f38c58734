"""Which decisions are final, and the entitlements that closing enters into the journal.

    positive   final when the cycle that decides is over; closing that month enters it into the journal
    negative   of the cycle before: final when nothing is awaited any more, or when this cycle is over
               of this cycle: never yet, the month after looks again

So a provisional night grants nothing that the next night could not correct, the journal is a function of closed months
alone, and what closed stays. entitlement_id = SHA-256 of book, account, document and programme.
"""

from __future__ import annotations

import hashlib
from datetime import date

import polars as pl

from pipeline.contracts.eligibility import ELIGIBILITY, ENTITLEMENTS


def with_finality(
    decisions: pl.DataFrame, *, book_id: str, month: date, is_cycle_over: bool, is_awaited: bool
) -> pl.DataFrame:
    """The published table (inside ELIGIBILITY), in key order. `month`: first day of the billing month of the run."""
    of_before = pl.col("billing_month") < month
    is_final = pl.when("is_eligible").then(is_cycle_over).otherwise(of_before & (is_cycle_over or not is_awaited))
    is_granted = pl.col("is_eligible") & pl.col("is_final")
    final = decisions.with_columns(is_final=is_final).sort(ELIGIBILITY.primary_key).with_row_index("place")
    named = final.filter(is_granted)
    ids = named.select("place", entitlement_id=_entitlement_ids(named, book_id))
    return (
        final.drop("entitlement_id", strict=False)
        .join(ids, on="place", how="left", maintain_order="left")
        .select(ELIGIBILITY.inside_names)
    )


#: What makes an entry of the journal.
GRANTED = (
    "is_eligible", "is_final", "decided_at", *(name for name in ENTITLEMENTS.inside_names if name != "granted_at")
)


def granted(decisions: pl.DataFrame) -> pl.DataFrame:
    """Entries of the journal (inside ENTITLEMENTS) that closing makes from decisions (GRANTED) of the closed month."""
    return (
        decisions.filter("is_eligible", "is_final")
        .with_columns(granted_at="decided_at")
        .select(ENTITLEMENTS.inside_names)
        .sort(ENTITLEMENTS.primary_key)
    )


def _entitlement_ids(decisions: pl.DataFrame, book_id: str) -> pl.Series:
    parts = [pl.lit(book_id), "account_id", "document_id", "programme_code"]
    texts = decisions.select(pl.concat_str(parts, separator="\x1f")).to_series()
    return pl.Series([hashlib.sha256(text.encode()).hexdigest() for text in texts.to_list()], dtype=pl.String)
