"""Promises of the ledger: every identity of money, as SQL over the files of the run (`audit/ledger_*.sql`).

A second path beside the calculation: nothing of `domain/` is imported, figures are summed anew from rows. What compares
with the arrivals speaks before publish only.
"""

from typing import Any, Final

from pipeline.audit.queries import query
from pipeline.checks.room import SAMPLE, Finding, room_check, rows_of
from pipeline.contracts import billing, events, ingest, ledger, payments, registers
from pipeline.money import format_rub
from pipeline.storage.cycles import cycle_of
from pipeline.storage.run import MonthRun

_STAGED: Final = (
    *(table.name for table in (
        billing.BILLING_DOCUMENTS, billing.CHARGES, payments.PAYMENTS, payments.PAYMENT_REVERSALS,
        payments.PAYMENT_IDENTIFICATIONS, registers.SERVICE_CONTRACTS, registers.SERVICES, events.ADVANCE_CONTRACTS,
    )),
    "suspended_new", "suspense_released", "ledger_reversals", "ledger_set_aside",
)
_STATE: Final = (
    ledger.OPEN_ITEMS, ledger.ADVANCES, ledger.SUSPENDED_PAYMENTS, ledger.REGISTRY_RECONCILIATION,
)
#: Promises over millions of rows with a quick look of their own: one pass that adds up weights. The query that tells
#: which rows break the promise groups and joins all of them, and is asked only where the look does not hold.
_PRINTED: Final = ("ledger_items_roll", "ledger_balances", "ledger_documents", "ledger_movements")
_WINDOW_MONTHS: Final = 12
#: An item older than its limitation and a year has long been settled: money of older payments no longer moves.
_MONTHS_OF_HISTORY: Final = 48


@room_check(ledger.OPEN_ITEMS, blocking=True)
def open_items_continue_last_month(run: MonthRun) -> Finding:
    """Остаток прошлого месяца + начисления документов − движения = остаток этого месяца, по каждой строке долга."""
    return _finding(run, "ledger_items_roll", "Каждая строка долга продолжает прошлый месяц до копейки")


@room_check(ledger.OPEN_ITEMS, blocking=True)
def open_items_add_up(run: MonthRun) -> Finding:
    """Начислено − оплачено − списано = открыто, и открыто больше нуля."""
    return _finding(run, "ledger_items_add_up", "Открытые строки сходятся внутри себя")


@room_check(ledger.OPEN_ITEMS, blocking=True)
def ages_follow_due_dates(run: MonthRun) -> Finding:
    """Возраст долга в днях и месяцах и срок давности посчитаны от срока оплаты на день расчёта."""
    return _finding(run, "ledger_ages", "Возраст долга следует из срока оплаты", on=run.as_of.isoformat())


@room_check(ledger.BILLED_DOCUMENTS, blocking=True)
def documents_equal_their_lines(run: MonthRun) -> Finding:
    """Сумма строк документа равна тому, что по нему начислено, с учётом его отрицательных строк."""
    return _finding(run, "ledger_documents", "Документы равны сумме своих строк")


@room_check(ledger.SUSPENDED_PAYMENTS, blocking=True)
def money_in_is_money_placed(run: MonthRun) -> Finding:
    """Пришедшие деньги разнесены, лежат авансом, невыяснены или возвращены: ни копейки больше или меньше."""
    return _finding(run, "ledger_money_in", "Все пришедшие деньги на месте")


@room_check(ledger.POSTED_PAYMENTS, blocking=True)
def every_payment_is_whole(run: MonthRun) -> Finding:
    """По каждому платежу: проведено − сторнировано = движения + изменение аванса; сторно отменяет ровно свой платёж."""
    return _finding(run, "ledger_payments_whole", "Каждый платёж цел, каждое сторно равно своему платежу")


@room_check(ledger.ACCOUNT_BALANCES, blocking=True)
def balances_roll_forward(run: MonthRun) -> Finding:
    """Сальдо: входящее + начислено − оплачено + сторно ± перенесено − списано = исходящее, из первичных строк."""
    return _finding(run, "ledger_balances", "Сальдо счетов сходится с первичными строками")


@room_check(ledger.CONSERVATION, blocking=True)
def conservation_equals_balances(run: MonthRun) -> Finding:
    """Итоги по домам равны сумме сальдо счетов, по каждому обороту."""
    return _finding(run, "ledger_conservation", "Итоги по домам равны сальдо счетов")


@room_check(ledger.REGISTRY_RECONCILIATION, blocking=True)
def registries_are_placed_whole(run: MonthRun) -> Finding:
    """По каждому реестру с начала: получено = разнесено + авансы + невыясненные + возвращено."""
    return _finding(run, "ledger_registries", "Деньги каждого реестра на месте")


@room_check(ledger.POSTED_PAYMENTS, blocking=True)
def no_payment_is_posted_twice(run: MonthRun) -> Finding:
    """Ни один платёж не проведён дважды: ни в этом месяце, ни за двенадцать прошлых."""
    return _finding(run, "ledger_posted_once", "Каждый платёж проведён один раз")


@room_check(ledger.ADVANCES, blocking=True)
def advances_wait_only_without_debt(run: MonthRun) -> Finding:
    """Аванс не лежит, пока у счёта открыт долг, который он вправе оплатить."""
    return _finding(run, "ledger_advances_wait", "Авансы встретили все долги, которые могли")


@room_check(ledger.PAYMENT_ALLOCATIONS, blocking=True)
def movements_name_known_items(run: MonthRun) -> Finding:
    """Каждое движение денег относится к существующей строке долга; отрицательные — только сторно и новые версии."""
    return _finding(run, "ledger_movements", "Все движения относятся к известным строкам долга")


@room_check(ledger.ACCOUNT_BALANCES, blocking=True)
def accounts_lie_in_one_part(run: MonthRun) -> Finding:
    """Счёт лежит в одной части таблиц, ключи во всём участке не повторяются."""
    return _finding(run, "ledger_one_part", "Ключи таблиц не повторяются")


@room_check(ledger.BILLED_CONTRACTS, blocking=True)
def contracts_equal_balances(run: MonthRun) -> Finding:
    """Начислено и снято по договорам столько же, сколько по сальдо счетов: по получателю, услуге и виду долга."""
    return _finding(run, "ledger_contracts", "Начисления по договорам равны сальдо счетов")


@room_check(ledger.COLLECTED_MONEY, blocking=True)
def collected_money_equals_movements(run: MonthRun) -> Finding:
    """Собранное для получателей по дням равно движениям денег; пришедшее на их собственные счета — отдельно."""
    since = cycle_of(run.book, run.month, run.as_of).issue_on.isoformat()
    posted = _earlier(run, ledger.POSTED_PAYMENTS.name, _MONTHS_OF_HISTORY)
    return _finding(run, "ledger_collected", "Собранное для получателей равно движениям денег", since=since,
                    posted_ever=posted)


@room_check(ledger.CREDITOR_FUNDS, blocking=True)
def funds_of_creditors_roll_forward(run: MonthRun) -> Finding:
    """Остаток денег получателя: прошлый месяц + собрано − возвращено ± перенесено − перечислено."""
    # a month that an older version closed has no such table: what was held then is not known
    goes_on = run.state.holds(ledger.CREDITOR_FUNDS)
    before = run.state.parquet(ledger.CREDITOR_FUNDS.name) if goes_on else run.parquet(ledger.CREDITOR_FUNDS.name)
    return _finding(run, "ledger_funds", "Деньги получателей у центра сходятся с собранным и перечисленным",
                    before=before, goes_on=str(goes_on).lower(), is_first=str(run.state.is_opening).lower())


@room_check(ledger.REGISTRY_RECONCILIATION, blocking=False)
def registries_equal_announcements(run: MonthRun) -> Finding:
    """Реестры сходятся с выпиской банка, прежние и исправленные — и с объявленными итогами."""
    return _finding(run, "ledger_statuses", "Реестры сходятся с объявленным и с выпиской")


def _finding(run: MonthRun, name: str, sentence: str, **values: str) -> Finding:
    paths = _paths(run)
    rows = [] if _holds_at_a_look(name, paths) else rows_of(query(name), **paths, **values)
    difference = sum(row["difference_kop"] or 0 for row in rows)
    return Finding(
        passed=not rows, sentence=sentence if not rows else f"Нарушено: {len(rows)}. Должно быть: {sentence}",
        found=len(rows), difference=format_rub(difference) if difference else 0,
        direction=("больше" if difference > 0 else "меньше") if difference else "",
        sample_ids=sample(rows),
    )


def _holds_at_a_look(name: str, paths: dict[str, str]) -> bool:
    return name in _PRINTED and bool(rows_of(query(f"{name}_print"), **paths)[0]["holds"])


def sample(rows: list[dict[str, Any]]) -> list[str]:
    """A few ids to start from."""
    return list(dict.fromkeys(str(row["account_id"]) for row in rows))[:SAMPLE]


def _paths(run: MonthRun) -> dict[str, str]:
    tables = (
        *ledger.PUBLISHED, ingest.POSTED_REVERSALS, ingest.POSTED_REMITTANCES, ingest.KNOWN_REGISTRIES,
        ingest.DELIVERIES,
    )
    published = {table.name: run.parquet(table.name) for table in tables}
    state = {f"state_{table.name}": run.state.parquet(table.name) for table in _STATE}
    return {
        **published, **state, **{name: run.staged_parquet(name) for name in _STAGED},
        "posted_before": _earlier(run, ledger.POSTED_PAYMENTS.name),
        "reversed_before": _earlier(run, ingest.POSTED_REVERSALS.name),
    }


def _earlier(run: MonthRun, name: str, window_months: int = _WINDOW_MONTHS) -> str:
    """Globs of a table in the published months of the window, one text."""
    months = run.state.months_back(window_months)
    return "|".join(str(run.book.published(month) / name / "*.parquet") for month in months)
