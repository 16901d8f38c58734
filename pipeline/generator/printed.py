"""What a document prints of earlier months: debt and advance before it, by the payments counted until its cut.

A flow is one sum that an account owes (billed) or has paid, with the day it became known; insurance is left out, and
money of the fund (F), the waste operator (W) and the single document (M) are counted apart.
"""

from __future__ import annotations

import polars as pl

from pipeline.generator.timetable import Cycle
from pipeline.generator.town import FUND, WASTE_OPERATOR

_OF_DOCUMENT = pl.col("document_id").str.slice(-2, 1)
_OF_PAYMENT = (
    pl.when(pl.col("designated_creditor_id") == FUND).then(pl.lit("F"))
    .when(pl.col("designated_creditor_id") == WASTE_OPERATOR).then(pl.lit("W")).otherwise(pl.lit("M"))
)


def billed(documents: pl.DataFrame) -> pl.DataFrame:
    """Documents as flows; a replaced version does not count."""
    replaced = documents["supersedes_document_id"].drop_nulls().to_list()
    return _flows(documents.filter(~pl.col("document_id").is_in(replaced)), _OF_DOCUMENT, "issued_on", "charged_kop")


def owed(items: pl.DataFrame) -> pl.DataFrame:
    """Opening items as flows."""
    return _flows(items, _OF_DOCUMENT, "issued_on", "outstanding_kop")


def paid(payments: pl.DataFrame) -> pl.DataFrame:
    """Payments as flows."""
    return _flows(payments, _OF_PAYMENT, "received_on", pl.col("voluntary_kop") - pl.col("amount_kop"), is_billed=False)


def advanced(advances: pl.DataFrame) -> pl.DataFrame:
    """Opening advances as flows."""
    return _flows(advances, pl.lit("M"), "received_on", -pl.col("amount_kop"), is_billed=False)


def undone(reversals: pl.DataFrame) -> pl.DataFrame:
    """Reversals as flows: what was paid is owed again."""
    return _flows(reversals.filter(pl.col("account_id").is_not_null()), pl.lit("M"), "received_on", "amount_kop",
                  is_billed=False)


def with_printed_balances(documents: pl.DataFrame, flows: list[pl.DataFrame], cycle: Cycle) -> pl.DataFrame:
    """Documents of one cycle with `debt_before_kop` and `advance_before_kop` from all flows known by then."""
    in_time = pl.when("is_billed").then(pl.col("known_on") < cycle.issue_on).otherwise(
        pl.col("known_on") <= cycle.payments_counted_until
    )
    before = pl.concat(flows).filter(in_time).group_by("account_id", "kind").agg(before_kop=pl.col("amount_kop").sum())
    zero = pl.lit(0, dtype=pl.Int64)
    return (
        documents.with_columns(kind=_OF_DOCUMENT)
        .join(before, on=["account_id", "kind"], how="left", maintain_order="left")
        .with_columns(pl.col("before_kop").fill_null(0))
        .with_columns(
            debt_before_kop=pl.max_horizontal("before_kop", zero),
            advance_before_kop=pl.max_horizontal(-pl.col("before_kop"), zero),
        )
        .drop("kind", "before_kop")
    )


def _flows(
    rows: pl.DataFrame, kind: pl.Expr, known_on: str, amount: str | pl.Expr, *, is_billed: bool = True
) -> pl.DataFrame:
    signed = pl.col(amount) if isinstance(amount, str) else amount
    return rows.select(
        "account_id", kind=kind, known_on=known_on, amount_kop=signed, is_billed=pl.lit(is_billed)
    )
