"""Promises of «Коммунальный бонус»: decided once, for the stated reasons, with money behind it, granted once.

All of them block. They are SQL over the files of the run (`audit/eligibility_*.sql`), a second path beside the replay.
Those that read registers, arrived documents or the journal speak before publish only.
"""

from pipeline.checks.asked import broken, broken_in_parts
from pipeline.checks.room import Finding, room_check
from pipeline.contracts.billing import BILLING_DOCUMENTS
from pipeline.contracts.eligibility import ELIGIBILITY
from pipeline.contracts.ledger import ADVANCES
from pipeline.money import roubles_of
from pipeline.rules.eligibility import EligibilityRules
from pipeline.storage.manifest import published_version
from pipeline.storage.run import MonthRun

_PUBLISHED = (
    ELIGIBILITY.name, "incomplete_bills", "billed_documents", "posted_payments", "posted_reversals",
    "payment_allocations",
)
_STAGED = {
    "accounts": "accounts", "channels": "channels", BILLING_DOCUMENTS.name: BILLING_DOCUMENTS.name,
    "entitlements": "entitlements_seen",
}
_STATE = (ELIGIBILITY.name, "posted_payments", ADVANCES.name)
_OF_THE_JOURNAL = "eligibility_granted"


@room_check(ELIGIBILITY, blocking=True)
def nobody_is_eligible_with_an_incomplete_bill(run: MonthRun) -> Finding:
    """Ни один счёт с неполным счётом за месяц не получает бонус."""
    return _finding(run, "eligibility_incomplete", "У всех получателей бонуса счёт за месяц полон")


@room_check(ELIGIBILITY, blocking=True)
def nobody_is_eligible_whom_the_centre_does_not_serve(run: MonthRun) -> Finding:
    """Бонус получают только счета, которые центр обслуживает полностью."""
    return _finding(run, "eligibility_served", "Все получатели бонуса обслуживаются центром")


@room_check(ELIGIBILITY, blocking=True)
def eligible_means_every_condition(run: MonthRun) -> Finding:
    """Бонус есть тогда и только тогда, когда выполнены все условия, и названо первое невыполненное."""
    return _finding(run, "eligibility_conditions", "Каждое решение следует из своих условий")


@room_check(ELIGIBILITY, blocking=True)
def every_main_document_is_decided_once(run: MonthRun) -> Finding:
    """По каждому действующему основному документу месяца ровно одно решение; отложенные решения не потеряны."""
    return _finding(run, "eligibility_decided_once", "По каждому документу ровно одно решение")


@room_check(ELIGIBILITY, blocking=True)
def bonuses_are_granted_once_and_for_good(run: MonthRun) -> Finding:
    """Выданный бонус есть в журнале один раз, не выдаётся снова и не пропадает."""
    return _finding(run, "eligibility_granted", "Каждый выданный бонус есть в журнале, и только раз")


@room_check(ELIGIBILITY, blocking=True)
def bonuses_rest_on_money_paid_online_in_time(run: MonthRun) -> Finding:
    """За каждым бонусом стоят платежи в срок через нужные программе каналы, не меньше суммы документа."""
    now, before = (
        EligibilityRules.in_force(run.rule_book, month.first_day) for month in (run.month, run.month.previous)
    )
    return _finding(
        run, "eligibility_paid", "Каждый бонус обеспечен платежами в срок и через нужные каналы",
        tolerance_rub=str(roubles_of(max(now.tolerance_kop, before.tolerance_kop))),
        any_channel_now=str(not now.needs_own_online_channel),
        any_channel_before=str(not before.needs_own_online_channel),
        older_advances=_older(run, ADVANCES.name),
    )


@room_check(ELIGIBILITY, blocking=True)
def nobody_loses_a_bonus_that_was_paid_online(run: MonthRun) -> Finding:
    """Никому не отказано за канал оплаты, если документ целиком оплачен через собственные онлайн-каналы."""
    return _finding(run, "eligibility_online", "Никому не отказано за канал, хотя всё оплачено онлайн")


def _finding(run: MonthRun, name: str, sentence: str, **more: str) -> Finding:
    """Of decisions that break one promise. The journal knows no parts; all others are about an account."""
    files = {table: run.parquet(table) for table in _PUBLISHED}
    files |= {file: run.staged_parquet(staged) for file, staged in _STAGED.items()}
    files |= {f"state_{table}": run.state.parquet(table) for table in _STATE}
    ask = broken if name == _OF_THE_JOURNAL else broken_in_parts
    broke = ask(run, name, files | {"month": run.month.first_day.isoformat()} | more)
    return broke.finding(sentence, broken="Нарушено решений")


def _older(run: MonthRun, table: str) -> str:
    """The table as the month before the state published it; the state's own where the book had not begun."""
    version = published_version(run.book, run.state.month.previous)
    return str(version.folder / table / "*.parquet") if version else run.state.parquet(table)
