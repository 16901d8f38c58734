"""Rules of instalments: whom one is offered, and how long an agreed one may run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Self

from pipeline.rules.in_force import InForce
from pipeline.rules.registry import Rules


@dataclass(frozen=True, slots=True)
class InstalmentRules:
    """When an instalment is offered, and how long one may be. Sums in kopecks."""

    days_after_receipt: int
    offer_min_kop: int
    part_min_kop: int
    months_max: int

    @classmethod
    def in_force(cls, rule_book: Rules, on: date, known_on: date | None = None) -> Self:
        """`on` is the night of the list, or the day of the signing; raises NoRuleInForce."""
        at = InForce(rule_book, "debt", on, known_on)
        return cls(
            days_after_receipt=at.integer("instalment_offer_days_after_receipt"),
            offer_min_kop=at.kopecks("instalment_offer_min_rub"),
            part_min_kop=at.kopecks("instalment_part_min_rub"),
            months_max=at.integer("instalment_months_max"),
        )
