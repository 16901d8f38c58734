"""Bills that do not follow from the registers: a house, or a cause over the whole book, that leaves its band."""

from __future__ import annotations

from datetime import date
from typing import Final

import polars as pl

from pipeline.domain.queue.kinds import SUBJECT, queued
from pipeline.money import total

EVERY: Final = "*"


def differing(
    totals: pl.DataFrame, *, house_band_kop: int, cause_band_kop: int, issued_on: date
) -> pl.DataFrame:
    """QUEUED rows of CHARGE_AUDIT_TOTALS: `<house>|<service>|<cause>`, and `*|*|<cause>` of the whole book."""
    rows = totals.filter(pl.col("outcome_code") == "differs")
    house = pl.col("house_id").fill_null("-")
    of_houses = rows.select(
        pl.concat_str(house, "service_code", "cause_code", separator="|").alias("subject_id"), "cause_code",
        effect_kop=pl.col("difference_kop").abs(),
    ).filter(pl.col("effect_kop") >= house_band_kop)
    of_causes = rows.group_by("cause_code").agg(effect_kop=total("difference_kop").abs()).select(
        pl.format(f"{EVERY}|{EVERY}|{{}}", "cause_code").alias("subject_id"), "cause_code", "effect_kop"
    ).filter(pl.col("effect_kop") >= cause_band_kop)
    return queued(pl.concat([of_houses, of_causes]).select(
        pl.col("subject_id").alias(SUBJECT), "subject_id", "effect_kop", kind_code=pl.lit("charges_differ"),
        waiting_since_on=pl.lit(issued_on), reason_codes=pl.concat_list(pl.col("cause_code")),
    ))
