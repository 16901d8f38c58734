"""Rules of the difference that a check of a meter finds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Self

from pipeline.rules.in_force import InForce
from pipeline.rules.registry import Rules


@dataclass(frozen=True, slots=True)
class InspectionRules:
    """Rules for checks of meters that a month looks at."""

    article: str

    @classmethod
    def in_force(cls, rule_book: Rules, on: date, known_on: date | None = None) -> Self:
        """`on` is the first day of the run month; raises NoRuleInForce."""
        return cls(article=InForce(rule_book, "recalculation_inspection", on, known_on).text("inspection_article"))
