"""Rules of what a register corrected afterwards changes in billed months: how far back, and on what ground."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Self

from pipeline.contracts.recalculation import RERATED_CAUSES
from pipeline.rules.in_force import InForce
from pipeline.rules.registry import Rules


@dataclass(frozen=True, slots=True)
class RegisterRules:
    """Rules for the register changes that a month hears of."""

    reduction_months: int
    charge_months: int
    articles: Mapping[str, str]
    """Ground by cause."""

    @classmethod
    def in_force(cls, rule_book: Rules, on: date, known_on: date | None = None) -> Self:
        """`on` is the first day of the run month; raises NoRuleInForce."""
        at = InForce(rule_book, "recalculation_registers", on, known_on)
        return cls(
            reduction_months=at.integer("reduction_months_max"), charge_months=at.integer("charge_months_max"),
            articles={cause: at.text(f"article_{cause}") for cause in RERATED_CAUSES},
        )
