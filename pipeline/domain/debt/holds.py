"""Reasons not to trouble an account: decisions of people, and what the book itself knows.

A hold counts from its first day to its last. On a person it reaches every account of the flats where that person holds
a right. Own reasons: a bill that is missing or was refused, an organisation (another procedure than the citizens'
lists), an account that the centre does not serve (unless the
creditor gave its debt over by a mandate), a hold that was refused and waits (`refused_holds.py`). Disputed items, and
those that the account does not owe, never reach the room (`arrears.py`).

A bankruptcy holds while anything is open that was charged by its month: what came later are current payments (127-ФЗ,
ст. 5). A status of a person comes as a hold on that person (`contracts/person_statuses.py`).

A debt stays with the former owner (ЖК РФ, ст. 153), so a closed account is held where the flat itself would be
troubled: a debt receipt, an offer, a restriction. Messages to its person and the court go on.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from pipeline.contracts.debt import ACCOUNT_CLOSED, OWN_HOLDS
from pipeline.contracts.person_statuses import OF_OLDER_DEBTS
from pipeline.domain.debt.arrears import PAIR

OWN = OWN_HOLDS
_HELD = ("account_id", "creditor_id", "reason_code")
#: Last month charged that a hold reaches; null reaches all.
_UNTIL = "_until_month"


def reasons(
    pairs: pl.DataFrame,
    holds: pl.DataFrame,
    held: pl.DataFrame,
    accounts: pl.DataFrame,
    incomplete_bills: pl.DataFrame,
    told: pl.DataFrame,
    mandated: pl.DataFrame,
    *,
    as_of: date,
) -> pl.DataFrame:
    """account × creditor × reason_code in force on `as_of`, for the given pairs; creditor resolved.

    pairs: `arrears.owed`. told: what instalment agreements hold (`instalments.holding`).
    mandated: account × creditor under a mandate.
    """
    running = holds.filter((pl.col("from_on") <= as_of) & (pl.col("to_on").is_null() | (pl.col("to_on") >= as_of)))
    running = running.with_columns(
        pl.when(pl.col("reason_code") == OF_OLDER_DEBTS).then(pl.col("from_on").dt.month_start()).alias(_UNTIL)
    )
    on_person = running.drop("account_id").join(held.select("account_id", "person_id"), on="person_id")
    by_hand = pl.concat([
        running.drop_nulls("account_id").select(*_HELD, _UNTIL), on_person.select(*_HELD, _UNTIL),
    ])
    # on the day of the closing the flat is still the debtor's
    closed = accounts.filter(pl.col("closed_on") < as_of)
    others = pl.concat([
        told.select(_HELD), _because(closed, ACCOUNT_CLOSED), _own(pairs, accounts, incomplete_bills, mandated),
    ])
    found = pl.concat([by_hand, others.with_columns(pl.lit(None, dtype=pl.Date).alias(_UNTIL))])
    wide = found.filter(pl.col("creditor_id").is_null()).drop("creditor_id")
    owing = pairs.select(*PAIR, "oldest_month")
    return (
        pl.concat([owing.join(wide, on="account_id"), owing.join(found.drop_nulls("creditor_id"), on=PAIR)])
        .filter((pl.col("oldest_month") <= pl.col(_UNTIL)).fill_null(True))
        .select(_HELD)
        .unique()
        .sort(_HELD)
    )


def _own(
    pairs: pl.DataFrame, accounts: pl.DataFrame, incomplete_bills: pl.DataFrame, mandated: pl.DataFrame
) -> pl.DataFrame:
    known = accounts.select("account_id", "account_kind_code", "is_served")
    standing = pairs.select("account_id").unique().join(known, on="account_id", how="left").with_columns(
        pl.col("is_served").fill_null(False)
    )
    return pl.concat([
        _because(standing.filter(pl.col("account_kind_code") == "organisation"), "organisation"),
        _not_served(pairs, standing, mandated),
        _because(incomplete_bills, "incomplete_bill"),
    ])


def _not_served(pairs: pl.DataFrame, standing: pl.DataFrame, mandated: pl.DataFrame) -> pl.DataFrame:
    """Debts of accounts that the centre does not serve, but for those that a creditor's mandate gave to it."""
    unserved = pairs.select(PAIR).join(standing.filter(~pl.col("is_served")), on="account_id", how="semi")
    return unserved.join(mandated, on=PAIR, how="anti").with_columns(reason_code=pl.lit("not_served"))


def _because(accounts: pl.DataFrame, reason: str) -> pl.DataFrame:
    return accounts.select(
        "account_id", creditor_id=pl.lit(None, dtype=pl.String), reason_code=pl.lit(reason)
    ).unique()
