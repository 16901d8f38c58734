"""Rules of calls to debtors: whether the book makes them, to whom, how often and at which hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Self

from pipeline.rules.in_force import InForce
from pipeline.rules.registry import Rules


@dataclass(frozen=True, slots=True)
class CallRules:
    """The stage `call`. The sum in kopecks, the age in whole months overdue, hours as (from, until) of the place."""

    are_made: bool
    needs_consent: bool
    months_overdue_min: int
    min_kop: int
    days_after_previous: int
    per_day_max: int
    per_week_max: int
    per_month_max: int
    hours_working_day: tuple[int, ...]
    hours_day_off: tuple[int, ...]

    @classmethod
    def in_force(cls, rule_book: Rules, on: date, known_on: date | None = None) -> Self:
        """`on` is the night of the list; raises NoRuleInForce."""
        at = InForce(rule_book, "debt", on, known_on)
        return cls(
            are_made=at.yes_no("calls_are_made"),
            needs_consent=at.yes_no("call_needs_consent"),
            months_overdue_min=at.integer("call_months_overdue_min"),
            min_kop=at.kopecks("call_min_rub"),
            days_after_previous=at.integer("call_days_after_previous"),
            per_day_max=at.integer("call_per_day_max"),
            per_week_max=at.integer("call_per_week_max"),
            per_month_max=at.integer("call_per_month_max"),
            hours_working_day=at.integers("call_hours_working_day"),
            hours_day_off=at.integers("call_hours_day_off"),
        )
