"""Rules of penalties: scales of days and fractions, key rate, cap, moratoria.

Rates are Int64 at 10⁻⁴ of a percent a year. What changes with the days comes as steps, because one month counts days of
many years. Not here: how days are cut into stretches of one law (`domain/penalty/stretches.py`), which item goes by
which scale (`domain/penalty/scales.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
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

CITIZEN: Final = "citizen"
CAPITAL_REPAIR: Final = "capital_repair"
CONSUMER: Final = "consumer"
PARTNERSHIP: Final = "partnership"
MANAGER: Final = "manager"


@dataclass(frozen=True, slots=True)
class Step:
    """From this day after the due date on, this part of the rate a day: 1 ÷ `denominator`. Both by the due date."""

    from_day: IntegerSteps
    denominator: IntegerSteps


#: By code of the scale its steps, the earliest first; days before the first bear nothing.
Scales = Mapping[str, tuple[Step, ...]]


@dataclass(frozen=True, slots=True)
class PenaltyRules:
    """Rules for the penalties of one month. `articles`: ground by code of the scale."""

    scales: Scales
    begins_on: date
    rate_mode: str
    fixed_rate_e4: int
    key_rate_e4: IntegerSteps
    rate_cap_e4: IntegerSteps
    rate_cap_is_lower_of_both: YesNoSteps
    moratorium_on_all_debts: YesNoSteps
    moratorium_on_older_debts: YesNoSteps
    exempt_holds: tuple[str, ...]
    organisation_resources: tuple[str, ...]
    organisation_as_citizens: tuple[str, ...]
    articles: Mapping[str, str]
    key_rate_compared_on: date
    key_rate_age_days_max: int

    @classmethod
    def in_force(cls, rule_book: Rules, on: date, known_on: date | None = None) -> Self:
        """`on` is the day up to which penalties are counted; raises NoRuleInForce."""
        at = InForce(rule_book, ROOM, on, known_on)
        mode = at.text("rate_mode")
        if mode not in (ON_PAYMENT_DATE, PER_DAY, FIXED):
            raise ValueError(f"penalty.rate_mode: {mode}")
        scales = _scales(at)
        return cls(
            scales=scales,
            begins_on=scales[CITIZEN][0].denominator[0][0],
            rate_mode=mode,
            fixed_rate_e4=at.scaled("fixed_rate_percent", RATE_DIGITS),
            key_rate_e4=at.scaled_steps("key_rate_percent", RATE_DIGITS),
            rate_cap_e4=at.scaled_steps("rate_cap_percent", RATE_DIGITS),
            rate_cap_is_lower_of_both=at.yes_no_steps("rate_cap_is_lower_of_both"),
            moratorium_on_all_debts=at.yes_no_steps("moratorium_on_all_debts"),
            moratorium_on_older_debts=at.yes_no_steps("moratorium_on_older_debts"),
            exempt_holds=at.texts("exempt_holds"),
            organisation_resources=at.texts("organisation_resources"),
            organisation_as_citizens=at.texts("organisation_as_citizens"),
            articles={CITIZEN: at.text("article"), CAPITAL_REPAIR: at.text("article_capital_repair")}
            | dict.fromkeys((CONSUMER, PARTNERSHIP, MANAGER), at.text("article_organisation")),
            key_rate_compared_on=at.day("key_rate_compared_on"),
            key_rate_age_days_max=at.integer("key_rate_age_days_max"),
        )


def _scales(at: InForce) -> Scales:
    """Partnerships of owners go by the days and fractions of citizens."""
    def after(free_days: str, fraction: str) -> Step:
        steps = at.integer_steps(free_days)
        begins = tuple((since, None if days is None else days + 1) for since, days in steps)
        return Step(begins, at.integer_steps(fraction))

    def of(from_day: str, fraction: str) -> Step:
        return Step(at.integer_steps(from_day), at.integer_steps(fraction))

    citizen = after("free_days", "first_fraction"), of("later_from_day", "later_fraction")
    return {
        CITIZEN: citizen,
        CAPITAL_REPAIR: (after("capital_repair_free_days", "capital_repair_fraction"),),
        CONSUMER: (after("consumer_free_days", "consumer_fraction"),),
        PARTNERSHIP: citizen,
        MANAGER: (
            after("manager_free_days", "manager_first_fraction"),
            of("manager_middle_from_day", "manager_middle_fraction"),
            of("manager_later_from_day", "manager_later_fraction"),
        ),
    }
