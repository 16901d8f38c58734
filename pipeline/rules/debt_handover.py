"""Rules of requests to providers, courts, banks and bailiffs: when one that nobody has answered is made again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Self

from pipeline.rules.in_force import InForce
from pipeline.rules.registry import Rules


@dataclass(frozen=True, slots=True)
class HandoverRules:
    """How often a request is handed over."""

    repeat_days: int

    @classmethod
    def in_force(cls, rule_book: Rules, on: date, known_on: date | None = None) -> Self:
        """`on` is the night of the list; raises NoRuleInForce."""
        return cls(InForce(rule_book, "debt", on, known_on).integer("handover_repeat_days"))
