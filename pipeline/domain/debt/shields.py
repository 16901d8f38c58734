"""Money that could cover a debt already: advances, proposed credits, suspended payments that may be the account's.

A shield only keeps people from being troubled; it moves no money. Ring-fenced money covers its own creditor. Free money
covers creditors in order of their ids, each kopeck once: an order by the age of debts would change when one of them is
paid, and the payer would lose cover elsewhere. A suspended payment shields every account that it may have been meant
for: nobody knows yet whose it is. Money of a contract whose advance discount runs covers nothing: it has paid its
fixed lines already, and what is left of it waits for those of months to come. Before a discount has begun it covers:
a debt may refuse the discount yet, and then this very money pays that debt.
"""

from __future__ import annotations

import polars as pl

from pipeline import money
from pipeline.contracts.recalculation import UNBILLED_STATUSES
from pipeline.domain.debt.arrears import PAIR

#: What this room reads of a contract: the register of the whole book is read by every part.
CREDITOR = ("contract_id", "creditor_id")
_AMOUNT = "amount_kop"
#: What this room reads of the terms of an advance discount.
TERM = ("account_id", "contract_reference", "status_code", "price_kop")


def may_cover(advances: pl.DataFrame, terms: pl.DataFrame) -> pl.DataFrame:
    """Advances without those that a discount which runs binds to fixed lines. `terms`: TERM of the month."""
    binding = terms.filter(pl.col("status_code") == "running", pl.col("price_kop").is_not_null())
    return advances.join(binding, on=["account_id", "contract_reference"], how="anti", maintain_order="left")


def shielded(
    owed: pl.DataFrame,
    advances: pl.DataFrame,
    recalculations: pl.DataFrame,
    suspended: pl.DataFrame,
    service_contracts: pl.DataFrame,
) -> pl.DataFrame:
    """account × creditor of `owed` with `shielded_kop`, never above `total_kop`."""
    money_at_hand = pl.concat(
        [
            advances.select(*PAIR, _AMOUNT),
            _with_creditors(recalculations, service_contracts),
            _suspended_candidates(suspended),
        ]
    )
    ringed = money_at_hand.drop_nulls("creditor_id").group_by(PAIR).agg(ringed_kop=money.total(_AMOUNT))
    free = (
        money_at_hand.filter(pl.col("creditor_id").is_null())
        .group_by("account_id")
        .agg(free_kop=money.total(_AMOUNT))
    )
    return (
        owed.join(ringed, on=PAIR, how="left")
        .join(free, on="account_id", how="left")
        .with_columns(pl.col("ringed_kop", "free_kop").fill_null(0))
        .with_columns(_own=pl.min_horizontal("ringed_kop", "total_kop"))
        .with_columns(_need=pl.col("total_kop") - pl.col("_own"))
        .sort(PAIR)
        .with_columns(_before=_needed_before())
        .with_columns(_given=(pl.col("free_kop") - pl.col("_before")).clip(lower_bound=0))
        .with_columns(shielded_kop=pl.col("_own") + pl.min_horizontal("_given", "_need"))
        .select(*owed.columns, "shielded_kop")
    )


def _needed_before() -> pl.Expr:
    """What the creditors of the account that come first could take of its free money."""
    reached = money.widened("_need").cum_sum().over("account_id", order_by=pl.row_index()).cast(pl.Int64)
    return reached - pl.col("_need")


def proposed_credits(recalculations: pl.DataFrame) -> pl.DataFrame:
    """Proposals that may yet make a bill smaller."""
    return recalculations.filter((pl.col("difference_kop") < 0) & pl.col("status_code").is_in(UNBILLED_STATUSES))


def accounts_it_may_be_for() -> pl.Expr:
    """The account that the payer wrote (suspended for another reason, it may well be right) and the nearest ones."""
    return pl.concat_list(pl.concat_list("account_id"), "candidate_account_ids").list.drop_nulls().list.unique()


def _with_creditors(recalculations: pl.DataFrame, service_contracts: pl.DataFrame) -> pl.DataFrame:
    creditors = service_contracts.select(CREDITOR).unique("contract_id", keep="first")
    return (
        proposed_credits(recalculations)
        .join(creditors, on="contract_id", how="left")
        .select(*PAIR, -pl.col("difference_kop").alias(_AMOUNT))
    )


def _suspended_candidates(suspended: pl.DataFrame) -> pl.DataFrame:
    return (
        suspended.filter(pl.col(_AMOUNT) > 0)
        .select(
            accounts_it_may_be_for().alias("account_id"),
            pl.col("designated_creditor_id").alias("creditor_id"),
            _AMOUNT,
        )
        .explode("account_id", empty_as_null=True)
        .drop_nulls("account_id")
        .select(*PAIR, _AMOUNT)
    )
