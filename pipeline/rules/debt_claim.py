"""Claims after a cancelled court order: their duty, and how long limitation waits for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Self

from pipeline.rules.debt_duty import DutyScale
from pipeline.rules.in_force import InForce
from pipeline.rules.registry import Rules


@dataclass(frozen=True, slots=True)
class ClaimRules:
    """Whether the duty of the order counts towards that of the claim; months that limitation lasts at least."""

    credits_order_duty: bool
    months_after_cancelled_order: int
    duty: DutyScale
    justice_limit_kop: int
    """Price above which a claim goes to a district court."""

    @classmethod
    def in_force(cls, rule_book: Rules, on: date, known_on: date | None = None) -> Self:
        """`on` is the night of the list; raises NoRuleInForce before 29.01.2010."""
        at = InForce(rule_book, "debt", on, known_on)
        return cls(
            credits_order_duty=at.yes_no("claim_credits_order_duty"),
            months_after_cancelled_order=at.integer("claim_months_after_cancelled_order"),
            duty=DutyScale.in_force(rule_book, on, known_on), justice_limit_kop=at.kopecks("claim_justice_limit_rub"),
        )
