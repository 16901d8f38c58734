"""What persons decided about proposals: the latest decision registered on a proposal or on its batch holds.

    waits_for_approval  + approved  →  proposed
    waits_for_approval, proposed  + rejected  →  rejected: final, no shield any more, not carried on

A batch grows until the documents that should carry it are issued: a decision on it counts when registered from that
day on, so it never decides a proposal that nobody could have seen. Until then proposals are decided one by one.

What moves from one account to another is decided as one: a decision on either half is one on both (`halves.py`).

What a document has billed is decided by the document. A decision that names a sum holds while the proposal has that
sum: a proposal whose figures have changed since asks anew. The months that a rejected proposal corrects are settled
like those of any other, so no later reading proposes them once more.
"""

from __future__ import annotations

import polars as pl

from pipeline.billing_month import MOSCOW_NAME
from pipeline.domain.recalculation.halves import other_half

REJECTED = "rejected"
WAITS = "waits_for_approval"
_DECIDABLE = ("proposed", WAITS)
_OF_PROPOSAL = ("proposal_id", "decision_code", "registered_at", "event_id")


def decided(proposals: pl.DataFrame, approvals: pl.DataFrame, cycles: pl.DataFrame) -> pl.DataFrame:
    """RECALCULATIONS rows, inside shape, in their order, with the status that persons gave them. `cycles`: CYCLES as
    known; a batch whose documents they do not name yet still grows."""
    if approvals.is_empty():
        return proposals
    decision = proposals.select("proposal_id").join(
        _latest(proposals, approvals, cycles), on="proposal_id", how="left", maintain_order="left"
    )["decision_code"]
    is_open = pl.col("status_code").is_in(list(_DECIDABLE))
    return proposals.with_columns(
        status_code=pl.when(is_open & (decision == "rejected")).then(pl.lit(REJECTED))
        .when((pl.col("status_code") == WAITS) & (decision == "approved")).then(pl.lit("proposed"))
        .otherwise("status_code")
    )


def _latest(proposals: pl.DataFrame, approvals: pl.DataFrame, cycles: pl.DataFrame) -> pl.DataFrame:
    """proposal_id, decision_code of the latest decision that means the proposal as it is."""
    named = approvals.filter(pl.col("subject_code") == "proposal").rename({"subject_id": "proposal_id"})
    halves = named.with_columns(other_half(pl.col("proposal_id")), difference_kop=-pl.col("difference_kop"))
    of_proposals = pl.concat([named, halves])
    as_seen = pl.col("difference_kop").is_null() | (pl.col("difference_kop") == pl.col("now_kop"))
    single = of_proposals.join(
        proposals.select("proposal_id", now_kop="difference_kop"), on="proposal_id"
    ).filter(as_seen)
    of_batches = approvals.filter(pl.col("subject_code") == "batch").rename({"subject_id": "batch_id"})
    issued = cycles.select(lands_in_month="billing_month", issued_at=_start_of("issue_on"))
    complete = proposals.select("proposal_id", "batch_id", "lands_in_month").join(issued, on="lands_in_month")
    whole = of_batches.join(complete, on="batch_id").filter(pl.col("registered_at") >= pl.col("issued_at"))
    return (
        pl.concat([single.select(_OF_PROPOSAL), whole.select(_OF_PROPOSAL)])
        .sort("registered_at", "event_id")
        .unique("proposal_id", keep="last", maintain_order=True)
        .select("proposal_id", "decision_code")
    )


def _start_of(day: str) -> pl.Expr:
    return pl.col(day).cast(pl.Datetime("us")).dt.replace_time_zone(MOSCOW_NAME)
