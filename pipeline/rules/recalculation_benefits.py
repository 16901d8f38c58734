"""Rules of benefits taken off the bill: which services, within which norms, how far back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Self

from pipeline.money import VOLUME_DIGITS
from pipeline.rules.in_force import InForce
from pipeline.rules.registry import Rules


@dataclass(frozen=True, slots=True)
class BenefitRules:
    """Rules for the benefits of one month. Areas at 10⁻⁷ m²."""

    service_kinds: tuple[str, ...]
    norm_kinds: tuple[str, ...]
    area_norm_one_e7: int
    area_norm_two_e7: int
    area_norm_each_e7: int
    paid_as_money_codes: tuple[str, ...]
    back_months_max: int
    follow_months: int
    answer_working_days: int
    article: str
    ended_article: str

    @classmethod
    def in_force(cls, rule_book: Rules, on: date, known_on: date | None = None) -> Self:
        """`on` is the first day of the run month; raises NoRuleInForce."""
        at = InForce(rule_book, "recalculation_benefits", on, known_on)
        return cls(
            service_kinds=at.texts("service_kinds"),
            norm_kinds=at.texts("norm_kinds"),
            area_norm_one_e7=at.scaled("area_norm_one_m2", VOLUME_DIGITS),
            area_norm_two_e7=at.scaled("area_norm_two_m2", VOLUME_DIGITS),
            area_norm_each_e7=at.scaled("area_norm_each_m2", VOLUME_DIGITS),
            paid_as_money_codes=at.texts("paid_as_money_codes"),
            back_months_max=at.integer("back_months_max"),
            follow_months=at.integer("follow_months"),
            answer_working_days=at.integer("answer_working_days"),
            article=at.text("article"),
            ended_article=at.text("ended_article"),
        )
