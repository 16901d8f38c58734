"""Payments that may be one payment made twice: the same account, sum, payer, channel and purpose, close in time.

    of a chain of equal payments each one but the first is asked about, against the one just before it
    asked: the later payment came in this cycle, neither has been reversed, the same document or month is named
    minutes between them ≤ duplicate_within_minutes; a payment known by its day counts from the start of the day

Two honest payments look the same: this is a question to a person, nothing is done by it. The deciding facts:

    within_an_hour | within_the_term     how close the two are
    same_registry | other_registry       twice in one registry, or once in each of two
    time_of_day_unknown                  one of them is known by its day only
    nothing_left_to_pay | pays_items     whether money of the later one lies as an advance, or all of it has paid items
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import polars as pl

from pipeline.domain.queue.kinds import SUBJECT, queued

_ALIKE: Final = (
    "account_id", "amount_kop", "payer_code", "channel_code", "purpose_code", "designated_document_id",
    "designated_month", "designated_creditor_id", "court_case_id", "contract_reference",
)
#: What is looked at of a payment.
READ: Final = ("payment_id", "paid_at", "paid_at_precision_code", "registry_id", "posted_at", *_ALIKE)
_HOUR: Final = timedelta(hours=1)


def duplicates(
    posted: pl.DataFrame, posted_before: pl.DataFrame, reversals: pl.DataFrame, advances: pl.DataFrame, *,
    within_minutes: int,
) -> pl.DataFrame:
    """QUEUED rows of one part. `posted`, `posted_before`: POSTED_PAYMENTS of this month and the one before;
    `reversals`: POSTED_REVERSALS of both; `advances`: ADVANCES at the cut."""
    term = timedelta(minutes=within_minutes)
    if posted.is_empty():
        return queued(_shaped(posted.select(READ).with_columns(_nothing()).clear(), advances))
    earliest = posted["paid_at"].min() - term  # type: ignore[operator]
    paid = pl.concat([
        posted.select(READ).with_columns(is_new=pl.lit(True)),
        posted_before.filter(pl.col("paid_at") >= earliest).select(READ).with_columns(is_new=pl.lit(False)),
    ]).pipe(_of_equal_sums).join(reversals.select("payment_id").unique(), on="payment_id", how="anti")
    previous = [
        pl.col(name).shift(1).over(_ALIKE).alias(f"other_{name}")
        for name in ("payment_id", "paid_at", "paid_at_precision_code", "registry_id")
    ]
    paired = paid.sort("paid_at", "payment_id").with_columns(previous).filter(
        "is_new", pl.col("paid_at") - pl.col("other_paid_at") <= term
    )
    return queued(_shaped(paired, advances))


def _of_equal_sums(paid: pl.DataFrame) -> pl.DataFrame:
    """Payments of accounts that paid one sum more than once, the few that can be alike in everything."""
    several = paid.filter(pl.col("account_id").is_duplicated())
    return several.filter(pl.struct("account_id", "amount_kop").is_duplicated())


def _nothing() -> list[pl.Expr]:
    return [
        pl.lit(None, dtype=pl.String).alias("other_payment_id"), pl.col("paid_at").alias("other_paid_at"),
        pl.lit(None, dtype=pl.String).alias("other_paid_at_precision_code"),
        pl.lit(None, dtype=pl.String).alias("other_registry_id"),
    ]


def _shaped(pairs: pl.DataFrame, advances: pl.DataFrame) -> pl.DataFrame:
    left_over = advances.select("account_id", "payment_id").unique().with_columns(has_left_over=pl.lit(True))
    is_near = pl.col("paid_at") - pl.col("other_paid_at") <= _HOUR
    knows_only_day = (pl.col("paid_at_precision_code") != "moment") | (
        pl.col("other_paid_at_precision_code") != "moment"
    )
    facts = pl.concat_list(
        pl.when(is_near).then(pl.lit("within_an_hour")).otherwise(pl.lit("within_the_term")),
        pl.when(pl.col("registry_id") == pl.col("other_registry_id")).then(pl.lit("same_registry"))
        .otherwise(pl.lit("other_registry")),
        pl.when(knows_only_day).then(pl.lit("time_of_day_unknown")),
        pl.when(pl.col("has_left_over").fill_null(False)).then(pl.lit("nothing_left_to_pay"))
        .otherwise(pl.lit("pays_items")),
    )
    return pairs.join(left_over, on=["account_id", "payment_id"], how="left").select(
        pl.concat_str("payment_id", "other_payment_id", separator=":").alias(SUBJECT),
        "account_id", "payment_id", "other_payment_id", "registry_id",
        kind_code=pl.lit("duplicate_payment"), creditor_id="designated_creditor_id",
        document_id="designated_document_id", effect_kop="amount_kop",
        waiting_since_on=pl.col("posted_at").dt.date(), reason_codes=facts.list.drop_nulls().list.sort(),
    )
