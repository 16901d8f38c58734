"""When a debtor is told that the debt will go to court."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Self

from pipeline.rules.in_force import InForce
from pipeline.rules.registry import Rules


@dataclass(frozen=True, slots=True)
class PretrialRules:
    """Days before the day of filing within which the notice leaves."""

    days_before_court: int

    @classmethod
    def in_force(cls, rule_book: Rules, on: date, known_on: date | None = None) -> Self:
        """`on` is the night of the list; raises NoRuleInForce."""
        return cls(InForce(rule_book, "debt", on, known_on).integer("pretrial_days_before_court"))
