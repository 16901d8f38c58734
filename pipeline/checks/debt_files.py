"""How promises of debts are asked: which files of the run their queries read, over the book or part by part."""

from typing import Any, Final

from pipeline.checks.asked import Broken, broken, broken_in_parts, sums_in_parts
from pipeline.contracts.claims import CLAIM_LIST
from pipeline.contracts.debt import (
    CALL_LIST,
    CASES_TOLD,
    COURT_LIST,
    COURT_STANDING,
    DEBT_RECEIPTS,
    DEBTOR_LISTS,
    DEBTORS,
    DISPATCHES_SEEN,
    ENFORCEMENT_LIST,
    LIMITATION_RADAR,
    RESTRICTION_LIST,
    SMS_LIST,
    WITHDRAWAL_LIST,
)
from pipeline.contracts.handovers import HANDOVERS_SEEN
from pipeline.contracts.instalments import FEES_COMPARED, INSTALMENTS, INSTALMENTS_OFFERED, SERVICE_FEES
from pipeline.contracts.owner_debts import OWNER_DEBTS
from pipeline.contracts.pretrial import PRETRIAL_NOTICES
from pipeline.storage.run import MonthRun

_PUBLISHED: Final = (
    "open_items", "advances", "advance_terms", "suspended_payments", "recalculations", "incomplete_bills",
    "awaited_registries", "quarantine",
    DEBTORS.name, DEBTOR_LISTS.name, SMS_LIST.name, CALL_LIST.name, DEBT_RECEIPTS.name, COURT_LIST.name,
    RESTRICTION_LIST.name,
    COURT_STANDING.name, ENFORCEMENT_LIST.name, WITHDRAWAL_LIST.name, CLAIM_LIST.name, PRETRIAL_NOTICES.name,
    LIMITATION_RADAR.name,
    INSTALMENTS.name, INSTALMENTS_OFFERED.name, SERVICE_FEES.name, FEES_COMPARED.name, OWNER_DEBTS.name,
    "payment_allocations", "penalties", "paid_penalties",
)
_STAGED: Final = {
    "accounts": "accounts", "service_contracts": "service_contracts", "channels": "channels", "holds": "holds",
    "court_cases": CASES_TOLD, "court_cases_register": "court_cases",
    "dispatches": DISPATCHES_SEEN, "quarantine_decisions": "quarantine_decisions",
    "services": "services", "court_events": "court_events", "restriction_acts": "restriction_acts",
    "service_norms": "service_norms", "instalment_agreements": "instalment_agreements",
    "dunning_outcomes": "dunning_outcomes", "contacts": "contacts", "paid_before": "paid_before",
    "costs_paid_before": "costs_paid_before", "mandates": "mandates", "debt_decisions": "debt_decisions",
    "penalties_grown_before": "penalties_grown_before", "rights": "rights", "persons": "persons",
    "registrations": "registrations", "person_statuses": "person_statuses", "handovers": HANDOVERS_SEEN,
}


def of_lists(run: MonthRun, name: str, **values: Any) -> Broken:
    """What breaks a promise of the lists, which persons and their debts in all parts share."""
    return broken(run, name, _files(run) | values)


def of_debts(run: MonthRun, name: str, **values: Any) -> Broken:
    """What breaks a promise of the debts of an account."""
    return broken_in_parts(run, name, _files(run) | values)


def nothing_found(run: MonthRun, name: str, **values: Any) -> bool:
    """Whether a look at the debts of accounts proves that a promise holds: every figure of every part is nothing."""
    told = sums_in_parts(run, name, _files(run) | values)
    return bool(told) and not any(told.values())


def _files(run: MonthRun) -> dict[str, str]:
    published = {table: run.parquet(table) for table in _PUBLISHED}
    return published | {table: run.staged_parquet(file) for table, file in _STAGED.items()}
