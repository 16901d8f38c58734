"""Terms of the advance discount: how many months, what for how many, which lines, what ends it. Policy of a book."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final, Self

from pipeline.money import VOLUME_DIGITS
from pipeline.rules.in_force import InForce
from pipeline.rules.registry import Rules

ALL_CREDITORS: Final = "all"


@dataclass(frozen=True, slots=True)
class AdvanceRules:
    """Terms of the programme for one month. Sums in kopecks; `percents_e7`, at 10⁻⁷ %, go with
    `percent_from_months`."""

    is_open: bool
    months_min: int
    months_max: int
    percent_from_months: tuple[int, ...]
    percents_e7: tuple[int, ...]
    fixed_kinds: tuple[str, ...]
    fixed_bases: tuple[str, ...]
    joined_creditors: tuple[str, ...]
    borne_by: str
    debt_days: int
    debt_min_kop: int
    ends_by: tuple[str, ...]
    claws_back: tuple[str, ...]
    answer_working_days: int
    article: str
    ended_article: str

    @classmethod
    def in_force(cls, rule_book: Rules, on: date, known_on: date | None = None) -> Self:
        """`on` is the first day of the run month; raises NoRuleInForce, ValueError where steps do not match."""
        at = InForce(rule_book, "recalculation_advance", on, known_on)
        steps, percents = at.integers("percent_from_months"), at.scaled_list("percents", VOLUME_DIGITS)
        if len(steps) != len(percents) or list(steps) != sorted(set(steps)):
            raise ValueError("recalculation_advance: percent_from_months ascend and go with percents, one each")
        return cls(
            is_open=at.yes_no("is_open"),
            months_min=at.integer("months_min"),
            months_max=at.integer("months_max"),
            percent_from_months=steps,
            percents_e7=percents,
            fixed_kinds=at.texts("fixed_kinds"),
            fixed_bases=at.texts("fixed_bases"),
            joined_creditors=at.texts("joined_creditors"),
            borne_by=at.text("borne_by"),
            debt_days=at.integer("debt_days"),
            debt_min_kop=at.kopecks("debt_min_rub"),
            ends_by=at.texts("ends_by"),
            claws_back=at.texts("claws_back"),
            answer_working_days=at.integer("answer_working_days"),
            article=at.text("article"),
            ended_article=at.text("ended_article"),
        )
