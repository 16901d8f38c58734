"""Rules of temporary absence: whose fee is recalculated, for which services, by when a person has to apply."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Self

from pipeline.rules.in_force import InForce
from pipeline.rules.registry import Rules


@dataclass(frozen=True, slots=True)
class AbsenceRules:
    """Rules for the applications of one month."""

    full_days_min: int
    services: tuple[str, ...]
    waste_services: tuple[str, ...]
    apply_within_days: int
    mobilised_any_time: bool
    months_max: int
    advance_months_max: int
    answer_working_days: int
    article: str
    waste_article: str

    @classmethod
    def in_force(cls, rule_book: Rules, on: date, known_on: date | None = None) -> Self:
        """`on` is the first day of the run month; raises NoRuleInForce."""
        at = InForce(rule_book, "recalculation_absence", on, known_on)
        return cls(
            full_days_min=at.integer("full_days_min"),
            services=at.texts("services"),
            waste_services=at.texts("waste_services"),
            apply_within_days=at.integer("apply_within_days"),
            mobilised_any_time=at.yes_no("mobilised_any_time"),
            months_max=at.integer("months_max"),
            advance_months_max=at.integer("advance_months_max"),
            answer_working_days=at.integer("answer_working_days"),
            article=at.text("article"),
            waste_article=at.text("waste_article"),
        )
