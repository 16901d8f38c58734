"""Rules of meters of houses: whom to believe, what belongs to common property, which difference is worth a look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Self

from pipeline.rules.in_force import InForce
from pipeline.rules.registry import Rules

PERCENT_DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class HouseMeterRules:
    """Rules for the readings of houses in one charge month."""

    source_ranks: tuple[str, ...]
    """The most trusted first."""
    common_services: Mapping[str, str]
    """Service of common property → the service whose resource it bills."""
    difference_percent_e4: int
    queue_min_kop: int

    @classmethod
    def in_force(cls, rule_book: Rules, on: date, known_on: date | None = None) -> Self:
        """`on` is the first day of the charge month; raises NoRuleInForce."""
        at = InForce(rule_book, "house_meters", on, known_on)
        pairs = [pair.split(":", 1) for pair in at.texts("common_services")]
        return cls(
            source_ranks=at.texts("source_ranks"),
            common_services={common: resource for resource, common in pairs},
            difference_percent_e4=at.scaled("difference_percent", PERCENT_DIGITS),
            queue_min_kop=at.kopecks("queue_min_rub"),
        )
