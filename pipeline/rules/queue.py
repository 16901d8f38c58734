"""Rules of the work queue: terms in working days and what looks like a payment made twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Self

from pipeline.rules.in_force import InForce
from pipeline.rules.registry import Rules

_TERMS: Final = {
    "suspended_payment": "suspended_working_days", "suspended_reversal": "suspended_working_days",
    "quarantined_document": "quarantined_document_working_days", "quarantined_row": "quarantined_row_working_days",
    "duplicate_payment": "duplicate_working_days", "account_without_bill": "account_without_bill_working_days",
    "late_registry": "late_registry_working_days", "registry_difference": "registry_difference_working_days",
    "list_awaiting_registry": "list_working_days", "instalment_doubt": "instalment_doubt_working_days",
    "early_restriction": "early_restriction_working_days", "double_recovery": "double_recovery_working_days",
    "several_accounts": "court_doubt_working_days", "costs_on_principal": "court_doubt_working_days",
    "heirs_unknown": "heirs_working_days", "owner_owes": "owner_owes_working_days",
    "doubtful_reading": "doubtful_reading_working_days",
    "charges_differ": "charges_differ_working_days",
    "house_balance": "house_balance_working_days",
    "house_correction": "house_balance_working_days",
}


@dataclass(frozen=True, slots=True)
class QueueRules:
    """Rules of the room on the night of the queue. `working_days_after`: term by kind, from the day it waits since;
    proposals are due so many working days before the next documents."""

    working_days_after: Mapping[str, int]
    proposal_working_days_before_issue: int
    near_working_days: int
    duplicate_within_minutes: int
    doubtful_reading_min_kop: int
    """A doubtful reading that is worth less waits for nobody: the resident is told, the next one settles it."""

    @classmethod
    def in_force(cls, rule_book: Rules, on: date, known_on: date | None = None) -> Self:
        """`on` is the night of the queue; raises NoRuleInForce."""
        at = InForce(rule_book, "queue", on, known_on)
        return cls(
            working_days_after={kind: at.integer(name) for kind, name in _TERMS.items()},
            proposal_working_days_before_issue=at.integer("proposal_working_days_before_issue"),
            near_working_days=at.integer("near_working_days"),
            duplicate_within_minutes=at.integer("duplicate_within_minutes"),
            doubtful_reading_min_kop=at.kopecks("doubtful_reading_min_rub"),
        )
