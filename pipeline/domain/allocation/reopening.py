"""Items that closed in an earlier month and come back because their money is taken back.

A closed item is not in the state; its movements are. It was billed exactly what all its movements paid, so

    billed = paid = Σ allocated,  outstanding = 0

as long as the movements handed in are all that were ever laid on it (the caller reads them from the document's issue).
"""

from __future__ import annotations

import polars as pl
import polars.selectors as cs

from pipeline.contracts.ledger import ITEM_KEY


def with_reopened(items: pl.DataFrame, moved_before: pl.DataFrame) -> pl.DataFrame:
    """Items and, behind them, the closed items of `moved_before`. Calling it twice changes nothing; items on codes have
    been through it."""
    # most months touch a few accounts, and only their items are looked through
    known = (
        items.select(*ITEM_KEY).filter(pl.col("account_id").is_in(moved_before["account_id"].unique().implode()))
        .with_columns(cs.enum().cast(pl.String))
    )
    closed = moved_before.join(known, on=ITEM_KEY, how="anti", nulls_equal=True)
    if closed.is_empty():
        return items
    paid = pl.col("allocated_kop").sum()
    reopened = closed.group_by(*ITEM_KEY).agg(
        pl.col("document_type_code", "billing_month", "issued_on", "due_on").first(),
        billed_kop=paid, paid_kop=paid, written_off_kop=pl.lit(0, dtype=pl.Int64),
        outstanding_kop=pl.lit(0, dtype=pl.Int64), epoch_base_kop=pl.lit(0, dtype=pl.Int64),
        is_time_barred=pl.lit(False), present_from=pl.lit(0, dtype=pl.Int64),
    )
    return pl.concat([items, reopened.select(pl.col(name) for name in items.columns if name in reopened.columns)],
                     how="diagonal")
