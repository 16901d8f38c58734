"""Limits of recalculation: above which a proposal, an account or a slice of the book waits for a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final, Self

from pipeline.rules.in_force import InForce
from pipeline.rules.registry import Rules

#: Per cent are kept as integers of 10^-PERCENT_DIGITS.
PERCENT_DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class LimitRules:
    """Limits of one month. Sums in kopecks, per cent at 10⁻⁴."""

    proposal_kop: int
    exempt_causes: tuple[str, ...]
    waiting_causes: tuple[str, ...]
    account_month_kop: int
    account_history_times: int
    house_percent_e4: int
    creditor_percent_e4: int
    cause_percent_e4: int
    slice_floor_kop: int

    @classmethod
    def in_force(cls, rule_book: Rules, on: date, known_on: date | None = None) -> Self:
        """`on` is the first day of the run month; raises NoRuleInForce."""
        at = InForce(rule_book, "recalculation_limits", on, known_on)
        return cls(
            proposal_kop=InForce(rule_book, "recalculation", on, known_on).kopecks("approval_from_rub"),
            exempt_causes=at.texts("exempt_causes"),
            waiting_causes=at.texts("waiting_causes"),
            account_month_kop=at.kopecks("account_month_rub"),
            account_history_times=at.integer("account_history_times"),
            house_percent_e4=at.scaled("house_percent", PERCENT_DIGITS),
            creditor_percent_e4=at.scaled("creditor_percent", PERCENT_DIGITS),
            cause_percent_e4=at.scaled("cause_percent", PERCENT_DIGITS),
            slice_floor_kop=at.kopecks("slice_floor_rub"),
        )
