"""Rules of months billed by norm although the meter counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Self

from pipeline.rules.in_force import InForce
from pipeline.rules.registry import Rules


@dataclass(frozen=True, slots=True)
class ByRegisterRules:
    """Rules for acts from which a meter counts. `counts_from`: same_day, next_day or next_month."""

    commissioning_article: str
    verification_article: str
    counts_from: str
    months_max: int

    @classmethod
    def in_force(cls, rule_book: Rules, on: date, known_on: date | None = None) -> Self:
        """`on` is the first day of the run month; raises NoRuleInForce."""
        at = InForce(rule_book, "recalculation_by_register", on, known_on)
        return cls(
            commissioning_article=at.text("commissioning_article"),
            verification_article=at.text("verification_article"),
            counts_from=at.text("commissioned_counts_from"), months_max=at.integer("by_register_months_max"),
        )
