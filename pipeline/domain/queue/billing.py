"""What waits for whoever bills: proposals to approve, proposals billed for another sum, accounts without a bill; and
applications that go back.

A proposal that the biller settled himself for another sum is no longer open and is published once: it stands in the
queue of the month in which he did so, and its difference is his to explain.
"""

from __future__ import annotations

from datetime import date
from typing import Final

import polars as pl

from pipeline.contracts.ingest import EARLIER_REJECTED
from pipeline.domain.queue.kinds import SUBJECT, queued
from pipeline.money import total

#: What is looked at of a proposal, of a contract and of a reading.
PROPOSAL: Final = (
    "proposal_id", "account_id", "contract_id", "event_id", "status_code", "cause_code", "difference_kop", "billed_kop"
)
CREDITOR: Final = ("contract_id", "creditor_id")
READING: Final = ("reading_id", "submitted_at")
_STATUS: Final = {
    "waits_for_approval": "proposal_to_approve", "mismatch": "mismatched_proposal",
    "settled_by_biller": "mismatched_proposal", "proposed": "mismatched_proposal",
}


def proposals(
    recalculations: pl.DataFrame, contracts: pl.DataFrame, consumption: pl.DataFrame, *, issued_on: date
) -> pl.DataFrame:
    """QUEUED rows of the RECALCULATIONS of one part. A proposal waits since the reading that caused it was submitted,
    but not since before this cycle began: what a closed month has queued keeps the day it had there."""
    submitted = consumption.select(event_id="reading_id", submitted_on=pl.col("submitted_at").dt.date())
    creditors = contracts.select(CREDITOR).unique("contract_id", keep="first", maintain_order=True)
    is_billed = pl.col("status_code").is_in(["mismatch", "settled_by_biller"])
    difference = pl.when(is_billed).then(pl.col("difference_kop") - pl.col("billed_kop").fill_null(0)).otherwise(
        "difference_kop"
    )
    is_settled = pl.col("status_code") == "settled_by_biller"
    # settled in the volume of a month he names no sum: nothing differs
    differs = (pl.col("billed_kop") != pl.col("difference_kop")).fill_null(False)
    # proposed, and the biller recalculated another sum for which nothing of it was billed
    is_untouched = (pl.col("status_code") == "proposed") & pl.col("billed_kop").is_null()
    open_ones = recalculations.filter(
        pl.col("status_code").is_in(list(_STATUS)), ~is_settled | differs, ~is_untouched
    )
    return queued(
        open_ones.join(creditors, on="contract_id", how="left")
        .join(submitted, on="event_id", how="left")
        .select(
            pl.col("proposal_id").alias(SUBJECT), "account_id", "creditor_id", "proposal_id",
            kind_code=pl.col("status_code").replace_strict(_STATUS, return_dtype=pl.String),
            effect_kop=difference.abs(),
            waiting_since_on=pl.max_horizontal(pl.col("submitted_on"), pl.lit(issued_on)),
            reason_codes=pl.concat_list(pl.when(is_settled).then("status_code"), "cause_code").list.drop_nulls(),
        )
    )


#: What an application or act is about: house, premises, service, days.
_ABOUT: Final = ("house_id", "premises_id", "service_code", "from_on", "to_on")


def returned_applications(returned: pl.DataFrame) -> pl.DataFrame:
    """QUEUED rows of the RETURNED_APPLICATIONS of one part: one an application, whatever is wrong with it."""
    told = returned.group_by("event_id", maintain_order=True).agg(
        pl.col("account_id").drop_nulls().first(), pl.col("reason_code").unique().sort(),
        pl.col("registered_on", "answer_due_on", *_ABOUT).first(),
    )
    return queued(told.select(
        pl.col("event_id").alias(SUBJECT), "account_id", *_ABOUT, kind_code=pl.lit("returned_application"),
        reason_codes="reason_code", effect_kop=pl.lit(0), waiting_since_on="registered_on",
        subject_id="event_id", due_on="answer_due_on",
    ))


def without_bill(
    incomplete_bills: pl.DataFrame, billed_before: pl.DataFrame, refused: pl.DataFrame, *, issued_on: date
) -> pl.DataFrame:
    """QUEUED rows of one part: accounts whose bill of the month is missing or was refused, without those whose refused
    document is in the queue itself. `billed_before`: BILLED_DOCUMENTS of the month before; `refused`: account_id of
    the latter."""
    reasons = (
        incomplete_bills.filter(pl.col("reason_code") != EARLIER_REJECTED)
        .join(refused, on="account_id", how="anti")
        .group_by("account_id").agg(reason_codes=pl.col("reason_code").unique().sort())
    )
    usual = (
        billed_before.filter(~pl.col("is_superseded"))
        .join(reasons, on="account_id", how="semi")
        .group_by("account_id").agg(effect_kop=total("billed_kop").clip(lower_bound=0))
    )
    return queued(reasons.join(usual, on="account_id", how="left").select(
        pl.col("account_id").alias(SUBJECT), "account_id", "reason_codes",
        kind_code=pl.lit("account_without_bill"), effect_kop=pl.col("effect_kop").fill_null(0),
        waiting_since_on=pl.lit(issued_on),
    ))
