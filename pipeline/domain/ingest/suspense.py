"""Suspended money: what could not be placed, why, and whose it may be. And a person's decisions about it.

One row per payment or reversal; a reversal is negative. `suspended_id` is the row's own id where it can be told and is
not taken by another row, else `<delivery>:<row>`.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from pipeline.contracts.ledger import SUSPENDED_PAYMENTS
from pipeline.contracts.payments import PAYMENT_IDENTIFICATIONS, PAYMENTS
from pipeline.contracts.table import Kind
from pipeline.domain.ingest.accounts import CANDIDATES, KNOWN_ACCOUNT, with_candidates
from pipeline.domain.ingest.fates import ACCEPTED, OPEN, SUSPENDED, breaks, of, settled, with_reasons
from pipeline.domain.ingest.repeats import with_repeats

#: The reason told is the first of these; everything else is an unreadable row.
_FIRST_OF: Final = (
    "malformed_key", "duplicate_id", "amount_too_large", "date_in_future", "unknown_reversal",
    "reversal_exceeds_payment", "unknown_account", "unknown_channel", "unknown_creditor", "unknown_court_case",
)
_UNUSABLE_ID: Final = ("missing_key", "malformed_key", "duplicate_id")
_OWN_ID: Final = "_own_id"


def suspended(payments: pl.DataFrame, reversals: pl.DataFrame, index: pl.DataFrame) -> pl.DataFrame:
    """All suspended rows of the cycle, in the shape of `suspended_payments`."""
    paid = with_candidates(of(payments, SUSPENDED), index).with_columns(pl.col("payment_id").alias(_OWN_ID))
    return pl.concat([_shaped(paid), _shaped(_as_negative(of(reversals, SUSPENDED)))]).sort("suspended_id")


def identified(
    decisions: pl.DataFrame, waiting: pl.DataFrame, *, known: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Decisions with their fates, and the accepted ones with the columns of the row they settle.

    `decisions` come placed and with reasons of the row rules; `waiting` is everything suspended, of closed months
    and of this cycle; `known` are decisions of closed months. A decision names `suspended_id`, or the payment where
    only one row waits for it. A reversal has no money to return: it is only said whose account it is taken from.
    """
    rules = {
        "unknown_account": (pl.col("decision_code") == "identified") & pl.col(KNOWN_ACCOUNT).is_null(),
        "unknown_suspended_payment": OPEN & pl.col("_suspended_id").is_null(),
        "reversal_not_returned": (pl.col("decision_code") == "returned") & pl.col("_is_reversal").fill_null(False),
    }
    told = with_repeats(decisions, ["event_id"], PAYMENT_IDENTIFICATIONS.inside_names, known)
    told = with_reasons(_with_their_row(told, waiting), rules).drop("_is_reversal")
    # two decisions on one row: the second has nothing left to decide
    told = told.sort("received_at", "registered_at", "event_id", "delivery_id", "row_number")
    turn = pl.when(OPEN).then(1).otherwise(0).cum_sum().over("_suspended_id")
    told = settled(with_reasons(told, {"already_decided": OPEN & (turn > 1)}))
    return told, _with_columns_of_row(of(told, ACCEPTED), waiting)


def _with_their_row(decisions: pl.DataFrame, waiting: pl.DataFrame) -> pl.DataFrame:
    reversals = waiting.filter(pl.col("amount_kop") < 0)["suspended_id"]
    by_id = waiting.select(payment_id=pl.col("suspended_id"), _by_id=pl.col("suspended_id"))
    single = waiting.drop_nulls("payment_id").filter(pl.len().over("payment_id") == 1)
    by_payment = single.select("payment_id", _by_payment=pl.col("suspended_id"))
    return (
        decisions.join(by_id, on="payment_id", how="left", maintain_order="left")
        .join(by_payment, on="payment_id", how="left", maintain_order="left")
        .with_columns(_suspended_id=pl.coalesce("_by_id", "_by_payment"))
        .with_columns(_is_reversal=pl.col("_suspended_id").is_in(reversals.implode()))
        .drop("_by_id", "_by_payment")
    )


def _with_columns_of_row(decisions: pl.DataFrame, waiting: pl.DataFrame) -> pl.DataFrame:
    """The suspended row with the account decided; its own written account is `paid_account_id`."""
    decided = decisions.select(
        "event_id", "registered_at", "decision_code", "evidence", suspended_id=pl.col("_suspended_id"),
        identified_account_id=pl.col(KNOWN_ACCOUNT), posted_at=pl.col("received_at"),
    )
    return (
        decided.join(waiting, on="suspended_id")
        .with_columns(paid_account_id=pl.col("account_id"), account_id=pl.col("identified_account_id"))
        .drop("identified_account_id")
        .sort("suspended_id")
    )


def _as_negative(reversals: pl.DataFrame) -> pl.DataFrame:
    """A reversal in the columns of a payment; what a payment alone has stays empty."""
    own = {
        _OWN_ID: pl.col("reversal_id"), "amount_kop": -pl.col("amount_kop"), "paid_at": pl.col("reversed_at"),
        "received_on": pl.col("received_at").dt.date(), CANDIDATES: pl.lit([], dtype=pl.List(pl.String())),
    }
    lacking = {
        column.inside_name: pl.lit(None, dtype=column.inside_dtype)
        for column in PAYMENTS.columns if column.inside_name not in reversals.columns and column.inside_name not in own
    }
    return reversals.with_columns(**own, **lacking)


def _shaped(rows: pl.DataFrame) -> pl.DataFrame:
    reason = pl.coalesce(
        pl.when(breaks("missing_key")).then(pl.lit("malformed_key")),
        *(pl.when(breaks(code)).then(pl.lit(code)) for code in _FIRST_OF),
        pl.lit("unreadable_row"),
    )
    is_unusable = pl.any_horizontal(breaks(code) for code in _UNUSABLE_ID)
    place = pl.concat_str("delivery_id", pl.col("row_number").cast(pl.String), separator=":")
    return rows.with_columns(
        *_readable_values(),
        suspended_id=pl.when(is_unusable).then(place).otherwise(pl.col(_OWN_ID)),
        reason_code=reason,
    ).select(SUSPENDED_PAYMENTS.inside_names)


def _readable_values() -> list[pl.Expr]:
    """A value of no list, or a month that is no first day, reads as missing: as delivered it lies in the inputs."""
    readable = {
        column.inside_name: pl.col(column.inside_name).is_in(list(column.allowed)) if column.allowed
        else pl.col(column.inside_name).dt.day() == 1
        for column in PAYMENTS.columns if column.allowed or column.kind is Kind.MONTH
    }
    return [pl.when(is_readable).then(pl.col(name)).alias(name) for name, is_readable in readable.items()]
