"""Penalties and duty of a filed case: held, received, left; and what was collected twice.

    base       what the last act that names them says (filed, ordered, decided, reduced)
    held       base − collected by bank and bailiffs: what a holder of the claim may still collect
    received   collected + told as received + laid by documents since the case's first act on penalties (court costs) of
               the account and creditor, by payments that no collection of the case names
    left       base − received; nothing once the creditor has waived it
    double     advances left of collecting payments − collected penalties and duty within their base that no document's
               line took: nobody billed them, so the ledger has no item for them

What documents have laid belongs to the account and creditor: two cases of one pair both count it, in the payer's
favour. Not here: the principal, which the ledger tells (`court.py`).
"""

from __future__ import annotations

from typing import Final

import polars as pl

from pipeline import money
from pipeline.domain.debt.arrears import PAIR

#: Debt kinds of document lines that carry what a case claims beside the principal.
COST_KINDS: Final = {"penalty": "penalty", "court_cost": "duty"}
#: What is looked at of a movement of money on them.
COST_MOVEMENT: Final = ("account_id", "creditor_id", "debt_kind_code", "payment_id", "paid_at", "allocated_kop")
_KINDS: Final = tuple(COST_KINDS.values())


def with_costs(
    cases: pl.DataFrame, events: pl.DataFrame, movements: pl.DataFrame, advances: pl.DataFrame
) -> pl.DataFrame:
    """Cases of `known_cases` with *_held_kop, received_*_kop, *_left_kop of penalty and duty, and double_kop.

    movements: COST_MOVEMENT on lines of COST_KINDS since the first act, of this month and those before.
    """
    collecting = (
        events.filter(pl.col("event_code") == "enforced").drop_nulls("payment_id")
        .join(cases.select("court_case_id", "account_id"), on="court_case_id")
        .select("court_case_id", "account_id", "payment_id").unique()
    )
    by_case = movements.filter(pl.col("debt_kind_code").is_in(list(COST_KINDS))).join(
        cases.select(*PAIR, "court_case_id", "since_on"), on=PAIR
    )
    payment = ["court_case_id", "payment_id"]
    past = by_case.join(collecting, on=payment, how="anti").filter(pl.col("paid_at").dt.date() >= pl.col("since_on"))
    laid = past.group_by("court_case_id").agg(
        money.total(pl.when(pl.col("debt_kind_code") == code).then("allocated_kop").otherwise(0)).clip(lower_bound=0)
        .alias(f"_laid_{kind}_kop") for code, kind in COST_KINDS.items()
    )
    placed = by_case.join(collecting, on=payment, how="semi").group_by("court_case_id").agg(
        _placed_kop=money.total("allocated_kop")
    )
    left = advances.select("account_id", "payment_id", "amount_kop")
    lying = collecting.join(left, on=["account_id", "payment_id"]).group_by("court_case_id").agg(
        _lying_kop=money.total("amount_kop")
    )
    return (
        cases.join(laid, on="court_case_id", how="left").join(placed, on="court_case_id", how="left")
        .join(lying, on="court_case_id", how="left")
        .with_columns(pl.col("^_(laid_.*|placed|lying)_kop$").fill_null(0), *_named())
        .with_columns(column for kind in _KINDS for column in _standing(kind))
        .with_columns(double_kop=(pl.col("_lying_kop") - _without_item()).clip(lower_bound=0))
        .drop("_lying_kop", "_placed_kop", *(f"_laid_{kind}_kop" for kind in _KINDS))
    )


def _named() -> list[pl.Expr]:
    return [
        pl.col(f"{kind}_base_kop", f"enforced_{kind}_kop", f"told_{kind}_kop").fill_null(0) for kind in _KINDS
    ]


def _standing(kind: str) -> list[pl.Expr]:
    base, received = pl.col(f"{kind}_base_kop"), pl.col(f"told_{kind}_kop") + pl.col(f"_laid_{kind}_kop")
    left = (base - received).clip(lower_bound=0)
    return [
        received.alias(f"received_{kind}_kop"),
        (base - pl.col(f"enforced_{kind}_kop")).clip(lower_bound=0).alias(f"{kind}_held_kop"),
        pl.when(pl.col("waived_on").is_null()).then(left).otherwise(0).alias(f"{kind}_left_kop"),
    ]


def _without_item() -> pl.Expr:
    """Collected penalties and duty, within what was named, that no line of a document took."""
    within = pl.sum_horizontal(
        pl.min_horizontal(f"enforced_{kind}_kop", f"{kind}_base_kop") for kind in _KINDS
    )
    return (within - pl.col("_placed_kop")).clip(lower_bound=0)
