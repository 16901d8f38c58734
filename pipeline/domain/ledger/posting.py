"""Payments as they are posted: what arrived on time, what moved to a successor, what a person identified.

A suspended row may lack what could not be read. Once a person has said whose money it is, it is posted with the weakest
reading: paid when it arrived, no designation, an ordinary purpose. Not here: whose account it is (`placing.py`).
"""

from __future__ import annotations

import polars as pl

from pipeline.contracts.ledger import POSTED_PAYMENTS

#: Registry and channel of identified money whose row did not name them readably.
UNREADABLE = "unknown"


def posted_payments(
    accepted: pl.DataFrame, leaving: pl.Series, moved: pl.DataFrame, identified: pl.DataFrame
) -> pl.DataFrame:
    """Inside POSTED_PAYMENTS. `leaving`: payments of the part that moved or were set aside; `moved`: those that come
    here; `identified`: accepted decisions with their suspended rows (positive ones only)."""
    names = POSTED_PAYMENTS.inside_names
    stays = accepted.filter(~pl.col("payment_id").is_in(leaving.implode()), ~pl.col("is_identified"))
    return pl.concat([stays.select(names), moved.select(names), _read_weakly(identified).select(names)])


def identified_money(decisions: pl.DataFrame) -> pl.DataFrame:
    """Decisions that give money to an account. It is posted under the id of its suspended row: the payment's own may
    be unreadable, or another payment's."""
    return decisions.filter(pl.col("decision_code") == "identified", pl.col("amount_kop") > 0).with_columns(
        payment_id="suspended_id"
    )


def identified_reversals(decisions: pl.DataFrame) -> pl.DataFrame:
    """Decisions that say on whose account an unknown reversal takes its payment back."""
    return decisions.filter(pl.col("decision_code") == "identified", pl.col("amount_kop") < 0).select(
        "account_id", "payment_id", "registry_id", "posted_at", reversal_id="suspended_id",
        amount_kop=-pl.col("amount_kop"),
    )


def _read_weakly(identified: pl.DataFrame) -> pl.DataFrame:
    weakest = {
        "paid_at": pl.col("posted_at"),
        "paid_at_precision_code": pl.lit("registry"), "received_on": pl.col("posted_at").dt.date(),
        "channel_code": pl.lit(UNREADABLE), "payer_code": pl.lit("resident"), "designation_code": pl.lit("none"),
        "purpose_code": pl.lit("regular"), "registry_id": pl.lit(UNREADABLE), "paid_account_id": pl.col("account_id"),
        "registry_row": pl.lit(0, dtype=pl.Int64),
    }
    return identified.with_columns(
        *(pl.coalesce(name, instead).alias(name) for name, instead in weakest.items()), is_identified=pl.lit(True)
    )
