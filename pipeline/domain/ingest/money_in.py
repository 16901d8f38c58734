"""Payments and reversals: money is never quarantined. A row that cannot be placed or read whole is suspended.

Order of judgement: rows of replaced registry versions are superseded; the same payment again repeats; the rest is
suspended for the first of its reasons, or accepted on the account that its written id means. Reversals follow, since
they need to know which payments stand.

Not here: whose a suspended payment is (`suspense.py`), what a corrected registry undoes (`corrections.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import polars as pl

from pipeline.contracts.ingest import POSTED_REVERSALS
from pipeline.contracts.payments import PAYMENT_REVERSALS, PAYMENTS
from pipeline.domain.ingest import corrections, registries
from pipeline.domain.ingest.accounts import spelled_as_in_the_book
from pipeline.domain.ingest.fates import (
    ACCEPTED,
    FATE,
    OPEN,
    REPEATED,
    SUSPENDED,
    breaks,
    of,
    settled,
    with_fate,
    with_reasons,
)
from pipeline.domain.ingest.repeats import DUPLICATE_ID, with_repeats

#: A registry sent again carries a new day of receipt; the payment is the same.
PAYMENT_CONTENT: Final = [name for name in PAYMENTS.inside_names if name not in ("received_on", "registry_row")]
REVERSAL_CONTENT: Final = PAYMENT_REVERSALS.inside_names
UNKNOWN_REVERSAL: Final = "unknown_reversal"
EXCEEDS: Final = "reversal_exceeds_payment"
#: Rows whose id can be told.
HAS_ID: Final = ~breaks("missing_key") & ~breaks("malformed_key")


@dataclass(frozen=True)
class KnownMoney:
    """What closed months know: posted payments of the cycle's ids, of their reversals and of corrected registries;
    posted reversals; all that is suspended; registries in force."""

    payments: pl.DataFrame
    reversals: pl.DataFrame
    suspended: pl.DataFrame
    registries: pl.DataFrame


@dataclass(frozen=True)
class MoneyIn:
    """Judged rows of the cycle, and what corrected registries undo."""

    payments: pl.DataFrame
    reversals: pl.DataFrame
    registries: pl.DataFrame
    known_registries: pl.DataFrame
    undone: corrections.Undone
    revived_reversals: pl.DataFrame
    revived: pl.DataFrame


def judged_money(
    payments: pl.DataFrame, reversals: pl.DataFrame, announcements: pl.DataFrame, *, known: KnownMoney,
    apart: pl.DataFrame,
) -> MoneyIn:
    """All three frames come with provenance and reasons of the row rules; payments and reversals are placed. `apart`
    counts the ordinary payments of each registry (`ordinary.py`), which are judged apart."""
    rows = pl.concat([
        payments.select("registry_id", "received_at", _id=pl.concat_str(pl.lit("p:"), "payment_id")),
        reversals.select("registry_id", "received_at", _id=pl.concat_str(pl.lit("r:"), "reversal_id")),
    ])
    told = registries.announced(announcements, known.registries, rows)
    payments, reversals = told.with_versions(payments), told.with_versions(reversals)
    undone = corrections.undone(told.corrected, payments, known.payments, known.reversals, known.suspended,
                                content_columns=PAYMENT_CONTENT)
    payments = _judged_payments(payments, known, undone)
    reversals = _judged_reversals(reversals, payments, known, undone)
    found = registries.with_found_rows(told, _rows_with_fates(payments, reversals), known.registries, apart)
    revived = _revived(undone.waiting, _reversible(payments, known, undone, reversals))
    released = revived.select(suspended_id="reversal_id", registry_id="registry_id", amount_kop=-pl.col("amount_kop"))
    waiting = undone.waiting.join(released, on="suspended_id", how="anti")
    return MoneyIn(payments, reversals, told.registries, found, replace(undone, waiting=waiting), revived, released)


def accepted_payments(payments: pl.DataFrame) -> pl.DataFrame:
    """Accepted payments on the book's spelling of their account, for the ledger."""
    placed = spelled_as_in_the_book(of(payments, ACCEPTED))
    return placed.with_columns(posted_at=pl.col("received_at"), is_identified=pl.lit(False))


def posted_reversals(money: MoneyIn) -> pl.DataFrame:
    """Reversals of known payments for the ledger: sent by providers, made by corrected registries, and those whose
    payment has become known since they were suspended."""
    accepted = of(money.reversals, ACCEPTED).with_columns(
        account_id=pl.col("payment_account_id"), paid_at=pl.col("payment_paid_at"), is_correction=pl.lit(False),
        posted_at=pl.max_horizontal("received_at", "payment_posted_at"),
    )
    return pl.concat([
        accepted.select(POSTED_REVERSALS.inside_names), money.undone.reversals, money.revived_reversals
    ]).sort("reversal_id")


def _revived(waiting: pl.DataFrame, reversible: pl.DataFrame) -> pl.DataFrame:
    """Suspended reversals of closed months whose payment is known now and still has so much to take back."""
    told = waiting.filter(pl.col("reason_code") == UNKNOWN_REVERSAL).join(reversible, on="payment_id")
    told = told.sort("suspended_id").with_columns(amount_kop=-pl.col("amount_kop"))
    taken = pl.col("amount_kop").cum_sum().over("payment_id")
    return (
        told.filter(taken <= pl.col("_left_kop"))
        .with_columns(
            reversal_id=pl.col("suspended_id"), reversed_at=pl.col("paid_at"), reason_code=pl.lit("other"),
            original_received_on=pl.lit(None, dtype=pl.Date()), is_correction=pl.lit(False),
            posted_at=pl.max_horizontal("received_at", "payment_posted_at"),
        )
        .with_columns(account_id=pl.col("payment_account_id"), paid_at=pl.col("payment_paid_at"))
        .select(POSTED_REVERSALS.inside_names)
    )


def _judged_payments(payments: pl.DataFrame, known: KnownMoney, undone: corrections.Undone) -> pl.DataFrame:
    payments = registries.superseded(payments, "payment_id", PAYMENT_CONTENT)
    payments = _still_waiting(payments, undone.waiting.filter(pl.col("amount_kop") > 0))
    standing = undone.standing.with_columns(account_id=pl.col("paid_account_id")).select(PAYMENT_CONTENT)
    # a row that is suspended for another reason is known by its id all the same
    payments = with_repeats(payments, ["payment_id"], PAYMENT_CONTENT, standing, among=HAS_ID)
    return settled(payments, refused=SUSPENDED)


def _still_waiting(payments: pl.DataFrame, waiting: pl.DataFrame) -> pl.DataFrame:
    """Payments that are suspended since a closed month: the same again is a repeat, the id with other content is not.
    A suspended row lacks what could not be read, so account and amount decide."""
    same = waiting.select("payment_id", "account_id", "amount_kop", _is_waiting=True).unique()
    told = payments.join(same, on=["payment_id", "account_id", "amount_kop"], how="left", nulls_equal=True,
                         maintain_order="left")
    told = with_fate(told, REPEATED, pl.col("_is_waiting"), among=HAS_ID).drop("_is_waiting")
    is_other = pl.col(FATE).is_null() & pl.col("payment_id").is_in(waiting["payment_id"].drop_nulls().implode())
    return with_reasons(told, {DUPLICATE_ID: HAS_ID & is_other.fill_null(False)})


def _judged_reversals(
    reversals: pl.DataFrame, payments: pl.DataFrame, known: KnownMoney, undone: corrections.Undone
) -> pl.DataFrame:
    reversals = registries.superseded(reversals, "reversal_id", REVERSAL_CONTENT)
    reversals = with_repeats(reversals, ["reversal_id"], ["reversal_id", "payment_id", "amount_kop"],
                             _known_reversals(known), among=HAS_ID)
    told = reversals.join(_reversible(payments, known, undone), on="payment_id", how="left", maintain_order="left")
    told = told.sort("received_at", "registry_id", "reversal_id", "delivery_id", "row_number")
    taken = pl.when(OPEN).then(pl.col("amount_kop")).otherwise(0).cum_sum().over("payment_id")
    told = with_reasons(told, {
        UNKNOWN_REVERSAL: OPEN & pl.col("payment_account_id").is_null(),
        EXCEEDS: OPEN & (taken > pl.col("_left_kop")).fill_null(False),
    })
    return settled(told, refused=SUSPENDED).drop("_left_kop")


def _known_reversals(known: KnownMoney) -> pl.DataFrame:
    waiting = known.suspended.filter(pl.col("amount_kop") < 0)
    return pl.concat([
        known.reversals.select("reversal_id", "payment_id", "amount_kop"),
        waiting.select(pl.col("suspended_id").alias("reversal_id"), "payment_id", -pl.col("amount_kop")),
    ])


def _reversible(
    payments: pl.DataFrame, known: KnownMoney, undone: corrections.Undone, reversals: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Payments that stand: account, moment, arrival of the latest posting, and what is left to take back (after the
    accepted `reversals` of the cycle, where given)."""
    columns = ["payment_id", "account_id", "paid_at", "posted_at", "amount_kop"]
    now = accepted_payments(payments).select(columns)
    all_posted = pl.concat([known.payments.select(columns), now]).sort("payment_id", "posted_at")
    takers = [known.reversals, undone.reversals, *([] if reversals is None else [of(reversals, ACCEPTED)])]
    taken = pl.concat([taker.select("payment_id", "amount_kop") for taker in takers])
    taken = taken.group_by("payment_id").agg(_taken=pl.col("amount_kop").sum())
    return (
        all_posted.group_by("payment_id").agg(
            payment_account_id=pl.col("account_id").last(), payment_paid_at=pl.col("paid_at").last(),
            payment_posted_at=pl.col("posted_at").last(), _posted=pl.col("amount_kop").sum(),
        )
        .join(taken, on="payment_id", how="left")
        .with_columns(_left_kop=pl.col("_posted") - pl.col("_taken").fill_null(0))
        .drop("_posted", "_taken")
    )


def _rows_with_fates(payments: pl.DataFrame, reversals: pl.DataFrame) -> pl.DataFrame:
    columns = ["registry_id", registries.VERSION, registries.LIVE, FATE]
    return pl.concat([
        payments.select(*columns, _id=pl.concat_str(pl.lit("p:"), "payment_id")),
        reversals.select(*columns, _id=pl.concat_str(pl.lit("r:"), "reversal_id")),
    ])

