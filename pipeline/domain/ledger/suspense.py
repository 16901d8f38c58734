"""What is suspended at the cut: carried over, plus new, less what a decision, a reversal or a correction took out.

A reversal of a payment that is itself suspended takes it out of the suspense; the payment's registry bears it, so the
kopecks that its own registry brought are moved there (`shifted`).
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from pipeline.contracts.ledger import SUSPENDED_PAYMENTS


@dataclass(frozen=True)
class Suspense:
    """`rows`: inside SUSPENDED_PAYMENTS at the cut; `shifted`: registry_id, received_kop moved between registries."""

    rows: pl.DataFrame
    shifted: pl.DataFrame


def suspense(
    carried: pl.DataFrame, new: pl.DataFrame, *, settled: pl.Series, reversals: pl.DataFrame, not_found: pl.DataFrame
) -> Suspense:
    """`settled`: suspended ids that left by decision or correction; `reversals`: of payments set aside this month
    (payment_id, amount_kop); `not_found`: rows of reversed money that no account holds."""
    standing = pl.concat([carried, new]).filter(~pl.col("suspended_id").is_in(settled.implode()))
    told = standing.pipe(_less_reversals, reversals)
    pairs = _pairs(told)
    left = (
        told.join(pairs.select("suspended_id", "change_kop"), on="suspended_id", how="left")
        .with_columns(pl.col("amount_kop") + pl.col("change_kop").fill_null(0))
        .filter(pl.col("amount_kop") != 0)
    )
    shifted = pairs.group_by("registry_id").agg(received_kop=pl.col("change_kop").sum()).drop_nulls("registry_id")
    return Suspense(
        pl.concat([left.select(SUSPENDED_PAYMENTS.inside_names), not_found]).sort("suspended_id"), shifted
    )


def not_found_rows(not_found: pl.DataFrame, reversals: pl.DataFrame) -> pl.DataFrame:
    """Reversed money that no account holds, as negative suspended rows of the payment's registry."""
    terms = reversals.select(
        "reversal_id", "paid_at", registry_id="payment_registry_id",
        received_on=pl.col("posted_at").dt.date(), received_at="posted_at",
    ).unique("reversal_id")
    told = not_found.join(terms, on="reversal_id", how="left").with_columns(
        suspended_id="reversal_id", amount_kop=-pl.col("amount_kop"), reason_code=pl.lit("reversal_exceeds_payment"),
        candidate_account_ids=pl.concat_list("account_id"), delivery_id=pl.lit("ledger"),
        row_number=pl.lit(1, dtype=pl.Int64),
    )
    lacking = [
        pl.lit(None, dtype=dtype).alias(name) for name, dtype in SUSPENDED_PAYMENTS.inside_schema.items()
        if name not in told.columns
    ]
    return told.with_columns(lacking).select(SUSPENDED_PAYMENTS.inside_names)


def _less_reversals(standing: pl.DataFrame, reversals: pl.DataFrame) -> pl.DataFrame:
    taken = reversals.group_by("payment_id").agg(taken_kop=pl.col("amount_kop").sum())
    return (
        standing.join(taken, on="payment_id", how="left")
        .with_columns(
            pl.when(pl.col("amount_kop") > 0).then(pl.col("amount_kop") - pl.col("taken_kop").fill_null(0))
            .otherwise("amount_kop")
        )
        .drop("taken_kop")
    )


def _pairs(standing: pl.DataFrame) -> pl.DataFrame:
    """Suspended payments with suspended reversals of them: suspended_id, registry_id, change_kop (sums to zero)."""
    known = standing.filter(pl.col("payment_id").is_not_null())
    back = known.filter(pl.col("amount_kop") < 0).group_by("payment_id").agg(back_kop=pl.col("amount_kop").sum())
    paired = known.filter(pl.col("amount_kop") > 0).join(back, on="payment_id").filter(
        pl.col("amount_kop") + pl.col("back_kop") >= 0, pl.len().over("payment_id") == 1
    )
    gone = known.filter(pl.col("amount_kop") < 0).join(paired, on="payment_id", how="semi")
    return pl.concat([
        paired.select("suspended_id", "registry_id", change_kop="back_kop"),
        gone.select("suspended_id", "registry_id", change_kop=-pl.col("amount_kop")),
    ])
