"""Rules of what acts on meters add to a bill."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Self

from pipeline.rules.in_force import InForce
from pipeline.rules.registry import Rules


@dataclass(frozen=True, slots=True)
class TamperingRules:
    """Rules for tampering that a month hears of."""

    norm_factor: int
    months_max: int
    article: str

    @classmethod
    def in_force(cls, rule_book: Rules, on: date, known_on: date | None = None) -> Self:
        """`on` is the first day of the run month; raises NoRuleInForce."""
        at = InForce(rule_book, "recalculation_meters", on, known_on)
        return cls(
            norm_factor=at.integer("tampering_norm_factor"), months_max=at.integer("tampering_months_max"),
            article=at.text("tampering_article"),
        )
