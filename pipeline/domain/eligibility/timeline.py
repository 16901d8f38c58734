"""What happened to the accounts, in the order in which it happened to the resident: by value date, not by arrival.

    issue, new version   the start of the day the document was issued, before any payment of that moment
    payment              `paid_at`; one that is known to the day counts from the start of its day
    reversal             `reversed_at`

Ties go by arrival. A reversal of a payment that the timeline holds makes that payment smaller from the beginning, as
if it had never been made; only reversals of older money are events of their own.

Here: events for `allocation.allocate`. Not here: items (`replay.py`), what the result means (`coverage.py`).
"""

from __future__ import annotations

import polars as pl

from pipeline.contracts.table import MOSCOW

_ARRIVAL = ("arrived_at", "registry_id", "registry_row", "money_id")
_RANK = {"issue": 0, "supersede": 1, "money": 2, "reversal": 3}


def start_of(day: str) -> pl.Expr:
    """Midnight in Moscow at the start of a Date column."""
    return pl.col(day).cast(pl.Datetime("us")).dt.replace_time_zone(MOSCOW)


def paid_moment() -> pl.Expr:
    """When a payment counts: a day or registry precision is taken in the payer's favour."""
    is_exact = pl.col("paid_at_precision_code") == "moment"
    return pl.when(is_exact).then("paid_at").otherwise(pl.col("paid_at").dt.truncate("1d"))


def less_reversals(payments: pl.DataFrame, reversals: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Payments with what reversals left of them, and the reversals of money that is not among them.

    Both carry `cycle` (0 the cycle before, 1 this one). A reversal made by a corrected registry takes back a payment
    of an earlier cycle than its own, since the same payment comes in again beside it.
    """
    known = payments.select("payment_id", posted_in="cycle")
    own = ~pl.col("is_correction") & (pl.col("posted_in") <= pl.col("cycle"))
    earlier = pl.col("posted_in") < pl.col("cycle")
    met = (
        reversals.join(known, on="payment_id", how="left", maintain_order="left")
        .with_columns(posted_in=pl.when(own | earlier).then("posted_in"))
        .group_by("reversal_id")
        .agg(pl.exclude("posted_in").first(), pl.col("posted_in").max())
    )
    taken = (
        met.drop_nulls("posted_in").group_by("payment_id", cycle="posted_in")
        .agg(taken_kop=pl.col("amount_kop").sum())
    )
    left = (
        payments.join(taken, on=["payment_id", "cycle"], how="left")
        .with_columns(amount_kop=pl.col("amount_kop") - pl.col("taken_kop").fill_null(0))
        .filter(pl.col("amount_kop") > 0)
        .drop("taken_kop")
    )
    return left, met.filter(pl.col("posted_in").is_null()).drop("posted_in")


def events_of(
    documents: pl.DataFrame, versions: pl.DataFrame, payments: pl.DataFrame, reversals: pl.DataFrame
) -> pl.DataFrame:
    """Numbered events of every account. `posted_at` is the moment of the event, so movements carry it on.

    documents: account_id, document_id, issued_on; versions: account_id, document_id, new_document_id (replacing);
    payments: posted payments with the months of writs and advance contracts; reversals: of older money.
    """
    first_versions = documents.join(versions, left_on="document_id", right_on="new_document_id", how="anti")
    issued = first_versions.select("account_id", moment=start_of("issued_on")).unique()
    replaced = versions.join(
        documents.select("issued_on", new_document_id="document_id").unique(), on="new_document_id"
    ).select("account_id", "document_id", "new_document_id", moment=start_of("issued_on"))
    paid = payments.with_columns(moment=paid_moment(), arrived_at="posted_at", money_id="payment_id").with_columns(
        paid_at="moment", origin_code=pl.lit("payment")
    ).drop("posted_at")
    taken = reversals.select(
        "account_id", "reversal_id", "payment_id", "amount_kop", moment="reversed_at", arrived_at="posted_at",
        money_id="reversal_id",
    )
    named = {"issue": issued, "supersede": replaced, "money": paid, "reversal": taken}
    return (
        pl.concat(
            [frame.with_columns(event_code=pl.lit(code), rank=pl.lit(_RANK[code])) for code, frame in named.items()],
            how="diagonal",
        )
        .sort("account_id", "moment", "rank", *_ARRIVAL, "new_document_id", nulls_last=True)
        .with_columns(
            event_number=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("account_id"), posted_at="moment"
        )
        .drop("rank", *_ARRIVAL[2:], _ARRIVAL[0])
    )


def present_from(documents: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """Documents with `present_from`: the number of the event that brings them; and `present_at`, its moment."""
    issued = events.filter(pl.col("event_code") == "issue").select(
        "account_id", issue_number="event_number", present_at="moment"
    )
    replaced = events.filter(pl.col("event_code") == "supersede").select(
        "account_id", "event_number", document_id="new_document_id"
    )
    return (
        documents.with_columns(present_at=start_of("issued_on"))
        .join(issued, on=["account_id", "present_at"], how="left")
        .join(replaced, on=["account_id", "document_id"], how="left")
        .with_columns(present_from=pl.coalesce("event_number", "issue_number"))
        .drop("event_number", "issue_number")
    )
