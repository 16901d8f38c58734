"""Promises of the ledger: every identity of money, as SQL over the files of the run (`audit/ledger_*.sql`).

A second path beside the calculation: nothing of `domain/` is imported, figures are summed anew from rows. What compares
with the arrivals speaks before publish only.
"""

from typing import Final

import duckdb

from pipeline.audit.queries import query
from pipeline.checks.asked import (
    Broken,
    broken,
    broken_in_part,
    broken_in_parts,
    looked,
    rows_of,
)
from pipeline.checks.room import Finding, room_check
from pipeline.contracts import billing, events, ingest, ledger, payments, registers
from pipeline.contracts.advance_discounts import ADVANCE_TERMS, SCHEDULE_AT_START, TERMS_AT_START
from pipeline.storage.cycles import cycle_of
from pipeline.storage.run import MonthRun, NotComputed
from pipeline.storage.state import RUN_MONTH

_STAGED: Final = (
    *(table.name for table in (
        billing.BILLING_DOCUMENTS, billing.CHARGES, payments.PAYMENTS, payments.PAYMENT_REVERSALS,
        payments.PAYMENT_IDENTIFICATIONS, registers.SERVICE_CONTRACTS, registers.SERVICES, events.ADVANCE_CONTRACTS,
    )),
    "suspended_new", "suspense_released", "ledger_reversals", "ledger_set_aside", TERMS_AT_START, SCHEDULE_AT_START,
)
_STATE: Final = (
    ledger.OPEN_ITEMS, ledger.ADVANCES, ledger.SUSPENDED_PAYMENTS, ledger.REGISTRY_RECONCILIATION,
)
#: Promises over millions of rows that one pass over a part looks at together: the figures of `ledger_look` that must be
#: nothing. A movement on an unknown item leaves its item out of the roll unless other movements on it cancel this one:
#: those that take back are known by that, credits and money on replaced documents are looked up.
_LOOKED_AT: Final = {
    "ledger_items_roll": ("items", "open_on_replaced"),
    "ledger_documents": ("documents",),
    "ledger_balances": ("opening", "closing", "billed", "paid", "taken_back", "broken_balances"),
    "ledger_movements": ("items", "open_on_replaced", "odd_movements", "closed_items", "unknown_items"),
}
_WINDOW_MONTHS: Final = 12
#: An item older than its limitation and a year has long been settled: money of older payments no longer moves.
_MONTHS_OF_HISTORY: Final = 48
_LOOK: Final = "ledger_look"
_BROKEN: Final = "Нарушено"


@room_check(ledger.OPEN_ITEMS, blocking=True)
def open_items_continue_last_month(run: MonthRun) -> Finding:
    """Остаток прошлого месяца + начисления документов − движения = остаток этого месяца, по каждой строке долга."""
    return _of_accounts(run, "ledger_items_roll", "Каждая строка долга продолжает прошлый месяц до копейки")


@room_check(ledger.OPEN_ITEMS, blocking=True)
def open_items_add_up(run: MonthRun) -> Finding:
    """Начислено − оплачено − списано = открыто, и открыто больше нуля."""
    return _of_accounts(run, "ledger_items_add_up", "Открытые строки сходятся внутри себя")


@room_check(ledger.OPEN_ITEMS, blocking=True)
def ages_follow_due_dates(run: MonthRun) -> Finding:
    """Возраст долга в днях и месяцах и срок давности посчитаны от срока оплаты на день расчёта."""
    return _of_accounts(run, "ledger_ages", "Возраст долга следует из срока оплаты", on=run.as_of.isoformat())


@room_check(ledger.BILLED_DOCUMENTS, blocking=True)
def documents_equal_their_lines(run: MonthRun) -> Finding:
    """Сумма строк документа равна тому, что по нему начислено, с учётом его отрицательных строк."""
    return _of_accounts(run, "ledger_documents", "Документы равны сумме своих строк")


@room_check(ledger.SUSPENDED_PAYMENTS, blocking=True)
def money_in_is_money_placed(run: MonthRun) -> Finding:
    """Пришедшие деньги разнесены, лежат авансом, невыяснены или возвращены: ни копейки больше или меньше."""
    return _finding(run, "ledger_money_in", "Все пришедшие деньги на месте")


@room_check(ledger.POSTED_PAYMENTS, blocking=True)
def every_payment_is_whole(run: MonthRun) -> Finding:
    """По каждому платежу: проведено − сторнировано = движения + изменение аванса; сторно отменяет ровно свой платёж."""
    sentence = "Каждый платёж цел, каждое сторно равно своему платежу"
    return Finding(True, sentence) if _payments_hold(run) else _finding(run, "ledger_payments_whole", sentence)


@room_check(ledger.ACCOUNT_BALANCES, blocking=True)
def balances_roll_forward(run: MonthRun) -> Finding:
    """Сальдо: входящее + начислено − оплачено + сторно ± перенесено − списано = исходящее, из первичных строк."""
    return _of_accounts(run, "ledger_balances", "Сальдо счетов сходится с первичными строками")


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
    return _of_accounts(run, "ledger_advances_wait", "Авансы встретили все долги, которые могли")


@room_check(ledger.PAYMENT_ALLOCATIONS, blocking=True)
def contract_money_pays_fixed_lines(run: MonthRun) -> Finding:
    """Деньги договора со скидкой за аванс платят только постоянные строки его месяцев; кончилась скидка — свободны."""
    # of the terms as the cycle found them there is a file at least: the months before may have none
    ever = [run.staged_parquet(TERMS_AT_START), *_earlier(run, ADVANCE_TERMS.name, _MONTHS_OF_HISTORY)]
    return _of_accounts(run, "ledger_fixed_lines", "Деньги договоров со скидкой за аванс лежат на своих строках",
                        advance_terms_ever=ever)


@room_check(ledger.PAYMENT_ALLOCATIONS, blocking=True)
def movements_name_known_items(run: MonthRun) -> Finding:
    """Каждое движение денег относится к существующей строке долга; отрицательные — только сторно и новые версии."""
    return _of_accounts(run, "ledger_movements", "Все движения относятся к известным строкам долга")


@room_check(ledger.PAYMENT_ALLOCATIONS, blocking=True)
def no_money_lies_on_replaced_documents(run: MonthRun) -> Finding:
    """На строках документа, который заменён новой версией, денег не осталось: ни этого месяца, ни прежних."""
    laid = sum(run.map_parts(laid_on_replaced, documents_in(run)), Broken())
    return laid.finding("С заменённых документов сняты все деньги", broken=_BROKEN)


@room_check(ledger.ACCOUNT_BALANCES, blocking=True)
def accounts_lie_in_one_part(run: MonthRun) -> Finding:
    """Счёт лежит в одной части таблиц, ключи во всём участке не повторяются."""
    files = _files(run) | {ingest.ACCOUNT_INDEX.name: run.parquet(ingest.ACCOUNT_INDEX.name)}
    torn = broken_in_parts(run, "ledger_one_part", files) + broken(run, "ledger_suspended_once", files)
    return torn.finding("Ключи таблиц не повторяются", broken=_BROKEN)


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


def laid_on_replaced(run: MonthRun, part: str) -> Broken:
    """Money of one part that lies on documents which this cycle has replaced."""
    documents = run.read_staged(billing.BILLING_DOCUMENTS.name, part, columns=["document_id", "supersedes_document_id"])
    replaced = documents["supersedes_document_id"].drop_nulls().unique()
    if replaced.is_empty():
        return Broken()
    earlier = replaced.filter(~replaced.is_in(documents["document_id"].implode()))
    window = run.state.months_back(_MONTHS_OF_HISTORY)
    billed = run.state.newest(
        ledger.BILLED_DOCUMENTS, window, "document_id", earlier, part=part, columns=["document_id"]
    )
    # a document of before the opening was billed in no month that we know
    is_known = billed["document_id"].n_unique() == earlier.len()
    since = min(billed[RUN_MONTH].to_list(), default=run.month.first_day) if is_known else window[0].first_day
    months = [month for month in window if month.first_day >= since]
    name = ledger.PAYMENT_ALLOCATIONS.name
    moved = [run.parquet(name), *(str(run.book.published(month) / name / "*.parquet") for month in months)]
    return broken_in_part(run, part, name="ledger_replaced", values={
        "moved": moved, billing.BILLING_DOCUMENTS.name: run.staged_parquet(billing.BILLING_DOCUMENTS.name),
    })


def documents_in(run: MonthRun) -> list[str]:
    """Parts with documents of the cycle."""
    if not run.has_staged(billing.BILLING_DOCUMENTS.name):
        raise NotComputed(f"Документы месяца {run.month} не разложены по частям")
    return [file.stem for file in run.staged_files(billing.BILLING_DOCUMENTS.name)]


def _finding(run: MonthRun, name: str, sentence: str, **values: str | list[str]) -> Finding:
    """A promise that crosses parts."""
    return broken(run, name, _files(run) | values).finding(sentence, broken=_BROKEN)


def _of_accounts(run: MonthRun, name: str, sentence: str, **values: str | list[str]) -> Finding:
    """A promise about accounts; their parts are asked where a look at them does not show that it holds."""
    files = _files(run)
    if name in _LOOKED_AT:
        told = looked(run, _LOOK, files)
        if told and not any(told[figure] for figure in _LOOKED_AT[name]):
            return Finding(True, sentence)
    return broken_in_parts(run, name, files | values).finding(sentence, broken=_BROKEN)


def _payments_hold(run: MonthRun) -> bool:
    try:
        return bool(rows_of(run, query("ledger_payments_look"), **_files(run))[0]["holds"])
    except duckdb.OutOfRangeException:
        return False


def _files(run: MonthRun) -> dict[str, str | list[str]]:
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


def _earlier(run: MonthRun, name: str, window_months: int = _WINDOW_MONTHS) -> list[str]:
    """Globs of a table in the published months of the window."""
    months = run.state.months_back(window_months)
    return [str(run.book.published(month) / name / "*.parquet") for month in months]
