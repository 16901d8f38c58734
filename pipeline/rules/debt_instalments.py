"""Rules of instalments: whom one is offered, and how long an agreed one may run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final, Self

from pipeline.rules.in_force import InForce
from pipeline.rules.registry import Rules

#: One percent in the integer form of a percentage.
PERCENT: Final = 10**4


@dataclass(frozen=True, slots=True)
class InstalmentRules:
    """When an instalment is offered, and how long one may be. Sums in kopecks, the percentage × 10⁴."""

    days_after_receipt: int
    offer_min_kop: int
    part_min_kop: int
    months_max: int
    seasonal_percent: int
    seasonal_months: int
    contact_min_kop: int

    @classmethod
    def in_force(cls, rule_book: Rules, on: date, known_on: date | None = None) -> Self:
        """`on` is the night of the list, or the day of the signing; raises NoRuleInForce."""
        at = InForce(rule_book, "debt", on, known_on)
        return cls(
            days_after_receipt=at.integer("instalment_offer_days_after_receipt"),
            offer_min_kop=at.kopecks("instalment_offer_min_rub"),
            part_min_kop=at.kopecks("instalment_part_min_rub"),
            months_max=at.integer("instalment_months_max"),
            seasonal_percent=at.scaled("instalment_seasonal_percent", 4),
            seasonal_months=at.integer("instalment_seasonal_months"),
            contact_min_kop=at.kopecks("contact_min_rub"),
        )
