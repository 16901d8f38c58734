"""Rules of the ledger: due dates, limitation, what counts as paid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Self

from pipeline.rules.in_force import InForce, IntegerSteps, YesNoSteps
from pipeline.rules.registry import Rules


@dataclass(frozen=True, slots=True)
class DueDateRules:
    """Rules of the due date by nominal due month: one frame holds documents of many months."""

    due_days: IntegerSteps
    delivery_deadline_days: IntegerSteps
    shift_due_day: YesNoSteps
    late_delivery_moves_due_day: YesNoSteps

    @classmethod
    def known(cls, rules: Rules, known_on: date | None = None) -> Self:
        """All values ever in force, as far as published by a day."""
        at = InForce(rules, "ledger", date.max, known_on)
        return cls(
            due_days=at.integer_steps("due_day"),
            delivery_deadline_days=at.integer_steps("document_delivery_deadline_day"),
            shift_due_day=at.yes_no_steps("shift_due_day"),
            late_delivery_moves_due_day=at.yes_no_steps("late_delivery_moves_due_day"),
        )


@dataclass(frozen=True, slots=True)
class LedgerRules:
    """Rules of the ledger in force on the cut of a month. Sums in kopecks."""

    due_dates: DueDateRules
    due_day: int
    limitation_years: int
    limitation_rest_months_min: int
    exact_total_pays_penalty: bool
    paid_tolerance_kop: int
    payment_id_window_months: int

    @classmethod
    def in_force(cls, rule_book: Rules, on: date, known_on: date | None = None) -> Self:
        """Raises NoRuleInForce when one of them has no value on `on`."""
        at = InForce(rule_book, "ledger", on, known_on)
        return cls(
            due_dates=DueDateRules.known(rule_book, known_on),
            due_day=at.integer("due_day"),
            limitation_years=at.integer("limitation_years"),
            limitation_rest_months_min=at.integer("limitation_rest_months_min"),
            exact_total_pays_penalty=at.yes_no("exact_total_pays_penalty"),
            paid_tolerance_kop=at.kopecks("paid_tolerance_rub"),
            payment_id_window_months=at.integer("payment_id_window_months"),
        )
