"""Suspended money: a payment waits for its account, a reversal for its payment. Effects sum to the suspended money."""

from __future__ import annotations

import polars as pl

from pipeline.domain.queue.kinds import SUBJECT, queued


def suspended(rows: pl.DataFrame) -> pl.DataFrame:
    """QUEUED rows of SUSPENDED_PAYMENTS, one for one."""
    is_payment = pl.col("amount_kop") > 0
    return queued(rows.select(
        pl.col("suspended_id").alias(SUBJECT), "registry_id", "candidate_account_ids",
        kind_code=pl.when(is_payment).then(pl.lit("suspended_payment")).otherwise(pl.lit("suspended_reversal")),
        payment_id="suspended_id", written_account_id="account_id", creditor_id="designated_creditor_id",
        document_id="designated_document_id", effect_kop=pl.col("amount_kop").abs(),
        waiting_since_on=pl.col("received_at").dt.date(), reason_codes=pl.concat_list("reason_code"),
    ))
