"""Whether debts for housing may be collected by a notary's inscription: a route that a law has yet to open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Self

from pipeline.rules.in_force import InForce
from pipeline.rules.registry import Rules


@dataclass(frozen=True, slots=True)
class NotaryRules:
    """The route and its terms."""

    is_open: bool
    notice_days: int
    years_max: int

    @classmethod
    def in_force(cls, rule_book: Rules, on: date, known_on: date | None = None) -> Self:
        """`on` is the night of the list; raises NoRuleInForce."""
        at = InForce(rule_book, "debt", on, known_on)
        return cls(
            is_open=at.yes_no("notary_route_is_open"), notice_days=at.integer("notary_notice_days"),
            years_max=at.integer("notary_years_max"),
        )
