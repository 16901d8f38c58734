"""Workbooks of finance: one of the whole month, and for each creditor its act and its statement.

Here: which columns stand on which sheet. Not here: formats (`rendering/workbook.py`), the figures.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import polars as pl

from pipeline.contracts.finance import PAID_SOURCES
from pipeline.rendering.russian import counted, day, month_name
from pipeline.rendering.words import debt_kind, money_source
from pipeline.rendering.workbook import Head, Sheet, workbook
from pipeline.reports.finance.papers import DEBT_COLUMNS, debts_of, standing, unknown
from pipeline.reports.finance.settlements import NOTHING, Settlement
from pipeline.reports.finance.turnover import Turnover

#: A longer list of contracts takes minutes to write and nobody reads it.
LISTED: Final = 50_000
_DEBTS: Final = {
    "opening_rub": "Долг на начало", "billed_rub": "Начислено", "withdrawn_rub": "Снято новыми версиями",
    "paid_rub": "Оплачено", "reversed_rub": "Возвращено (сторно)", "transferred_rub": "Зачёты и переносы",
    "closing_rub": "Долг на конец",
}
_BILLED: Final = {
    "charged_rub": "Начислено до перерасчётов", "recalculated_rub": "Перерасчёты", "benefit_rub": "Льготы",
}
_PASSED_ON: Final = {"remitted_rub": "Перечислено", "commission_rub": "Вознаграждение"}
_MONEY: Final = {
    "opening_rub": "У центра на начало", "collected_rub": "Собрано", "reversed_rub": "Возвращено плательщикам",
    "moved_rub": "Перенесено", "remitted_rub": "Перечислено", "commission_rub": "В том числе вознаграждение",
    "net_rub": "Отправлено получателю", "closing_rub": "У центра на конец",
    "own_account_rub": "Уплачено прямо получателю",
}
_RECEIVED: Final = {
    "received": "Получено по реестрам", "allocated": "Разнесено по долгам", "advance": "Лежит авансами",
    "suspended": "Невыяснено", "returned": "Возвращено плательщикам",
}
_HOW: Final = (
    "Начисления датированы днём выпуска документа, деньги — днём поступления реестра, перечисления — днём отправки.",
    "Пришедшее с опозданием относится к первому дню того расчётного месяца, который его принял.",
    "Долг жителей и деньги получателя у центра — разные остатки: первый убывает от оплаты, второй от неё растёт.",
)


def overview(told: Turnover) -> bytes:
    """The month's workbook: summary by creditor, sources, contracts, money received, what was checked."""
    title = f"Обороты за {month_name(told.span.first)}"
    sheets = (_summary(told, title), _sources(told), _contracts(told), _received(told), _checked(told))
    return workbook(sheets, made_on=told.last_day, title=title)


def act_workbook(told: Turnover, one: Settlement) -> bytes:
    """Reconciliation act with sums as numbers, and the residents' debts to this creditor."""
    title = f"Акт сверки с {one.creditor['name']} за {month_name(told.span.first)}"
    heads = (Head("Дата", "date"), Head("Основание", width=60), Head("Дебет", "money"), Head("Кредит", "money"))
    opening, closing = one.money["opening_rub"], one.money["closing_rub"]
    rows: list[tuple[Any, ...]] = [
        (told.first_day, "Остаток на начало", *_sides(opening)),
        *((entry.on, entry.text, entry.debit or None, entry.credit or None) for entry in one.entries()),
        (told.last_day, "Остаток на конец", *_sides(closing)),
    ]
    debts = Sheet(
        "Расчёты с жителями", f"Долги жителей перед получателем, {month_name(told.span.first)}",
        (Head("Услуга", width=34), Head("Вид долга"), *_money_heads(_DEBTS)), debts_of(told, one.creditor_id).rows(),
        totals=tuple(_DEBTS.values()),
    )
    return workbook((Sheet("Акт сверки", title, heads, rows), debts), made_on=told.last_day, title=title)


def remittance_workbook(told: Turnover, one: Settlement) -> bytes:
    """Statement day by day, and remittances one by one."""
    title = f"Отчёт о перечислении: {one.creditor['name']}, {month_name(told.span.first)}"
    named = [money_source(source) for source in one.sources]
    sums = [*named, "Собрано всего", "Возвращено (сторно)", "Перенесено", "Перечислено", "Вознаграждение"]
    days = [
        (each.on, *(each.sources.get(source, NOTHING) for source in one.sources), each.collected, each.reversed,
         each.moved, each.remitted, each.commission, each.held) for each in one.days
    ]
    heads = (Head("День", "date"), *(Head(name, "money") for name in sums), Head("Остаток у центра", "money"))
    sent = (
        Head("Перечисление"), Head("Отправлено", "date"), Head("Деньги по", "date"), Head("Договор"),
        Head("Исправляет"), Head("Сумма", "money"), Head("Вознаграждение", "money"), Head("Получателю", "money"),
    )
    columns = ("remittance_id", "remitted_on", "counted_until", "contract_id", "corrects_remittance_id", "gross_rub",
               "commission_rub", "net_rub")
    return workbook((
        Sheet("По дням", title, heads, days, totals=tuple(sums)),
        Sheet("Перечисления", title, sent, one.remittances.select(columns).rows(),
              totals=("Сумма", "Вознаграждение", "Получателю")),
    ), made_on=told.last_day, title=title)


def _summary(told: Turnover, title: str) -> Sheet:
    debts = told.rows.group_by("creditor_id").agg(
        pl.col(*DEBT_COLUMNS, *_BILLED).sum().cast(pl.Decimal(18, 2))
    )
    held = told.money.select("creditor_id", *(pl.col(name).alias(f"held_{name}") for name in _MONEY))
    rows = debts.join(held, on="creditor_id", how="full", coalesce=True).sort("creditor_id")
    heads = (Head("Получатель", width=40), Head("ИНН"), *_money_heads(_DEBTS), *_money_heads(_BILLED),
             *_money_heads(_MONEY, "Деньги: "))
    names = [*_DEBTS, *_BILLED, *(f"held_{name}" for name in _MONEY)]
    told_rows = [
        (told.parties.creditor(row["creditor_id"])["name"], told.parties.creditor(row["creditor_id"])["inn"],
         *(row[name] for name in names)) for row in rows.to_dicts()
    ]
    mark = f" ({standing(told)})" if told.is_provisional else ""
    return Sheet("Сводка", title + mark, heads, told_rows, totals=[head.text for head in heads[2:]])


def _sources(told: Turnover) -> Sheet:
    paid = {f"paid_{source}_rub": _capital(money_source(source)) for source in PAID_SOURCES}
    by_kind = told.rows.group_by("creditor_id", "debt_kind_code").agg(
        pl.col(*paid, "paid_rub").sum().cast(pl.Decimal(18, 2))
    ).sort("creditor_id", "debt_kind_code")
    heads = (Head("Получатель", width=40), Head("Вид долга"), *_money_heads(paid), Head("Оплачено всего", "money"))
    rows = [
        (told.parties.creditor(creditor_id)["name"], debt_kind(kind), *sums)
        for creditor_id, kind, *sums in by_kind.select("creditor_id", "debt_kind_code", *paid, "paid_rub").rows()
    ]
    return Sheet("По источникам", "Оплачено по источникам", heads, rows, totals=[head.text for head in heads[2:]])


def _contracts(told: Turnover) -> Sheet:
    """Every contract; services of a creditor where nobody would scroll through so many: the table has them all."""
    sums = {**_DEBTS, **_BILLED, **_PASSED_ON}
    rows, title = told.rows, "Обороты по договорам"
    if rows.height > LISTED:
        title = f"Обороты по услугам: {counted(rows.height, 'строка')} по договорам — в finance_turnover.parquet"
        rows = rows.group_by("creditor_id", "service_code", "debt_kind_code").agg(
            pl.col(*sums).sum().cast(pl.Decimal(18, 2)), contract_id=pl.lit("все договоры"), house_id=pl.lit("")
        ).sort("creditor_id", "service_code", "debt_kind_code")
    heads = (Head("Получатель", width=40), Head("Договор", width=24), Head("Услуга", width=26), Head("Дом"),
             Head("Вид долга"), *_money_heads(sums))
    names = {key: told.parties.creditor(key)["name"] for key in rows["creditor_id"].unique()}
    listed = rows.select("creditor_id", "contract_id", "service_code", "house_id", "debt_kind_code", *sums).rows()
    told_rows = [
        (names[creditor_id], contract, told.parties.services.get(service, service), house, debt_kind(kind), *amounts)
        for creditor_id, contract, service, house, kind, *amounts in listed
    ]
    return Sheet("Договоры", title, heads, told_rows, totals=tuple(sums.values()))


def _received(told: Turnover) -> Sheet:
    rows = [(text, told.received[name]) for name, text in _RECEIVED.items()]
    return Sheet(
        "Поступления", f"Деньги реестров, полученных с {day(told.first_day)} по {day(told.last_day)}, и где они сейчас",
        (Head("Что", width=40), Head("Сумма", "money")), rows,
    )


def _checked(told: Turnover) -> Sheet:
    rows: list[tuple[str, int | None, Decimal | None, str]] = [
        (one.sentence, one.rows, one.difference_rub, ", ".join(one.examples)) for one in told.broken
    ] or [("Все тождества сходятся до копейки", None, None, "")]
    counted = ", ".join(f"{one.month} (с {day(one.since)} по {day(one.until)})" for one in told.months)
    rows.append((f"Расчётные месяцы: {counted}", None, None, ""))
    rows += [(standing(told) or "Окончательно: расчётные месяцы закрыты", None, None, "")]
    if unknown(told):
        rows.append((unknown(told), None, None, ""))
    rows += [(sentence, None, None, "") for sentence in _HOW]
    heads = (Head("Что", width=90), Head("Строк", "count"), Head("Расхождение", "money"), Head("Где", width=46))
    return Sheet("Проверка", "Что проверено и как считано", heads, rows)


def _money_heads(columns: dict[str, str], before: str = "") -> tuple[Head, ...]:
    return tuple(Head(before + text, "money") for text in columns.values())


def _sides(balance: Decimal | None) -> tuple[Decimal | None, Decimal | None]:
    if balance is None:
        return None, None
    return (-balance, None) if balance < 0 else (None, balance)


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
