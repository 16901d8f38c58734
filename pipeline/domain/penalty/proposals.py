"""Penalties that wait for a document: what the months have proposed, less what lines with our batch have billed.

    to bill    = waited before − billed by the cycle's lines + change of this month       account × creditor
    billed     the lines are exactly what waited; mismatch: they are something else, and the rest goes on waiting

A line tells its batch, and the batch its creditor, whichever contract the biller puts the line on. A biller's own
penalty lines without a batch of ours are his: only what was paid of them is kept, for the court (`paid_penalties`).
"""

from __future__ import annotations

from datetime import date
from typing import Final

import polars as pl

from pipeline import money
from pipeline.contracts.ledger import ITEM_KEY
from pipeline.contracts.penalty import PAID_PENALTIES, PENALTY_PROPOSALS

_MARK: Final = ":penalty:"
_PAIR: Final = ("account_id", "creditor_id")


def batch_id(month: date) -> pl.Expr:
    """`2026-04:penalty:<creditor>`, readable on a charge line."""
    return pl.format("{}{}{}", pl.lit(f"{month:%Y-%m}"), pl.lit(_MARK), "creditor_id")


def is_of_penalty() -> pl.Expr:
    """Whether a line carries a batch of penalties."""
    return pl.col("batch_id").str.contains(_MARK, literal=True).fill_null(False)


def billed_by_lines(charges: pl.DataFrame, documents: pl.DataFrame) -> pl.DataFrame:
    """account_id, creditor_id, billed_kop of the cycle's lines. A document that another one of the cycle replaces bills
    nothing; one that replaces a document of an older cycle bills again what was billed then."""
    replaced = documents["supersedes_document_id"].drop_nulls()
    again = documents.filter(
        pl.col("supersedes_document_id").is_not_null(),
        ~pl.col("supersedes_document_id").is_in(documents["document_id"].implode()),
    )["document_id"]
    left_out = pl.concat([replaced, again])
    return charges.filter(is_of_penalty(), ~pl.col("document_id").is_in(left_out.implode())).with_columns(
        creditor_id=pl.col("batch_id").str.splitn(_MARK, 2).struct.field("field_1")
    ).group_by(_PAIR).agg(billed_kop=money.total("payable_kop"))


def paid_penalties(before: pl.DataFrame, movements: pl.DataFrame) -> pl.DataFrame:
    """Inside PAID_PENALTIES: those of the months before and this month's movements on penalty lines."""
    moved = movements.select(*ITEM_KEY, "billing_month", paid_kop="allocated_kop")
    return (
        pl.concat([before.select(moved.columns), moved]).group_by(ITEM_KEY)
        .agg(pl.col("billing_month").first(), money.total("paid_kop"))
        .filter(pl.col("paid_kop") != 0).select(PAID_PENALTIES.inside_names).sort(ITEM_KEY)
    )


def proposals(
    penalties: pl.DataFrame, before: pl.DataFrame, billed: pl.DataFrame, *, month: date
) -> pl.DataFrame:
    """Inside PENALTY_PROPOSALS. `penalties`: of this month; `before`: PENALTY_PROPOSALS of the state."""
    changes = penalties.filter(pl.col("change_kop") != 0).group_by(_PAIR).agg(money.total("change_kop"))
    waited = before.filter(pl.col("to_bill_kop") != 0).select(*_PAIR, opening_kop="to_bill_kop")
    sums = ("opening_kop", "billed_kop", "change_kop")
    return (
        pl.concat([waited, billed, changes], how="diagonal")
        .group_by(_PAIR).agg(pl.col(name).sum() for name in sums)
        .join(billed.select(*_PAIR, has_line=pl.lit(True)), on=_PAIR, how="left")
        .with_columns(
            to_bill_kop=pl.col("opening_kop") - pl.col("billed_kop") + pl.col("change_kop"),
            status_code=pl.when(pl.col("has_line").is_null()).then(pl.lit("proposed"))
            .when(pl.col("billed_kop") == pl.col("opening_kop")).then(pl.lit("billed")).otherwise(pl.lit("mismatch")),
        )
        .with_columns(batch_id=pl.when(pl.col("to_bill_kop") != 0).then(batch_id(month)))
        .select(PENALTY_PROPOSALS.inside_names).sort(_PAIR)
    )
