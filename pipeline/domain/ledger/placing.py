"""Money on accounts that are closed or not open yet, before it is posted. Small frames, the whole book at once.

    paid after the account closed   something open or billed this month → accepted
                                    else its successor, if the book knows it → posted there
                                    else suspended `account_closed`
    paid before the account opened  the account follows another one → accepted; else suspended `before_opening`

A payment that a person has identified stays where the person put it. Not here: rows that ingest suspended.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

from pipeline.contracts.ledger import SUSPENDED_PAYMENTS

#: Renumberings in a row that are followed; a longer chain is a fault of the register.
_HOPS: Final = 8


@dataclass(frozen=True)
class Placed:
    """Payments that leave the account they came for: `moved` to a successor, or `set_aside` as suspended rows."""

    moved: pl.DataFrame
    set_aside: pl.DataFrame


def irregular_accounts(accounts: pl.DataFrame, *, paid_from: date) -> pl.DataFrame:
    """Accounts on which a payment since `paid_from` may be out of time: closed, or opened later and following none."""
    followers = accounts.select(account_id="successor_account_id", follows=pl.lit(True)).drop_nulls().unique()
    return (
        accounts.select("account_id", "opened_on", "closed_on", "successor_account_id")
        .join(followers, on="account_id", how="left")
        .filter(
            pl.col("closed_on").is_not_null()
            | (pl.col("follows").is_null() & (pl.col("opened_on") > pl.lit(paid_from)))
        )
        .with_columns(pl.col("follows").fill_null(False))
    )


def out_of_time(paid_at: pl.Expr) -> pl.Expr:
    """Whether a payment on an irregular account lies outside its days."""
    paid_on = paid_at.dt.date()
    return (paid_on > pl.col("closed_on")).fill_null(False) | ((paid_on < pl.col("opened_on")) & ~pl.col("follows"))


def placed(payments: pl.DataFrame, accounts: pl.DataFrame, live: pl.Series, known: pl.Series) -> Placed:
    """`payments`: those out of time, with the columns of `irregular_accounts`. `live`: closed accounts that still have
    open items or documents of this month; `known`: accounts of the book's index among successors."""
    early = pl.col("paid_at").dt.date() < pl.col("opened_on")
    ends = _last_successors(accounts)
    told = (
        payments.drop("successor_account_id").join(ends, on="account_id", how="left")
        .with_columns(
            reason_code=pl.when(early & ~pl.col("follows")).then(pl.lit("before_opening"))
            .when(~pl.col("account_id").is_in(live.implode())).then(pl.lit("account_closed"))
        )
        .filter(pl.col("reason_code").is_not_null())
    )
    goes_on = (pl.col("reason_code") == "account_closed") & pl.col("successor_account_id").is_in(known.implode())
    goes_on = goes_on.fill_null(False)
    return Placed(
        moved=told.filter(goes_on).with_columns(account_id="successor_account_id"),
        set_aside=told.filter(~goes_on).with_columns(
            # as written: the same row sent again is known by what it says
            suspended_id="payment_id", account_id="paid_account_id", candidate_account_ids=_candidates(),
        ).select(SUSPENDED_PAYMENTS.inside_names),
    )


def _candidates() -> pl.Expr:
    """Whose it may be: the account in the book's spelling where the payer wrote another, then the last successor."""
    respelt = pl.when(pl.col("account_id") != pl.col("paid_account_id")).then("account_id")
    return pl.concat_list(respelt, "successor_account_id").list.drop_nulls()


def _last_successors(accounts: pl.DataFrame) -> pl.DataFrame:
    """Each closed account and the account at the end of its chain of successors."""
    step = accounts.filter(pl.col("successor_account_id").is_not_null()).select("account_id", "successor_account_id")
    following = step.select(successor_account_id="account_id", further="successor_account_id")
    ends = step
    for _ in range(_HOPS):
        ends = (
            ends.join(following, on="successor_account_id", how="left")
            .with_columns(successor_account_id=pl.coalesce("further", "successor_account_id")).drop("further")
        )
    return ends
