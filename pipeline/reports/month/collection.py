"""Collection: what came in for the documents of the month and for the debt before it, month by month and cumulative.

    current rate  = laid on documents of the month ÷ billed by them          (each in its own cycle)
    arrears rate  = laid on documents of earlier months ÷ debt at the start of the cycle
    overall rate  = both ÷ billed in the cycle; cumulative from the first month shown

Billed in the cycle are the documents of the month and late ones, of earlier months, that came in its cycle.
Money counts where the ledger laid it, less what was taken back. Credits of negative lines are no payments.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from pipeline.billing_month import BillingMonth
from pipeline.rendering.russian import month_name
from pipeline.reports.month.section import Bar, Chart, Row, Section, key, money, share
from pipeline.reports.month.source import Source

NOTHING: Final = Decimal("0.00")
_OPEN: Final = """
    SELECT billing_month, SUM(outstanding_rub)::DECIMAL(18,2) AS open_rub FROM open_items GROUP BY ALL ORDER BY ALL
"""


def collection(source: Source) -> Section:
    """By month of the cycle, with a running total."""
    rows = list(_cycles(source))
    return Section(
        code="collection", title="Собираемость по месяцам", sheet="Собираемость",
        question="Какую часть начисленного собрали и сколько вернулось прежнего долга?",
        counted=(
            "Деньги считаются там, куда их разнесло сальдо в цикле этого месяца, за вычетом сторно. Текущая "
            "собираемость — оплачено по документам месяца к начисленному по ним; прежний долг — оплачено по более "
            "ранним документам к долгу на начало цикла. Поздние документы — за прежние месяцы, но пришедшие в этом "
            "цикле, в том числе новые версии прежних: оплата по ним — прежний долг, а в общей и накопительной "
            "собираемости они начислены вместе с документами месяца. Общая — всё оплаченное в цикле к начисленному "
            "в нём; накопительно — то же с первой строки таблицы."
        ),
        columns=(
            key("month", "Месяц", kind="month"), money("billed_rub", "Начислено за месяц"),
            money("late_rub", "Поздние документы"), money("current_rub", "Оплачено по документам месяца"),
            share("current", "Текущая", "current_rub", "billed_rub"), money("opening_rub", "Долг на начало"),
            money("arrears_rub", "Оплачено прежнего долга"),
            share("arrears", "Погашено долга", "arrears_rub", "opening_rub"), money("paid_rub", "Оплачено всего"),
            share("overall", "Общая", "paid_rub", "cycle_rub"),
            share("cumulative", "Накопительно", "paid_so_far", "billed_so_far"),
        ),
        hidden=(money("cycle_rub", "Начислено в цикле"),), rows=rows, empty="Опубликованных месяцев ещё нет.",
        chart=_rates(rows),
        # the debt at the start of each month is the same debt seen again: a sum of it says nothing
        total={"opening_rub": None, "paid_so_far": None},
    )


def vintages(source: Source) -> Section:
    """By month of the documents: collected so far, in their own cycle and later."""
    rows = list(_documents(source))
    return Section(
        code="vintages", title="Собрано по документам каждого месяца на сегодня", sheet="По документам",
        question="Сколько уже собрано по документам прошлых месяцев и что по ним ещё открыто?",
        counted=(
            "Оплачено в показанных циклах по документам месяца, за вычетом сторно; открыто — остаток статей этих "
            "документов сейчас, с пенями и судебными расходами. Доля — оплаченное к сумме оплаченного и открытого."
        ),
        columns=(
            key("month", "Документы за", told=_month_or_earlier), money("own_rub", "Оплачено в своём цикле"),
            money("later_rub", "Оплачено позже"), money("paid_rub", "Оплачено всего"),
            money("open_rub", "Ещё открыто"), share("collected", "Собрано", "paid_rub", "owed_rub"),
        ),
        hidden=(money("owed_rub", "Оплачено и открыто"),), rows=rows, empty="Документов ещё нет.",
        chart=_vintage_chart(rows),
    )


def _cycles(source: Source) -> Iterator[Row]:
    billed_so_far = paid_so_far = NOTHING
    for month, cycle in source.cycles.items():
        current = sum((paid for of, paid in cycle.laid.items() if of >= month), NOTHING)
        arrears = sum((paid for of, paid in cycle.laid.items() if of < month), NOTHING)
        billed_so_far, paid_so_far = billed_so_far + cycle.billed["cycle_rub"], paid_so_far + current + arrears
        yield {
            "month": month.first_day, **cycle.billed, "current_rub": current, "arrears_rub": arrears,
            "opening_rub": cycle.opening_rub, "paid_rub": current + arrears,
            "billed_so_far": billed_so_far, "paid_so_far": paid_so_far,
        }


def _documents(source: Source) -> Iterator[Row]:
    """The newest documents first; everything before the first month shown is one row."""
    first, laid = source.months[0], {month: cycle.laid for month, cycle in source.cycles.items()}
    left = {BillingMonth.of(row["billing_month"]): row["open_rub"] for row in source.sql.rows(_OPEN)}
    for month in [*reversed(source.months), None]:
        own = laid[month].get(month, NOTHING) if month else NOTHING
        later = sum(
            (paid for cycle, by_document in laid.items() for of, paid in by_document.items()
             if (of == month and cycle != month) or (month is None and of < first)), NOTHING,
        )
        still = left.get(month, NOTHING) if month else sum((rub for of, rub in left.items() if of < first), NOTHING)
        if month or later or still:
            yield {
                "month": month.first_day if month else None, "own_rub": own, "later_rub": later,
                "paid_rub": own + later, "open_rub": still, "owed_rub": own + later + still,
            }


def _month_or_earlier(first_day: Any) -> str:
    return month_name(first_day) if first_day is not None else "раньше"


def _short(first_day: Any) -> str:
    """«05.2026»: twelve of them fit under a chart."""
    return f"{first_day:%m.%Y}" if first_day is not None else "раньше"


def _rates(rows: list[Row]) -> Chart | None:
    parts = (
        ("текущая", "current_rub", "billed_rub"), ("общая", "paid_rub", "cycle_rub"),
        ("накопительно", "paid_so_far", "billed_so_far"), ("погашено прежнего долга", "arrears_rub", "opening_rub"),
    )
    bars = [
        Bar(_short(row["month"]), row[part] * 100 / row[whole], series)
        for series, part, whole in parts for row in rows if row[whole]
    ]
    caption = "Собираемость, % начисленного (прежний долг — % долга на начало)"
    return Chart("lines", bars, "%", caption) if bars else None


def _vintage_chart(rows: list[Row]) -> Chart | None:
    named = [
        Bar(_short(row["month"]), row[column], series)
        for row in reversed(rows) for series, column in (
            ("оплачено в своём цикле", "own_rub"), ("оплачено позже", "later_rub"), ("ещё открыто", "open_rub"))
    ]
    return Chart("columns", named, "₽", "Документы по месяцам: оплачено и ещё открыто, рублей") if named else None
