"""Rules of what is corrected by the meters of houses: when, over how many documents, on what ground."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final, Self

from pipeline.rules.in_force import InForce
from pipeline.rules.registry import Rules

#: Months whose flats exceed the house lower the other months of the year.
NET_OF_YEAR: Final = "year"


@dataclass(frozen=True, slots=True)
class HouseCorrectionRules:
    """Rules for the corrections of one run month; months of the year by number."""

    common_year_run_month: int
    common_spread_months: int
    common_is_net: bool
    common_article: str
    heating_year_run_month: int
    heating_spread_months: int
    heating_article: str
    part_min_kop: int
    difference_min_kop: int

    @classmethod
    def in_force(cls, rule_book: Rules, on: date, known_on: date | None = None) -> Self:
        """`on` is the first day of the run month; raises NoRuleInForce."""
        at = InForce(rule_book, "house_corrections", on, known_on)
        return cls(
            common_year_run_month=at.integer("common_year_run_month"),
            common_spread_months=at.integer("common_spread_months"),
            common_is_net=at.text("common_negative") == NET_OF_YEAR,
            common_article=at.text("common_article"),
            heating_year_run_month=at.integer("heating_year_run_month"),
            heating_spread_months=at.integer("heating_spread_months"),
            heating_article=at.text("heating_article"),
            part_min_kop=at.kopecks("part_min_rub"),
            difference_min_kop=max(1, at.kopecks("difference_min_rub")),
        )
