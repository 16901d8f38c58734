"""When a set-off of a credit against a debt to the same creditor is proposed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Self

from pipeline.rules.in_force import InForce
from pipeline.rules.registry import Rules


@dataclass(frozen=True, slots=True)
class OffsetRules:
    """Smallest sum that is worth a person's look."""

    min_kop: int

    @classmethod
    def in_force(cls, rule_book: Rules, on: date, known_on: date | None = None) -> Self:
        """`on` is the night of the proposal; raises NoRuleInForce."""
        return cls(InForce(rule_book, "debt", on, known_on).kopecks("offset_min_rub"))
