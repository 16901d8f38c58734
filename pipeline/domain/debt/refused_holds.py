"""A hold that was refused still holds: an innocent person is not troubled because a clerk mistyped a creditor.

    a quarantined row of `holds` or `person_statuses` that names an account or a person  →  a hold on all of their
    debts, from its arrival,
    until a person decides (`quarantine_decisions`): re-admitted, it is a hold like any other; rejected, it is none

Not here: which rows are refused (`ingest`), what a hold does (`holds.py`).
"""

from __future__ import annotations

from typing import Final

import polars as pl

from pipeline.contracts.events import HOLDS
from pipeline.contracts.person_statuses import PERSON_STATUSES

REFUSED: Final = "hold_refused"
#: Tables whose rows hold somebody.
HOLDING: Final = (HOLDS.name, PERSON_STATUSES.name)


def refused_holds(quarantine: pl.DataFrame, decisions: pl.DataFrame) -> pl.DataFrame:
    """HOLDS, inside shape, of the refused rows that nobody has decided; rows that name nobody give none.

    quarantine: QUARANTINE of this month and the ones before; decisions: QUARANTINE_DECISIONS up to the cut
    """
    decided = decisions.select(
        "table_name", pl.col("refused_delivery_id").alias("delivery_id"),
        pl.col("refused_row_number").alias("row_number"),
    )
    return (
        quarantine.filter(pl.col("table_name").is_in(HOLDING))
        .unique(["delivery_id", "row_number"], keep="first")
        .join(decided, on=["table_name", "delivery_id", "row_number"], how="anti")
        .select(
            event_id=pl.format("refused:{}:{}", "delivery_id", "row_number"), registered_at="received_at",
            account_id=pl.coalesce("account_id", _as_written("account_id")), person_id=_as_written("person_id"),
            creditor_id=pl.lit(None, dtype=pl.String), reason_code=pl.lit(REFUSED),
            from_on=pl.col("received_at").dt.date(), to_on=pl.lit(None, dtype=pl.Date),
        )
        .filter(pl.col("account_id").is_not_null() | pl.col("person_id").is_not_null())
        .select(HOLDS.inside_names)
        .sort("event_id")
    )


def _as_written(column: str) -> pl.Expr:
    return pl.col("original_values").str.json_path_match(f"$.{column}")
