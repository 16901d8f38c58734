"""Rules of recalculation: what a later reading corrects, in which shape, on what ground."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Self

from pipeline.rules.in_force import InForce
from pipeline.rules.registry import Rules


@dataclass(frozen=True, slots=True)
class RecalculationRules:
    """Rules for the proposals of one month. Sums in kopecks."""

    true_up_average_months: bool
    true_up_norm_months: bool
    line_shape: str
    by_month_where: tuple[str, ...]
    approval_from_kop: int
    act_answer_working_days: int
    register_answer_working_days: int
    article_true_up_average: str
    article_true_up_norm: str

    @classmethod
    def in_force(cls, rule_book: Rules, on: date, known_on: date | None = None) -> Self:
        """`on` is the first day of the charge month corrected; raises NoRuleInForce."""
        at = InForce(rule_book, "recalculation", on, known_on)
        return cls(
            true_up_average_months=at.yes_no("true_up_average_months"),
            true_up_norm_months=at.yes_no("true_up_norm_months"),
            line_shape=at.text("line_shape"),
            by_month_where=at.texts("by_month_where"),
            approval_from_kop=at.kopecks("approval_from_rub"),
            act_answer_working_days=at.integer("act_answer_working_days"),
            register_answer_working_days=at.integer("register_answer_working_days"),
            article_true_up_average=at.text("article_true_up_average"),
            article_true_up_norm=at.text("article_true_up_norm"),
        )

    @property
    def articles(self) -> dict[str, str]:
        """Ground by cause_code."""
        return {"true_up_average": self.article_true_up_average, "true_up_norm": self.article_true_up_norm}
