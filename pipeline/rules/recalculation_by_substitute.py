"""Rules of months billed by a meter that had failed or was gone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Self

from pipeline.rules.in_force import InForce
from pipeline.rules.registry import Rules


@dataclass(frozen=True, slots=True)
class BySubstituteRules:
    """Rules for acts from which a meter does not count."""

    meter_failed_article: str
    dismantling_article: str
    verification_lapse_article: str
    verification_restored_article: str
    months_max: int

    @classmethod
    def in_force(cls, rule_book: Rules, on: date, known_on: date | None = None) -> Self:
        """`on` is the first day of the run month; raises NoRuleInForce."""
        at = InForce(rule_book, "recalculation_by_substitute", on, known_on)
        return cls(
            meter_failed_article=at.text("meter_failed_article"), dismantling_article=at.text("dismantling_article"),
            verification_lapse_article=at.text("verification_lapse_article"),
            verification_restored_article=at.text("verification_restored_article"),
            months_max=at.integer("by_substitute_months_max"),
        )
