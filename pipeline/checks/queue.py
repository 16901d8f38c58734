"""Promises of the work queue: nothing that waits is missing from it, its roubles tie to the rooms, places have no gap.

All of them block: what is not in the queue is forgotten. They are SQL over the files of the run (`audit/queue_*.sql`).
What reads decisions as they were staged speaks before publish only.
"""

from pathlib import Path
from typing import Any, Final

from pipeline.audit.queries import query
from pipeline.checks.room import SAMPLE, Finding, room_check, rows_of
from pipeline.contracts.queue import NO_QUEUE_BEFORE, WORK_QUEUE
from pipeline.domain.queue.ranking import after_day
from pipeline.rules.calendar import WorkingCalendar
from pipeline.rules.queue import QueueRules
from pipeline.storage.files import parquet_files
from pipeline.storage.run import MonthRun

_PUBLISHED: Final = (
    "suspended_payments", "quarantine", "deliveries", "recalculations", "incomplete_bills", "awaited_registries",
    "known_registries", "registry_reconciliation", "debtors", "debtor_lists", "posted_payments", "posted_reversals",
    WORK_QUEUE.name,
)
_STATE: Final = (WORK_QUEUE.name, "billed_documents", "posted_payments", "posted_reversals")
_STAGED: Final = ("quarantine_decisions",)


@room_check(WORK_QUEUE, blocking=True)
def suspended_money_is_queued(run: MonthRun) -> Finding:
    """Сумма невыясненных строк очереди равна невыясненным платежам, строка к строке."""
    return _finding(_broken(run, "queue_suspended"), "Все невыясненные деньги стоят в очереди своей суммой")


@room_check(WORK_QUEUE, blocking=True)
def refused_rows_are_queued(run: MonthRun) -> Finding:
    """В очереди столько документов и строк, сколько в карантине без решения, считая прежние месяцы."""
    return _finding(_broken(run, "queue_refused"), "Всё, что в карантине ждёт решения, стоит в очереди")


@room_check(WORK_QUEUE, blocking=True)
def open_proposals_are_queued(run: MonthRun) -> Finding:
    """Перерасчёты, которые ждут согласия или проведены не на ту сумму, хоть бы и расчётчиком, стоят своей разницей."""
    return _finding(_broken(run, "queue_proposals"), "Перерасчёты, которые ждут человека, стоят в очереди")


@room_check(WORK_QUEUE, blocking=True)
def accounts_without_a_bill_are_queued(run: MonthRun) -> Finding:
    """Каждый счёт без квитанции есть в очереди: сам или своим отклонённым документом."""
    return _finding(_broken(run, "queue_bills"), "Все счета без квитанции стоят в очереди")


@room_check(WORK_QUEUE, blocking=True)
def registries_and_lists_are_queued(run: MonthRun) -> Finding:
    """Опоздавшие и несошедшиеся реестры и списки, которые их ждут, стоят в очереди."""
    return _finding(_broken(run, "queue_registries"), "Реестры и списки, которые ждут, стоят в очереди")


@room_check(WORK_QUEUE, blocking=True)
def payments_alike_are_asked_about(run: MonthRun) -> Finding:
    """Вопрос о повторе задан ровно о тех платежах, которые совпали во всём и близки по времени."""
    rules = QueueRules.in_force(run.rule_book, run.as_of)
    rows = _broken(run, "queue_duplicates", within_minutes=str(rules.duplicate_within_minutes))
    return _finding(rows, "О каждом возможном повторе платежа задан вопрос, и только о нём")


@room_check(WORK_QUEUE, blocking=True)
def places_follow_deadlines_and_roubles(run: MonthRun) -> Finding:
    """Места в очереди идут подряд: просроченное, близкий срок, остальное; внутри — по рублям."""
    rules = QueueRules.in_force(run.rule_book, run.as_of)
    days = WorkingCalendar.known(run.rule_book).working_days()["next_working_day"].unique().sort()
    near_until = after_day(days, run.as_of, rules.near_working_days)
    near = near_until.isoformat() if near_until else ""
    rows = _broken(run, "queue_ranks", as_of=run.as_of.isoformat(), near_until=near)
    return _finding(rows, "Места в очереди идут по срокам и рублям")


def _broken(run: MonthRun, name: str, **values: str) -> list[dict[str, Any]]:
    """Rows of an audit query: each is one broken promise."""
    published = {table: run.parquet(table) for table in _PUBLISHED}
    state = {f"state_{table}": run.state.parquet(table) for table in _STATE}
    if not parquet_files(Path(run.state.parquet(WORK_QUEUE.name)).parent):
        state[f"state_{WORK_QUEUE.name}"] = run.staged_parquet(NO_QUEUE_BEFORE)
    staged = {table: run.staged_parquet(table) for table in _STAGED}
    return rows_of(query(name), **published, **state, **staged, **values)


def _finding(rows: list[dict[str, Any]], sentence: str) -> Finding:
    difference = sum(row["difference_rub"] or 0 for row in rows if "difference_rub" in row)
    return Finding(
        passed=not rows, sentence=sentence if not rows else f"Нарушено строк: {len(rows)}. Должно быть: {sentence}",
        expected=0, found=len(rows), difference=f"{difference} ₽" if difference else 0,
        direction=("больше" if difference > 0 else "меньше") if difference else "",
        sample_ids=[str(row["subject"]) for row in rows[:SAMPLE]],
    )
