"""Promises of the work queue: nothing that waits is missing from it, its roubles tie to the rooms, places have no gap.

All of them block: what is not in the queue is forgotten. They are SQL over the files of the run (`audit/queue_*.sql`).
What reads decisions as they were staged speaks before publish only.
"""

from pathlib import Path
from typing import Final

from pipeline.checks.asked import Broken, broken, broken_in_parts
from pipeline.checks.room import Finding, room_check
from pipeline.contracts.queue import NO_QUEUE_BEFORE, WORK_QUEUE
from pipeline.domain.queue.ranking import after_day
from pipeline.money import roubles_of
from pipeline.rules.calendar import WorkingCalendar
from pipeline.rules.house_meters import HouseMeterRules
from pipeline.rules.queue import QueueRules
from pipeline.rules.rating import RatingRules
from pipeline.storage.files import parquet_files
from pipeline.storage.run import MonthRun

_PUBLISHED: Final = (
    "suspended_payments", "quarantine", "deliveries", "recalculations", "incomplete_bills", "awaited_registries",
    "known_registries", "registry_reconciliation", "debtors", "debtor_lists", "posted_payments", "posted_reversals",
    "account_index", "returned_applications", "charge_audit_totals", "instalments", "restriction_list",
    "court_standing", "reading_doubts", "house_balances", "house_corrections", "open_items", WORK_QUEUE.name,
)
_STATE: Final = (WORK_QUEUE.name, "billed_documents", "posted_payments", "posted_reversals")
_STAGED: Final = ("quarantine_decisions", "debt_decisions", "accounts")
_OF_ACCOUNTS: Final = "queue_duplicates"


@room_check(WORK_QUEUE, blocking=True)
def suspended_money_is_queued(run: MonthRun) -> Finding:
    """Сумма невыясненных строк очереди равна невыясненным платежам, строка к строке."""
    return _broken(run, "queue_suspended").finding("Все невыясненные деньги стоят в очереди своей суммой")


@room_check(WORK_QUEUE, blocking=True)
def refused_rows_are_queued(run: MonthRun) -> Finding:
    """В очереди столько документов и строк, сколько в карантине без решения, считая прежние месяцы."""
    return _broken(run, "queue_refused").finding("Всё, что в карантине ждёт решения, стоит в очереди")


@room_check(WORK_QUEUE, blocking=True)
def open_proposals_are_queued(run: MonthRun) -> Finding:
    """Перерасчёты, которые ждут согласия или проведены не на ту сумму, хоть бы и расчётчиком, стоят своей разницей."""
    return _broken(run, "queue_proposals").finding("Перерасчёты, которые ждут человека, стоят в очереди")


@room_check(WORK_QUEUE, blocking=True)
def returned_applications_are_queued(run: MonthRun) -> Finding:
    """Каждое заявление и каждый акт, которые возвращаются, стоят в очереди один раз, со сроком ответа."""
    return _broken(run, "queue_returned").finding("Всё, что возвращается заявителям, стоит в очереди")


@room_check(WORK_QUEUE, blocking=True)
def accounts_without_a_bill_are_queued(run: MonthRun) -> Finding:
    """Каждый счёт без квитанции есть в очереди: сам или своим отклонённым документом."""
    return _broken(run, "queue_bills").finding("Все счета без квитанции стоят в очереди")


@room_check(WORK_QUEUE, blocking=True)
def registries_and_lists_are_queued(run: MonthRun) -> Finding:
    """Опоздавшие и несошедшиеся реестры и списки, которые их ждут, стоят в очереди."""
    return _broken(run, "queue_registries").finding("Реестры и списки, которые ждут, стоят в очереди")


@room_check(WORK_QUEUE, blocking=True)
def doubts_about_debts_are_queued(run: MonthRun) -> Finding:
    """Рассрочки не на сумму долга, отключённое раньше срока и взысканное дважды стоят в очереди своей суммой."""
    return _broken(run, "queue_doubts").finding("Каждое сомнение о долге ждёт решения в очереди")


@room_check(WORK_QUEUE, blocking=True)
def doubtful_readings_are_queued(run: MonthRun) -> Finding:
    """Каждое сомнительное показание, от которого зависит заметная сумма, ждёт человека в очереди."""
    rules = QueueRules.in_force(run.rule_book, run.as_of)
    found = _broken(run, "queue_readings", from_rub=str(roubles_of(rules.doubtful_reading_min_kop)))
    return found.finding("Сомнительные показания, от которых зависят деньги, стоят в очереди")


@room_check(WORK_QUEUE, blocking=True)
def unbalanced_houses_are_queued(run: MonthRun) -> Finding:
    """Каждый дом, который не сходится с квартирами на заметную сумму, ждёт человека в очереди."""
    rules = HouseMeterRules.in_force(run.rule_book, run.month.first_day)
    found = _broken(run, "queue_houses", from_rub=str(roubles_of(rules.queue_min_kop)))
    return found.finding("Дома, которые не сходятся с квартирами, стоят в очереди")


@room_check(WORK_QUEUE, blocking=True)
def houses_out_of_their_band_are_queued(run: MonthRun) -> Finding:
    """Дома и причины, по которым начисления расходятся с реестрами больше допуска, стоят в очереди своей разницей."""
    rules = RatingRules.in_force(run.rule_book, run.month.first_day)
    bands = {"house_band_rub": rules.house_band_kop, "cause_band_rub": rules.cause_band_kop}
    found = _broken(run, "queue_charges", **{name: str(roubles_of(kop)) for name, kop in bands.items()})
    return found.finding("О каждом доме и причине вне допуска есть дело")


@room_check(WORK_QUEUE, blocking=True)
def payments_alike_are_asked_about(run: MonthRun) -> Finding:
    """Вопрос о повторе задан ровно о тех платежах, которые совпали во всём и близки по времени."""
    rules = QueueRules.in_force(run.rule_book, run.as_of)
    found = _broken(run, _OF_ACCOUNTS, within_minutes=str(rules.duplicate_within_minutes))
    found += _broken(run, "queue_duplicates_of_nobody")
    return found.finding("О каждом возможном повторе платежа задан вопрос, и только о нём")


@room_check(WORK_QUEUE, blocking=True)
def places_follow_deadlines_and_roubles(run: MonthRun) -> Finding:
    """Места в очереди идут подряд: просроченное, близкий срок, остальное; внутри — по рублям."""
    rules = QueueRules.in_force(run.rule_book, run.as_of)
    days = WorkingCalendar.known(run.rule_book).working_days()["next_working_day"].unique().sort()
    near_until = after_day(days, run.as_of, rules.near_working_days)
    near = near_until.isoformat() if near_until else ""
    found = _broken(run, "queue_ranks", as_of=run.as_of.isoformat(), near_until=near)
    return found.finding("Места в очереди идут по срокам и рублям")


def _broken(run: MonthRun, name: str, **values: str) -> Broken:
    """What breaks one promise. The queue is one for the book; payments alike are of one account."""
    files = {table: run.parquet(table) for table in _PUBLISHED}
    files |= {f"state_{table}": run.state.parquet(table) for table in _STATE}
    if not parquet_files(Path(run.state.parquet(WORK_QUEUE.name)).parent):
        files[f"state_{WORK_QUEUE.name}"] = run.staged_parquet(NO_QUEUE_BEFORE)
    files |= {table: run.staged_parquet(table) for table in _STAGED}
    ask = broken_in_parts if name == _OF_ACCOUNTS else broken
    return ask(run, name, files | values)
