"""What an act says of the flat of a line, and the days of its contract: of few lines, or from few rows."""

from __future__ import annotations

import polars as pl

from pipeline.domain.rating.ground import Known


def with_impossible(lines: pl.DataFrame, known: Known) -> pl.DataFrame:
    """is_impossible: an act says that the flat can have no meter of the service; asked of uplifts only."""
    acts = known.premises.select("premises_id", service_code="meter_impossible_services").explode("service_code")
    flats = acts.drop_nulls().join(known.accounts.select("account_id", "premises_id"), on="premises_id")
    uplifts = lines.filter(pl.col("basis") == "norm_uplift").select("line", "account_id", "service_code")
    found = uplifts.join(flats, on=["account_id", "service_code"], how="semi")["line"]
    return lines.with_columns(is_impossible=pl.col("line").is_in(found.implode()))


def with_window(lines: pl.DataFrame, known: Known) -> pl.DataFrame:
    """window_from, window_to: days of the month on which account and contract both hold."""
    first, last = lines["charge_month"].min(), lines["charge_month"].dt.month_end().max()
    part = known.contracts.filter(
        (pl.col("valid_from") > pl.lit(first)) | (pl.col("valid_to") < pl.lit(last)).fill_null(False)
    ).select("contract_id", contract_from="valid_from", contract_until="valid_to")
    if part.is_empty():
        return lines.with_columns(window_from="open_from", window_to="open_to")
    start, days = pl.col("charge_month"), pl.col("days")
    begins = (pl.col("contract_from") - start).dt.total_days().fill_null(0)
    ends = ((pl.col("contract_until") - start).dt.total_days() + 1).fill_null(days)
    return lines.join(part, on="contract_id", how="left", maintain_order="left").with_columns(
        window_from=pl.max_horizontal("open_from", begins), window_to=pl.min_horizontal("open_to", ends)
    )
