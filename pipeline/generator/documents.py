"""The documents that carry charge lines: their printed totals. What a document prints of earlier debt is not here."""

from __future__ import annotations

import polars as pl

from pipeline.contracts import billing
from pipeline.generator.tariffs import EVERY_SERVICE
from pipeline.generator.timetable import Cycle


def documents_of(lines: pl.DataFrame, cycle: Cycle) -> pl.DataFrame:
    """Documents of one month's lines (each document's together), inside shape; debt and advance before are filled in
    later."""
    of_class = {code: pl.col("service_code").is_in([s.code for s in EVERY_SERVICE if s.class_code == code])
                for code in ("voluntary", "penalty")}
    payable, nothing = pl.col("payable_kop"), pl.lit(0, dtype=pl.Int64)
    kind = pl.col("document_id").str.slice(-2, 1)
    return (
        lines.with_columns(_run=pl.col("document_id").rle_id()).group_by("_run", maintain_order=True)
        .agg(
            pl.col("document_id", "account_id").first(),
            charged_kop=payable.filter(~of_class["voluntary"] & ~of_class["penalty"]).sum(),
            penalty_kop=payable.filter(of_class["penalty"]).sum(),
            voluntary_insurance_kop=payable.filter(of_class["voluntary"]).sum(),
        )
        .with_columns(
            document_type_code=kind.replace_strict(
                {"M": "main", "F": "capital_repair", "W": "waste"}, return_dtype=pl.String
            ),
            creditor_id=kind.replace_strict({"F": "fund", "W": "eco"}, default=None, return_dtype=pl.String),
            version=pl.lit(1, dtype=pl.Int64), supersedes_document_id=pl.lit(None, dtype=pl.String),
            billing_month=pl.lit(cycle.month.first_day), issued_on=pl.lit(cycle.issue_on),
            delivered_on=pl.lit(None, dtype=pl.Date()), debt_before_kop=nothing, advance_before_kop=nothing,
            payable_kop=pl.col("charged_kop"), payable_with_penalty_kop=pl.col("charged_kop") + pl.col("penalty_kop"),
        )
        .select(billing.BILLING_DOCUMENTS.inside_names)
    )
