"""Refused rows as they are published: where they came from, why, and their values without personal columns."""

from __future__ import annotations

import polars as pl

from pipeline.contracts.ingest import QUARANTINE
from pipeline.contracts.table import Table
from pipeline.domain.ingest.accounts import KNOWN_ACCOUNT
from pipeline.domain.ingest.fates import QUARANTINED, listed_reasons, of


def quarantined(settled: pl.DataFrame, table: Table, originals: pl.DataFrame) -> pl.DataFrame:
    """Rows of `quarantine`. `originals` hold the refused rows as delivered, with delivery_id and row_number."""
    shown = [name for name in originals.columns if name in table.names and name not in table.personal_columns]
    as_json = originals.select(
        "delivery_id", "row_number", original_values=pl.struct(pl.col(shown).cast(pl.String)).struct.json_encode()
    )
    account = pl.col(KNOWN_ACCOUNT) if KNOWN_ACCOUNT in settled.columns else pl.lit(None, dtype=pl.String())
    return (
        of(settled, QUARANTINED)
        .join(as_json, on=["delivery_id", "row_number"], how="left")
        .with_columns(
            table_name=pl.lit(table.name), account_id=account, rule_ids=listed_reasons(),
            original_values=pl.col("original_values").fill_null("{}"),
        )
        .select(QUARANTINE.inside_names)
        .sort(QUARANTINE.primary_key)
    )
