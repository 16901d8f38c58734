"""Rules of a change of owner: whose the day of registration is, what a closing reading is, how far back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Self

from pipeline.rules.in_force import InForce
from pipeline.rules.registry import Rules


@dataclass(frozen=True, slots=True)
class OwnerRules:
    """Rules for the changes of one month."""

    registration_day_is_new: bool
    closing_days: int
    classes: tuple[str, ...]
    follow_months: int
    back_months_max: int
    capital_repair_passes_from: tuple[str, ...]
    answer_working_days: int
    article: str
    capital_repair_article: str

    @classmethod
    def in_force(cls, rule_book: Rules, on: date, known_on: date | None = None) -> Self:
        """`on` is the first day of the run month; raises NoRuleInForce."""
        at = InForce(rule_book, "recalculation_owners", on, known_on)
        return cls(
            registration_day_is_new=at.yes_no("registration_day_is_new"),
            closing_days=at.integer("closing_days"),
            classes=at.texts("classes"),
            follow_months=at.integer("follow_months"),
            back_months_max=at.integer("back_months_max"),
            capital_repair_passes_from=at.texts("capital_repair_passes_from"),
            answer_working_days=at.integer("answer_working_days"),
            article=at.text("article"),
            capital_repair_article=at.text("capital_repair_article"),
        )
