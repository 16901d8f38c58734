"""Slips of the crowd, for books without a cast of stories to show them: a small share of everything goes wrong.

Mistyped account numbers, reversals, readings below the previous one and far above the average, documents that do not
add up. Shares are per mille of rows; which row is hit depends on its account and month only.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import polars as pl

from pipeline.contracts import payments
from pipeline.generator.draws import Draws
from pipeline.generator.tariffs import UNIT
from pipeline.generator.timetable import CHANNELS, Cycle

REVERSAL_EXTRA: Final = ("provider_code", "received_on")
_REVERSED_AFTER: Final = timedelta(days=4)


def _key(account_id: str = "account_id") -> pl.Expr:
    return pl.col(account_id).str.slice(2, 7).cast(pl.UInt64)


def mistyped(paid: pl.DataFrame, draws: Draws, month_number: int, share: int) -> pl.DataFrame:
    """The first digit of some account numbers is one too high; no such account exists."""
    is_slip = draws.per_mille(f"mistyped {month_number}", share, key=_key())
    wrong = pl.concat_str(pl.lit("6"), pl.col("account_id").str.slice(1))
    return paid.with_columns(account_id=pl.when(is_slip).then(wrong).otherwise("account_id"))


def reversed_of(paid: pl.DataFrame, draws: Draws, month_number: int, share: int) -> pl.DataFrame:
    """Reversals of some bank payments, inside shape of `payment_reversals` plus who delivers them and when."""
    is_slip = draws.per_mille(f"reversed {month_number}", share, key=_key())
    undone_on = pl.col("received_on") + _REVERSED_AFTER
    received = pl.lit(None, dtype=pl.Date())
    for channel in CHANNELS:
        this = pl.col("channel_code") == channel.code
        received = pl.when(this).then(channel.received_on_expr(undone_on)).otherwise(received)
    return (
        paid.filter(is_slip)
        .with_columns(
            reversal_id=pl.format("R-{}", "payment_id"), original_received_on="received_on",
            reversed_at=pl.col("paid_at") + timedelta(days=7), reason_code=pl.lit("bank_error"),
        )
        .with_columns(received_on=received)
        .select(*payments.PAYMENT_REVERSALS.inside_names, *REVERSAL_EXTRA)
    )


def misread(readings: pl.DataFrame, draws: Draws, month_number: int, share: int) -> pl.DataFrame:
    """Some registers go back by ten units, some jump by five hundred."""
    key = pl.col("meter_id").str.slice(5, 7).cast(pl.UInt64)
    back = draws.per_mille(f"below {month_number}", share, key=key)
    jump = draws.per_mille(f"above {month_number}", share, key=key)
    value = pl.col("value_e7")
    return readings.with_columns(
        value_e7=pl.when(back).then(value - 10 * UNIT).when(jump).then(value + 500 * UNIT).otherwise(value)
    )


def misadded(documents: pl.DataFrame, draws: Draws, cycle: Cycle, share: int) -> pl.DataFrame:
    """The total of some documents is ten roubles too high."""
    is_slip = draws.per_mille(f"misadded {cycle.month}", share, key=_key())
    more = pl.when(is_slip).then(1000).otherwise(0)
    return documents.with_columns(
        pl.col("charged_kop", "payable_kop", "payable_with_penalty_kop") + more
    )
