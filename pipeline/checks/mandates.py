"""Promises of mandates: worked by the creditor's order alone, a share left alone, a funnel that adds up.

Both block: whoever is contacted by mistake cannot be compared any more, and the creditor is billed by the funnel.
"""

from pipeline.checks.asked import broken
from pipeline.checks.room import Finding, room_check
from pipeline.contracts.debt import CASES_TOLD, DEBTORS, DISPATCHES_SEEN
from pipeline.contracts.mandates import FUNNEL_BEFORE, MANDATE_FUNNEL
from pipeline.storage.run import MonthRun

_PUBLISHED = (
    "debtors", "debtor_lists", "sms_list", "call_list", "debt_receipts", "payment_allocations", MANDATE_FUNNEL.name,
)
_STAGED = {
    "mandates": "mandates", "mandate_accounts": "mandate_accounts", "dispatches": DISPATCHES_SEEN,
    "dunning_outcomes": "dunning_outcomes", "court_cases": CASES_TOLD, "court_events": "court_events",
    FUNNEL_BEFORE: FUNNEL_BEFORE,
}


@room_check(DEBTORS, blocking=True)
def the_share_left_alone_is_the_one_that_was_drawn(run: MonthRun) -> Finding:
    """Долги отданы тому поручению, что в справочниках; контрольную группу выбирает жребий, и её не трогают."""
    return broken(run, "debt_mandates", _files(run)).finding("С контрольной группой поручения не связываются")


@room_check(MANDATE_FUNNEL, blocking=True)
def the_funnel_of_every_mandate_adds_up(run: MonthRun) -> Finding:
    """Воронка каждого поручения равна должникам, журналу, ответам, судебным событиям и деньгам учёта."""
    return broken(run, "debt_mandate_funnel", _files(run)).finding("Воронка поручений равна учёту и журналу")


def _files(run: MonthRun) -> dict[str, str]:
    published = {table: run.parquet(table) for table in _PUBLISHED}
    return published | {table: run.staged_parquet(file) for table, file in _STAGED.items()}
