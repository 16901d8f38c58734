"""What filing costs and may bring: one case, its state duty, its expected value.

    case      creditor × premises × set of debtors: accounts that one application covers; a claim from the start where
              its price is above the limit of an order (ГПК РФ, ст. 121, 122);
              accounts of one flat that lie in two parts of a book are two cases, as two applications may be
    duty      base of the band + percentage above its start, within least and most; half of it for a court order;
              rounded half up to the unit of the day, once for the claim and once for its half: to whole roubles
              since the fee is counted in them (НК РФ, ст. 333.19; ст. 52, п. 6)
    price     principal and penalties of the case (`court_price.py`): limit, duty and value go by it (ГПК РФ, ст. 91)
    expected  (price + duty) × chance × (1 − cost of money × months / 12) − duty; the duty comes back with the claim

Not here: ages, thresholds and waits (`ladder.py`).
"""

from __future__ import annotations

import polars as pl

from pipeline import money
from pipeline.domain.debt.identity import hashed
from pipeline.rules.debt import CourtRules
from pipeline.rules.debt_duty import WHOLE, DutyScale, GateRules

_CASE = ("creditor_id", "premises_id", "_debtors", "is_ready")


def with_debtors(pairs: pl.DataFrame, held: pl.DataFrame) -> pl.DataFrame:
    """Pairs with `_debtors`: whoever holds a right in the flat on the day that counts, as one text."""
    own = held.join(pairs.select("account_id").unique(), on="account_id", how="semi")
    named = own.group_by("account_id").agg(_debtors=pl.col("person_id").unique().sort().str.join(","))
    return pairs.join(named, on="account_id", how="left").with_columns(pl.col("_debtors").fill_null(""))


def with_case(pairs: pl.DataFrame, *, rules: CourtRules, book_id: str) -> pl.DataFrame:
    """Pairs with case_id, case_price_kop (principal and penalties), is_above_limit (of an order), duty_kop (null beyond
    the known scale) and expected_kop. pairs: claimed_kop, penalty_kop, is_ready (nothing but the value of the case
    may stand against filing it tonight)."""
    price = pl.col("claimed_kop") + pl.col("penalty_kop")
    sums = pairs.group_by(_CASE).agg(case_price_kop=money.total(price), _first_account=pl.col("account_id").min())
    cased = pairs.join(sums, on=_CASE, how="left", nulls_equal=True)
    parts = (pl.lit(book_id), pl.lit("court"), pl.col("creditor_id"), pl.col("premises_id").fill_null(""), "_debtors",
             "_first_account")
    return (
        cased.with_columns(hashed(cased, *parts).alias("case_id"))
        .with_columns(
            is_above_limit=pl.col("case_price_kop") > rules.order_limit_kop,
            duty_kop=filing_duty(pl.col("case_price_kop"), rules),
        )
        .with_columns(expected_kop=expected(pl.col("case_price_kop"), pl.col("duty_kop"), rules.gate))
    )


def filing_duty(price_kop: pl.Expr, rules: CourtRules) -> pl.Expr:
    """State duty of what a case of this price is filed as: an order up to its limit, a claim above."""
    is_above = price_kop > rules.order_limit_kop
    return pl.when(is_above).then(claim_duty(price_kop, rules.duty)).otherwise(order_duty(price_kop, rules.duty))


def claim_duty(price_kop: pl.Expr, scale: DutyScale) -> pl.Expr:
    """State duty of a claim in kopecks; null above what is known of the scale."""
    return money.divided(_counted(price_kop, scale), scale.unit_kop) * scale.unit_kop


def order_duty(price_kop: pl.Expr, scale: DutyScale) -> pl.Expr:
    """State duty of an application for a court order."""
    half = money.widened(_counted(price_kop, scale)) * scale.order_share
    return money.divided(half, WHOLE * scale.unit_kop) * scale.unit_kop


def _counted(price_kop: pl.Expr, scale: DutyScale) -> pl.Expr:
    """The duty of a claim to the kopeck."""
    duty = pl.lit(None, dtype=pl.Int64)
    for start, base, percent in scale.bands:
        share = money.divided(money.widened(price_kop - start) * percent, WHOLE)
        duty = pl.when(price_kop > start).then(share + base).otherwise(duty)
    within = duty.clip(scale.least_kop, scale.most_kop)
    return pl.when(price_kop <= scale.known_up_to_kop).then(within)


def expected(price_kop: pl.Expr, duty_kop: pl.Expr, gate: GateRules) -> pl.Expr:
    """What a filed case is expected to bring beyond its duty, in today's kopecks."""
    kept = 12 * WHOLE - gate.money_cost * gate.months_to_recover
    returned = money.widened(price_kop + duty_kop) * gate.chance * max(kept, 0)
    worth: pl.Expr = money.divided(returned, WHOLE * 12 * WHOLE) - duty_kop
    return worth
