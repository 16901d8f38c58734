"""Terms of «Коммунальный бонус» (programme `communal_bonus`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Self

from pipeline.rules.in_force import InForce
from pipeline.rules.registry import Rules


@dataclass(frozen=True, slots=True)
class EligibilityRules:
    """Terms of the programme for the documents of one billing month. Sums in kopecks."""

    programme_code: ClassVar[str] = "communal_bonus"

    tolerance_kop: int
    past_debt_tolerance_kop: int
    needs_own_online_channel: bool
    needs_no_past_debt: bool
    same_visit_minutes: int
    negative_final_by: str
    documents_blocked_by_reversal: int

    @classmethod
    def in_force(cls, rule_book: Rules, on: date, known_on: date | None = None) -> Self:
        """`on` is the first day of the billing month; raises NoRuleInForce."""
        at = InForce(rule_book, "eligibility", on, known_on)
        return cls(
            tolerance_kop=at.kopecks("communal_bonus_tolerance_rub"),
            past_debt_tolerance_kop=at.kopecks("communal_bonus_past_debt_tolerance_rub"),
            needs_own_online_channel=at.yes_no("communal_bonus_needs_own_online_channel"),
            needs_no_past_debt=at.yes_no("communal_bonus_needs_no_past_debt"),
            same_visit_minutes=at.integer("communal_bonus_same_visit_minutes"),
            negative_final_by=at.text("communal_bonus_negative_final_by"),
            documents_blocked_by_reversal=at.integer("communal_bonus_documents_blocked_by_reversal"),
        )
