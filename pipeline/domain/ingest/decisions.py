"""What persons decided about quarantined rows: drop for good, or take in as they are.

A decision names table, delivery and row. A rejected row is refused by `rejected_by_person`, and so no longer competes
with others. A re-admitted row is judged anew with the registers of today, its dates excused; what would break a table
or a sum still refuses it. The latest decision on a row holds.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from pipeline.domain.ingest.fates import REASONS, ROW, as_reasons, listed_reasons, with_reasons
from pipeline.domain.ingest.row_rules import WAIVABLE

REFUSED_ROW: Final = ("refused_delivery_id", "refused_row_number")
REJECTED_BY_PERSON: Final = "rejected_by_person"


def decided(frame: pl.DataFrame, table: str, decisions: pl.DataFrame) -> pl.DataFrame:
    """The frame with rejected rows refused and re-admitted rows excused."""
    if frame.is_empty() or decisions.is_empty():
        return frame
    mine = decisions.filter(pl.col("table_name") == table)
    if mine.is_empty():
        return frame
    latest = mine.sort("registered_at", "event_id").unique(list(REFUSED_ROW), keep="last", maintain_order=True)
    told = frame.join(latest.select(*REFUSED_ROW, "decision_code"), left_on=list(ROW), right_on=list(REFUSED_ROW),
                      how="left", maintain_order="left")
    is_excused = (pl.col("decision_code") == "readmit").fill_null(False)
    excused = as_reasons(listed_reasons().list.set_difference(list(WAIVABLE)))
    told = told.with_columns(pl.when(is_excused).then(excused).otherwise(pl.col(REASONS)).alias(REASONS))
    is_rejected = (pl.col("decision_code") == "reject").fill_null(False)
    return with_reasons(told, {REJECTED_BY_PERSON: is_rejected}).drop("decision_code")
