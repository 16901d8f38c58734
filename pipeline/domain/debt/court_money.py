"""Penalties and duty of a filed case: held, received, left; and what was collected twice.

    held       what the last act that names them says, less what bank and bailiffs have collected since
    received   collected + told as received + laid by documents since the filing on penalties (court costs) of the
               account and creditor, where the case names any, by payments that no collection of the case names
    left       the least of held and, for every act since the filing, what it names less what was received after it
               (an act may or may not know what came before: the payer gets the better of it); nothing once waived
    double     advances left of collecting payments − collected penalties and duty, within what was named, that no line
               of a document took: nobody billed them, so the ledger has no item for them

What documents have laid belongs to the account and creditor: two cases of one pair both count it, in the payer's
favour. Not here: the principal, which the ledger tells (`court.py`).
"""

from __future__ import annotations

from typing import Final

import polars as pl

from pipeline import money
from pipeline.domain.debt.arrears import ARREARS_KINDS, PAIR
from pipeline.domain.debt.court_events import sums_named

#: Debt kinds of document lines that carry what a case claims beside the principal.
COST_KINDS: Final = {"penalty": "penalty", "court_cost": "duty"}
#: What is looked at of a movement of money on them.
COST_MOVEMENT: Final = ("account_id", "creditor_id", "debt_kind_code", "payment_id", "paid_at", "billing_month",
                        "allocated_kop")
_KINDS: Final = tuple(COST_KINDS.values())


def with_costs(
    cases: pl.DataFrame, events: pl.DataFrame, movements: pl.DataFrame, advances: pl.DataFrame
) -> pl.DataFrame:
    """Cases of `known_cases` with received_*_kop, *_left_kop of penalty and duty; double_kop, on_principal_kop.

    events: of the last filing. movements: COST_MOVEMENT since the first act, of this month and those before, on lines
    of COST_KINDS, and of collecting payments on any.
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
    laid = past.with_columns(on=pl.col("paid_at").dt.date())
    placed = by_case.join(collecting, on=payment, how="semi").group_by("court_case_id").agg(
        _placed_kop=money.total("allocated_kop")
    )
    left = advances.select("account_id", "payment_id", "amount_kop")
    lying = collecting.join(left, on=["account_id", "payment_id"]).group_by("court_case_id").agg(
        _lying_kop=money.total("amount_kop")
    )
    found = cases.join(placed, on="court_case_id", how="left").join(lying, on="court_case_id", how="left")
    for code, kind in COST_KINDS.items():
        found = found.join(_received(cases, events, laid.filter(pl.col("debt_kind_code") == code), kind),
                           on="court_case_id", how="left")
    return (
        found.with_columns(pl.col("_placed_kop", "_lying_kop").fill_null(0), *_named())
        .with_columns(column for kind in _KINDS for column in _standing(kind))
        .with_columns(double_kop=(pl.col("_lying_kop") - _without_item()).clip(lower_bound=0))
        .join(_past_principal(cases, events, movements), on="court_case_id", how="left")
        .with_columns(on_principal_kop=pl.min_horizontal(
            pl.col("_past_kop").fill_null(0).clip(lower_bound=0), _without_item()
        ))
        .drop("_lying_kop", "_placed_kop", "_past_kop",
              *(f"_{name}_{kind}_kop" for kind in _KINDS for name in ("laid", "least")))
    )


def _past_principal(cases: pl.DataFrame, events: pl.DataFrame, movements: pl.DataFrame) -> pl.DataFrame:
    """court_case_id, _past_kop: what collecting payments have paid of the case's months beyond the principal that bank
    and bailiffs told of. A payment that no line of penalties or duty met goes to the principal whole."""
    told = events.filter(pl.col("event_code") == "enforced").drop_nulls("payment_id")
    principal = told.group_by("court_case_id").agg(_told=money.total(pl.col("principal_kop").fill_null(0)))
    months = cases.select(*PAIR, "court_case_id", "from_month", "to_month")
    paid = (
        movements.filter(pl.col("debt_kind_code").is_in(ARREARS_KINDS)).join(months, on=PAIR)
        .filter(pl.col("billing_month").is_between("from_month", "to_month"))
        .join(told.select("court_case_id", "payment_id").unique(), on=["court_case_id", "payment_id"], how="semi")
        .group_by("court_case_id").agg(_paid=money.total("allocated_kop"))
    )
    past = (pl.col("_paid") - pl.col("_told")).alias("_past_kop")
    return paid.join(principal, on="court_case_id").select("court_case_id", past)


def _received(cases: pl.DataFrame, events: pl.DataFrame, laid: pl.DataFrame, kind: str) -> pl.DataFrame:
    """court_case_id of cases that name the kind: _laid_*_kop, and _least_*_kop, the least rest of what an act names."""
    told = events.filter(pl.col("event_code").is_in(["enforced", "received"])).select(
        "court_case_id", on="event_on", _told=pl.col(f"{kind}_kop").fill_null(0), _laid=pl.lit(0, dtype=pl.Int64)
    )
    paid = laid.select("court_case_id", "on", _told=pl.lit(0, dtype=pl.Int64), _laid="allocated_kop")
    acts = sums_named(events, kind).with_row_index("_act")
    later = acts.join(pl.concat([told, paid]), on="court_case_id").filter(pl.col("on") >= pl.col("counts_from"))
    since = later.group_by("_act").agg(_told=money.total("_told"), _laid=money.total("_laid").clip(lower_bound=0))
    whole = paid.group_by("court_case_id").agg(money.total("_laid").clip(lower_bound=0).alias(f"_laid_{kind}_kop"))
    rest = pl.col("named_kop") - pl.col("_told").fill_null(0) - pl.col("_laid").fill_null(0)
    least = acts.join(since, on="_act", how="left").group_by("court_case_id").agg(
        rest.min().clip(lower_bound=0).alias(f"_least_{kind}_kop"), _most=pl.col("named_kop").max()
    )
    return least.filter(pl.col("_most") > 0).drop("_most").join(whole, on="court_case_id", how="left")


def _named() -> list[pl.Expr]:
    told = [f"{name}_{kind}_kop" for kind in _KINDS for name in ("enforced", "told", "_laid", "_least")]
    named = [
        pl.coalesce(f"{kind}_named_kop", f"{kind}_base_kop").fill_null(0).alias(f"{kind}_named_kop") for kind in _KINDS
    ]
    return [pl.col(*told, *(f"{kind}_{name}_kop" for kind in _KINDS for name in ("base", "held"))).fill_null(0), *named]


def _standing(kind: str) -> list[pl.Expr]:
    left = pl.min_horizontal(f"{kind}_held_kop", f"_least_{kind}_kop")
    return [
        (pl.col(f"told_{kind}_kop") + pl.col(f"_laid_{kind}_kop")).alias(f"received_{kind}_kop"),
        pl.when(pl.col("waived_on").is_null()).then(left).otherwise(0).alias(f"{kind}_left_kop"),
    ]


def _without_item() -> pl.Expr:
    """Collected penalties and duty, within what was named, that no line of a document took."""
    within = pl.sum_horizontal(
        pl.min_horizontal(f"enforced_{kind}_kop", f"{kind}_named_kop") for kind in _KINDS
    )
    return (within - pl.col("_placed_kop")).clip(lower_bound=0)
