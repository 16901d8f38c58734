"""Houses whose meter and flats do not fit: flats above the house, or a difference beyond the bound, worth a look; and
houses that their meter should correct but that the book alone cannot share.
"""

from __future__ import annotations

from datetime import date
from typing import Final

import polars as pl

from pipeline.contracts.house_corrections import FOR_A_PERSON
from pipeline.domain.queue.kinds import SUBJECT, queued

_OUT: Final = ("differs", "flats_exceed")


def unbalanced(balances: pl.DataFrame, *, from_kop: int, issued_on: date) -> pl.DataFrame:
    """QUEUED rows of HOUSE_BALANCES: `<house>|<service>`."""
    rows = balances.filter(pl.col("outcome_code").is_in(list(_OUT)), pl.col("effect_kop").abs() >= from_kop)
    subject = pl.concat_str("house_id", "service_code", separator="|")
    return queued(rows.select(
        subject.alias(SUBJECT), subject.alias("subject_id"), effect_kop=pl.col("effect_kop").abs(),
        kind_code=pl.lit("house_balance"), waiting_since_on=pl.lit(issued_on),
        reason_codes=pl.concat_list("outcome_code"),
    ))


def uncorrected(corrections: pl.DataFrame, *, issued_on: date) -> pl.DataFrame:
    """QUEUED rows of HOUSE_CORRECTIONS, one a house: `<house>|<its first service>`, with every reason. What it comes to
    is not known."""
    rows = corrections.filter(pl.col("reason_code").is_in(list(FOR_A_PERSON))).group_by("house_id").agg(
        pl.col("service_code").min(), reason_codes=pl.col("reason_code").unique().sort()
    ).sort("house_id")
    subject = pl.concat_str("house_id", "service_code", separator="|")
    return queued(rows.select(
        subject.alias(SUBJECT), subject.alias("subject_id"), "reason_codes",
        effect_kop=pl.lit(0, dtype=pl.Int64), kind_code=pl.lit("house_correction"), waiting_since_on=pl.lit(issued_on),
    ))
