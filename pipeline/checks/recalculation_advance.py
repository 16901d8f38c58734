"""Promises of the advance discount, as SQL over the files of the run.

They compare with the lines of documents, so they speak before publish only. Not here: other recalculations.
"""

from typing import Final

from pipeline.checks.asked import Broken, broken_in_parts
from pipeline.checks.room import Finding, room_check
from pipeline.contracts.advance_discounts import ADVANCE_SCHEDULE, ADVANCE_TERMS, SCHEDULE_BEFORE, TERMS_BEFORE
from pipeline.contracts.ingest import POSTED_REVERSALS
from pipeline.contracts.ledger import ADVANCES, OPEN_ITEMS, POSTED_PAYMENTS
from pipeline.contracts.recalculation import RECALCULATIONS
from pipeline.contracts.registers import SERVICE_KINDS
from pipeline.rules.recalculation_advance import AdvanceRules
from pipeline.storage.run import MonthRun

_PUBLISHED: Final = (RECALCULATIONS, ADVANCE_TERMS, ADVANCE_SCHEDULE, POSTED_PAYMENTS, POSTED_REVERSALS, OPEN_ITEMS)
_STAGED: Final = (
    "charges", "billing_documents", "services", "service_contracts", "advance_contracts", "advance_discounts",
    TERMS_BEFORE, SCHEDULE_BEFORE,
)


@room_check(ADVANCE_SCHEDULE, blocking=True)
def advance_discounts_are_counted_by_lines(run: MonthRun) -> Finding:
    """Скидка за аванс: каждая постоянная строка срока × процент, один раз; снятая обратно — ровно данная."""
    return _broken(run, "recalculation_advance").finding("Скидки за аванс пересчитываются по строкам")


@room_check(ADVANCE_TERMS, blocking=True)
def advance_terms_stand_by_their_money(run: MonthRun) -> Finding:
    """Скидка за аванс идёт у того, кто внёс вовремя всю сумму срока, и не идёт у того, кто отказался."""
    return _broken(run, "recalculation_advance_terms").finding("Скидки за аванс стоят на внесённых деньгах")


def _broken(run: MonthRun, name: str) -> Broken:
    """What breaks one promise."""
    rules = AdvanceRules.in_force(run.rule_book, run.month.first_day)
    files = {table.name: run.parquet(table.name) for table in _PUBLISHED}
    files |= {name: run.staged_parquet(name) for name in _STAGED}
    files |= {f"state_{table.name}": run.state.parquet(table.name) for table in (RECALCULATIONS, ADVANCES)}
    lists = {
        "fixed_kinds": rules.fixed_kinds, "fixed_bases": rules.fixed_bases, "joined_creditors": rules.joined_creditors,
        "ends_by": rules.ends_by, "all_kinds_told": SERVICE_KINDS,
    }
    values = files | {key: ",".join(value) for key, value in lists.items()} | {
        "month": run.month.first_day.isoformat(), "months_min": rules.months_min, "months_max": rules.months_max,
        "debt_days": rules.debt_days, "debt_min_kop": rules.debt_min_kop,
    }
    return broken_in_parts(run, name, values)
