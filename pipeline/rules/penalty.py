"""Rules of penalties: free days, fractions, key rate, cap, moratoria.

Rates are Int64 at 10⁻⁴ of a percent a year. What changes with the days comes as steps, because one month counts days of
many years. Not here: how days are cut into stretches of one law (`domain/penalty/stretches.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final, Self

from pipeline.rules.in_force import InForce, IntegerSteps, YesNoSteps
from pipeline.rules.registry import Rules

ROOM: Final = "penalty"
ON_PAYMENT_DATE: Final = "on_payment_date"
PER_DAY: Final = "per_day"
FIXED: Final = "fixed"
RATE_DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class Bands:
    """What depends on the due date: free days and denominators."""

    free_days: IntegerSteps
    later_from_day: IntegerSteps
    first_fraction: IntegerSteps
    later_fraction: IntegerSteps
    capital_repair_free_days: IntegerSteps
    capital_repair_fraction: IntegerSteps


@dataclass(frozen=True, slots=True)
class PenaltyRules:
    """Rules for the penalties of one month."""

    bands: Bands
    rate_mode: str
    fixed_rate_e4: int
    key_rate_e4: IntegerSteps
    rate_cap_e4: IntegerSteps
    rate_cap_is_lower_of_both: YesNoSteps
    moratorium_on_all_debts: YesNoSteps
    moratorium_on_older_debts: YesNoSteps
    exempt_holds: tuple[str, ...]
    article: str
    article_capital_repair: str
    key_rate_compared_on: date
    key_rate_age_days_max: int

    @classmethod
    def in_force(cls, rule_book: Rules, on: date, known_on: date | None = None) -> Self:
        """`on` is the day up to which penalties are counted; raises NoRuleInForce."""
        at = InForce(rule_book, ROOM, on, known_on)
        mode = at.text("rate_mode")
        if mode not in (ON_PAYMENT_DATE, PER_DAY, FIXED):
            raise ValueError(f"penalty.rate_mode: {mode}")
        return cls(
            bands=Bands(**{name: at.integer_steps(name) for name in Bands.__slots__}),
            rate_mode=mode,
            fixed_rate_e4=at.scaled("fixed_rate_percent", RATE_DIGITS),
            key_rate_e4=at.scaled_steps("key_rate_percent", RATE_DIGITS),
            rate_cap_e4=at.scaled_steps("rate_cap_percent", RATE_DIGITS),
            rate_cap_is_lower_of_both=at.yes_no_steps("rate_cap_is_lower_of_both"),
            moratorium_on_all_debts=at.yes_no_steps("moratorium_on_all_debts"),
            moratorium_on_older_debts=at.yes_no_steps("moratorium_on_older_debts"),
            exempt_holds=at.texts("exempt_holds"),
            article=at.text("article"),
            article_capital_repair=at.text("article_capital_repair"),
            key_rate_compared_on=at.day("key_rate_compared_on"),
            key_rate_age_days_max=at.integer("key_rate_age_days_max"),
        )
