"""What a corrected registry undoes of closed months: posted money comes back by explicit reversals.

A payment that the corrected version lists word for word stays as it was posted. One that it lists otherwise, or no
longer lists, is taken back whole by the reversal `corrected:<registry>:<payment>:<day>`, as far as it is not reversed
already; the new row is then an ordinary payment of this month. A row that was still suspended leaves the suspense.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from pipeline.contracts.ingest import POSTED_REVERSALS
from pipeline.domain.ingest.registries import LIVE, VERSION
from pipeline.domain.ingest.repeats import CONTENT, content

PREFIX: Final = "corrected"
_PROVENANCE: Final = ("delivery_id", "row_number", "received_at")


@dataclass(frozen=True)
class Undone:
    """Reversals in the shape of `posted_reversals`; ids released from the suspense; what stands of both."""

    reversals: pl.DataFrame
    released: pl.DataFrame
    standing: pl.DataFrame
    waiting: pl.DataFrame


def undone(
    corrected: pl.DataFrame, payments: pl.DataFrame, posted: pl.DataFrame, reversed_before: pl.DataFrame,
    suspended: pl.DataFrame, *, content_columns: list[str],
) -> Undone:
    """`corrected` are registries whose version in force came in this cycle, with its provenance; `payments` the rows
    of the cycle with versions; the others are rows of closed months."""
    lists = payments.filter(pl.col(VERSION) == pl.col(LIVE)).join(corrected, on="registry_id", how="semi")
    lists = lists.select("payment_id", content(content_columns, lists.schema))
    gone = _not_listed(posted, corrected, lists, content_columns, written="paid_account_id")
    released = _not_listed(suspended.filter(pl.col("amount_kop") > 0), corrected, lists, content_columns,
                           written="account_id")
    return Undone(
        reversals=_reversals(gone, posted, reversed_before, corrected),
        released=released.select("suspended_id", "registry_id", "amount_kop"),
        standing=posted.join(gone, on="payment_id", how="anti"),
        waiting=suspended.join(released, on="suspended_id", how="anti"),
    )


def _not_listed(
    earlier: pl.DataFrame, corrected: pl.DataFrame, lists: pl.DataFrame, columns: list[str], *, written: str
) -> pl.DataFrame:
    """Earlier rows of corrected registries that the version in force does not repeat word for word."""
    mine = earlier.join(corrected.select("registry_id"), on="registry_id", how="semi")
    as_sent = mine.with_columns(account_id=pl.col(written))
    told = mine.with_columns(as_sent.select(content(columns, as_sent.schema)).to_series().alias(CONTENT))
    return told.join(lists, on=["payment_id", CONTENT], how="anti").drop(CONTENT)


def _reversals(
    gone: pl.DataFrame, posted: pl.DataFrame, reversed_before: pl.DataFrame, corrected: pl.DataFrame
) -> pl.DataFrame:
    """What is left of every payment that is gone, taken back on the day of the correction."""
    taken = reversed_before.group_by("payment_id").agg(_taken=pl.col("amount_kop").sum())
    whole = posted.group_by("payment_id").agg(_posted=pl.col("amount_kop").sum())
    latest = gone.sort("posted_at").unique("payment_id", keep="last", maintain_order=True)
    left = pl.col("_posted") - pl.col("_taken").fill_null(0)
    day = pl.col("received_at").dt.strftime("%Y-%m-%d")
    return (
        latest.drop(_PROVENANCE).join(corrected, on="registry_id")
        .join(whole, on="payment_id").join(taken, on="payment_id", how="left")
        .filter(left > 0)
        .with_columns(
            reversal_id=pl.concat_str(pl.lit(PREFIX), "registry_id", "payment_id", day, separator=":"),
            amount_kop=left, original_received_on=pl.col("received_on"), reversed_at=pl.col("received_at"),
            reason_code=pl.lit("bank_error"), posted_at=pl.col("received_at"), is_correction=pl.lit(True),
        )
        .select(POSTED_REVERSALS.inside_names)
        .sort("reversal_id")
    )
