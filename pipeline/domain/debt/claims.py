"""Claims after a cancelled order: whom to sue for which months, for what price and duty (ГПК РФ, ст. 129, 131).

    principal   open items of the case's months, not disputed, less what money at hand could cover
    penalty     counted on the items that nothing may cover (`court_price.py`), less what events tell as collected or
                received, all of it once the creditor has given it up
    duty        that of a claim of principal and penalty; the duty of the cancelled order counts towards it
    file by     the day some months after the cancellation: until then limitation cannot have passed for what was in
                time when the order was applied for (ГК РФ, ст. 204)

Two cases of one account and creditor are priced each alone: a payment that may be of either lowers both, in the payer's
favour. Not here: whether a claim is due (`court.py`).
"""

from __future__ import annotations

from typing import Final

import polars as pl

from pipeline import money
from pipeline.contracts.claims import CLAIM_LIST
from pipeline.domain.debt.arrears import PAIR
from pipeline.domain.debt.court_gate import claim_duty
from pipeline.domain.debt.court_price import SUMS, free_items, penalties_to_claim
from pipeline.domain.debt.debtors import Facts
from pipeline.rules.debt_claim import ClaimRules

_CASE: Final = ("court_case_id", *PAIR, "from_month", "to_month")


def claim_list(cases: pl.DataFrame, items: pl.DataFrame, debts: Facts, *, rules: ClaimRules) -> pl.DataFrame:
    """CLAIM_LIST of one part. cases: of `court.cases_tonight`; items: `arrears.overdue_items`."""
    due = cases.filter(
        (pl.col("next_action_code") == "claim") & (pl.col("next_action_on") <= pl.col("run_on")).fill_null(False)
    ).with_columns(_turn=pl.int_range(pl.len()).over(PAIR, order_by="court_case_id"))
    each = [_priced(alone, items, debts) for alone in due.partition_by("_turn", maintain_order=True)]
    if not each:
        return CLAIM_LIST.empty_inside()
    flats = debts.accounts.select("account_id", "premises_id")
    return (
        pl.concat(each).filter(pl.col("claimed_kop") > 0)
        .pipe(_with_duty, rules)
        .join(flats, on="account_id", how="left")
        .with_columns(
            filed_on="since_on", cancelled_on="act_on",
            file_by_on=pl.col("act_on").dt.offset_by(f"{rules.months_after_cancelled_order}mo"),
        )
        .select(CLAIM_LIST.inside_names).cast(pl.Schema(CLAIM_LIST.inside_schema)).sort(CLAIM_LIST.primary_key)
    )


def items_of(cases: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """Items of the months of the cases (_CASE), one case an account and creditor: those that name their month."""
    within = items.join(cases.select(_CASE), on=PAIR)
    return within.filter(
        pl.col("billing_month").is_between("from_month", "to_month") & pl.col("charge_month").is_not_null()
    ).select(items.columns)


def _priced(cases: pl.DataFrame, items: pl.DataFrame, debts: Facts) -> pl.DataFrame:
    """Cases with claimed_kop and SUMS."""
    here = items_of(cases, items)
    still_open = here.group_by(PAIR).agg(_open_kop=money.total("outstanding_kop"))
    claimed = cases.join(still_open, on=PAIR, how="left").with_columns(
        claimed_kop=pl.min_horizontal("_uncovered_kop", pl.col("_open_kop").fill_null(0))
    )
    priced = penalties_to_claim(
        free_items(here, claimed), debts.penalties, debts.penalty_lines, debts.grown_before
    )
    told = pl.when(pl.col("waived_on").is_null()).then("told_penalty_kop").otherwise("penalty_kop")
    return (
        claimed.join(priced, on=PAIR, how="left").with_columns(pl.col(SUMS).fill_null(0))
        .with_columns(_told_kop=pl.min_horizontal("penalty_kop", told))
        .with_columns(
            penalty_kop=pl.col("penalty_kop") - pl.col("_told_kop"),
            penalty_paid_kop=pl.col("penalty_paid_kop") + pl.col("_told_kop"),
        )
    )


def _with_duty(claims: pl.DataFrame, rules: ClaimRules) -> pl.DataFrame:
    paid = pl.col("filed_duty_kop").fill_null(0) if rules.credits_order_duty else pl.lit(0, dtype=pl.Int64)
    price = pl.col("claimed_kop") + pl.col("penalty_kop")
    return (
        claims.with_columns(duty_kop=claim_duty(price, rules.duty))
        .with_columns(order_duty_kop=pl.min_horizontal(paid, pl.col("duty_kop").fill_null(0)))
        .with_columns(duty_to_pay_kop=pl.col("duty_kop") - pl.col("order_duty_kop"))
    )
