"""Slips of payers and providers: mistyped accounts, rows sent twice, dates to come, channels and reversals unknown.

Money is never refused: each of these is suspended or repeated, and what providers take back in good order (`undone`) is
no slip at all. Only payments of the single document slip.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import polars as pl

from pipeline.contracts import payments
from pipeline.generator.slips import ACCOUNT_NUMBER, SLIP, TOLD, Slips, told
from pipeline.generator.timetable import CHANNELS

MISTYPED: Final = "mistyped_account"
REPEATED: Final = "repeated_payment"
OTHER_CONTENT: Final = "payment_id_with_other_amount"
IN_FUTURE: Final = "payment_dated_in_future"
UNKNOWN_CHANNEL: Final = "unknown_channel"
REVERSED: Final = "reversed_payment"
UNKNOWN_REVERSAL: Final = "unknown_reversal"
EXCESSIVE: Final = "reversal_above_payment"
KINDS: Final = (
    MISTYPED, REPEATED, OTHER_CONTENT, IN_FUTURE, UNKNOWN_CHANNEL, REVERSED, UNKNOWN_REVERSAL, EXCESSIVE,
)
REVERSAL_EXTRA: Final = ("provider_code", "received_on")
IS_COPY: Final = "is_copy"
"""A row that its registry does not count once more."""
_SUSPENDED: Final = {MISTYPED: "unknown_account", IN_FUTURE: "date_in_future", UNKNOWN_CHANNEL: "unknown_channel"}
_LATER: Final = timedelta(days=4)
_TOO_MUCH_KOP: Final = 10_000


@dataclass(frozen=True)
class SlippedMoney:
    """What is delivered; `sound` and `undone`: the payments and reversals that ingest must accept; the answers."""

    paid: pl.DataFrame
    reversals: pl.DataFrame
    sound: pl.DataFrame
    undone: pl.DataFrame
    answers: pl.DataFrame


def slipped(paid: pl.DataFrame, slips: Slips | None, month_number: int, no_reversals: pl.DataFrame) -> SlippedMoney:
    """Payments of one cycle with slips, and reversals (inside shape, who delivers them and when)."""
    if slips is None:
        return SlippedMoney(paid.with_columns(pl.lit(False).alias(IS_COPY)), no_reversals, paid, no_reversals,
                            pl.DataFrame(schema=TOLD))
    drawn = slips.drawn(f"money {month_number}", KINDS, ACCOUNT_NUMBER)
    is_single = pl.col("payment_id").str.ends_with("-1")
    marked = paid.with_columns(pl.when(is_single).then(drawn).alias(SLIP), owner="account_id")
    changed = marked.pipe(_mistaken).with_columns(pl.lit(False).alias(IS_COPY))
    again = _again(marked.filter(pl.col(SLIP).is_in([REPEATED, OTHER_CONTENT])))
    reversals = _reversals(marked.filter(pl.col(SLIP).is_in([REVERSED, UNKNOWN_REVERSAL, EXCESSIVE])))
    delivered = pl.concat([changed, again])
    return SlippedMoney(
        delivered.drop(SLIP, "owner"), reversals.select(no_reversals.columns),
        marked.filter(~pl.col(SLIP).is_in(list(_SUSPENDED)).fill_null(False)).drop(SLIP, "owner"),
        reversals.filter(pl.col(SLIP) == REVERSED).select(no_reversals.columns),
        _answers(delivered, reversals),
    )


def _mistaken(marked: pl.DataFrame) -> pl.DataFrame:
    slip = pl.col(SLIP)
    wrong = pl.concat_str(pl.lit("6"), pl.col("account_id").str.slice(1))
    return marked.with_columns(
        account_id=pl.when(slip == MISTYPED).then(wrong).otherwise("account_id"),
        paid_at=pl.col("paid_at") + pl.when(slip == IN_FUTURE).then(timedelta(days=365)).otherwise(timedelta(0)),
        channel_code=pl.when(slip == UNKNOWN_CHANNEL).then(pl.lit("terminal_7")).otherwise("channel_code"),
    )


def _again(marked: pl.DataFrame) -> pl.DataFrame:
    """The row once more: word for word in its own registry, or its id with another amount in a later one."""
    is_other = pl.col(SLIP) == OTHER_CONTENT
    return marked.with_columns(
        amount_kop=pl.col("amount_kop") + pl.when(is_other).then(_TOO_MUCH_KOP).otherwise(0),
        received_on=pl.when(is_other).then(_registry_after(_LATER)).otherwise("received_on"),
        **{IS_COPY: ~is_other},
    )


def _reversals(marked: pl.DataFrame) -> pl.DataFrame:
    slip = pl.col(SLIP)
    return marked.with_columns(
        reversal_id=pl.format("R-{}", "payment_id"), original_received_on="received_on",
        payment_id=pl.when(slip == UNKNOWN_REVERSAL).then(pl.format("{}-never", "payment_id")).otherwise("payment_id"),
        amount_kop=pl.col("amount_kop") + pl.when(slip == EXCESSIVE).then(_TOO_MUCH_KOP).otherwise(0),
        reversed_at=pl.col("received_on").cast(pl.Datetime("us")).dt.replace_time_zone("Europe/Moscow")
        + timedelta(days=2, hours=12),
        reason_code=pl.lit("bank_error"), received_on=_registry_after(_LATER),
        registry_id=pl.lit(None, dtype=pl.String),
    ).select(*payments.PAYMENT_REVERSALS.inside_names, *REVERSAL_EXTRA, SLIP, "owner")


def _registry_after(later: timedelta) -> pl.Expr:
    """The day of the channel's registry that brings what happened so long after a payment was received."""
    received = pl.lit(None, dtype=pl.Date())
    for channel in CHANNELS:
        this = pl.col("channel_code") == channel.code
        received = pl.when(this).then(channel.received_on_expr(pl.col("received_on") + later)).otherwise(received)
    return received


def _answers(delivered: pl.DataFrame, reversals: pl.DataFrame) -> pl.DataFrame:
    first = delivered.filter(~pl.col(IS_COPY))
    # of an id with two amounts the later row is suspended: it alone came in a later registry
    other = first.filter(pl.col(SLIP) == OTHER_CONTENT).sort("received_on").unique("payment_id", keep="last")
    return pl.concat(
        told(rows, table, row_id, fate, reasons, arrived_on="received_on", account="owner")
        for rows, table, row_id, fate, reasons in (
            (first, "payments", "payment_id", "suspended", _SUSPENDED),
            (other, "payments", "payment_id", "suspended", {OTHER_CONTENT: "duplicate_id"}),
            (delivered.filter(pl.col(IS_COPY)), "payments", "payment_id", "repeated", {REPEATED: "repeated"}),
            (reversals, "payment_reversals", "reversal_id", "suspended",
             {UNKNOWN_REVERSAL: "unknown_reversal", EXCESSIVE: "reversal_exceeds_payment"}),
            (reversals, "payment_reversals", "reversal_id", "accepted", {REVERSED: "accepted"}),
        )
    )
