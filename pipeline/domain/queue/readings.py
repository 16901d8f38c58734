"""Doubtful readings on which money hangs: what believing one would put wrong reaches the threshold of the book.

Nobody decides it in a feed: a corrected reading, from the resident or from an inspector, settles it.
"""

from __future__ import annotations

from datetime import date
from typing import Final

import polars as pl

from pipeline.domain.queue.kinds import SUBJECT, queued

#: What is looked at of a doubt.
DOUBT: Final = (
    "reading_id", "account_id", "contract_id", "read_on", "finding_code", "cause_code", "effect_kop", "is_open"
)


def doubtful_readings(
    doubts: pl.DataFrame, creditors: pl.DataFrame, *, from_kop: int, issued_on: date
) -> pl.DataFrame:
    """QUEUED rows of the READING_DOUBTS of one part. One waits since it was read, but not since before this cycle
    began. `creditors`: contract_id and creditor_id."""
    grave = doubts.filter("is_open", pl.col("effect_kop").abs() >= from_kop)
    of_contract = creditors.unique("contract_id", keep="first", maintain_order=True)
    return queued(grave.join(of_contract, on="contract_id", how="left").select(
        pl.col("reading_id").alias(SUBJECT), "account_id", "creditor_id", subject_id="reading_id",
        kind_code=pl.lit("doubtful_reading"), effect_kop=pl.col("effect_kop").abs(),
        reason_codes=pl.concat_list("finding_code", "cause_code").list.drop_nulls().list.sort(),
        waiting_since_on=pl.max_horizontal(pl.col("read_on"), pl.lit(issued_on)),
    ))
