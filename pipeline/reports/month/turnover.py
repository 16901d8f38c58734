"""Billed, paid and debt by creditor, service, kind of debt and house: the ledger's own turnover sheet, folded.

    closing = opening + billed − paid + reversed + transferred − written off
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from pipeline.rendering import words
from pipeline.reports.month.section import Bar, Chart, Row, Section, key, money, share
from pipeline.reports.month.source import Source

HOUSES_SHOWN: Final = 30
_BARS: Final = 12
_COUNTED: Final = (
    "Исходящий долг = входящий + начислено − оплачено + сторнировано ± перенесено − списано; суммы те же, что в "
    "оборотной ведомости сальдо. Просрочено — открытый основной долг и капитальный ремонт с прошедшим сроком оплаты."
)
_FLOWS: Final = (
    money("opening_rub", "Входящий долг"), money("billed_rub", "Начислено"), money("paid_rub", "Оплачено"),
    money("reversed_rub", "Сторнировано"), money("transferred_rub", "Перенесено"),
    money("written_off_rub", "Списано"), money("closing_rub", "Исходящий долг"),
    money("overdue_rub", "в т. ч. просрочено"),
    share("collected", "Оплачено к начислению", "paid_rub", "billed_rub"),
)
_SUMS: Final = ", ".join(
    f"SUM({name})::DECIMAL(18,2) AS {name}" for name in (column.name for column in _FLOWS[:7])
)
_SQL: Final = """
    WITH overdue AS (
        SELECT {open_key} AS key, SUM(outstanding_rub) AS overdue_rub
        FROM open_items LEFT JOIN house_of_contract USING (contract_id)
        WHERE debt_kind_code IN ('principal', 'capital_repair') AND days_overdue > 0
        GROUP BY ALL
    ),
    flows AS (SELECT {key} AS key, {sums} FROM conservation GROUP BY ALL)
    SELECT key, flows.* EXCLUDE (key), COALESCE(overdue_rub, 0)::DECIMAL(18,2) AS overdue_rub
    FROM flows FULL JOIN overdue USING (key)
    ORDER BY closing_rub DESC NULLS LAST, key
"""


def creditors(source: Source) -> Section:
    """By creditor."""
    return _section(
        source, "creditors", "По получателям", "creditor_id", "Получатель", source.names.creditor,
        "Кому сколько начислено, что оплачено и кто сколько ещё ждёт?",
    )


def services(source: Source) -> Section:
    """By service."""
    return _section(
        source, "services", "По услугам", "service_code", "Услуга", source.names.service,
        "За что начислено, оплачено и за что должны?",
    )


def kinds(source: Source) -> Section:
    """By kind of debt."""
    return _section(
        source, "kinds", "По видам долга", "debt_kind_code", "Вид долга", words.debt_kind,
        "Из чего состоит долг: основной, капитальный ремонт, пени, судебные расходы?",
    )


def houses(source: Source) -> Section:
    """By house; the page shows the largest debts, the workbook all."""
    return _section(
        source, "houses", "По домам", "house_id", "Дом", _house,
        "В каких домах больше всего долга?", open_key="COALESCE(house_id, 'unknown')", top=HOUSES_SHOWN,
    )


def _section(
    source: Source, code: str, title: str, column: str, head: str, told: Callable[[str], str], question: str, *,
    open_key: str = "", top: int | None = None,
) -> Section:
    query = _SQL.format(key=column, open_key=open_key or column, sums=_SUMS)
    rows = [_whole(row) for row in source.sql.rows(query)]
    notes = (f"На странице {top} домов с наибольшим долгом, в книге Excel все.",) if top and len(rows) > top + 1 else ()
    return Section(
        code=code, title=f"Начислено, оплачено и долг: {title.lower()}", sheet=title, question=question,
        counted=_COUNTED, columns=(key("key", head, told), *_FLOWS), rows=rows, top=top, notes=notes,
        empty="В этом месяце нет ни долга, ни начислений.", chart=_chart(rows, told, title.lower()),
    )


def _whole(row: Row) -> Row:
    """Overdue items without turnover would be a broken ledger: shown with zeros all the same."""
    return {name: Decimal("0.00") if value is None and name != "key" else value for name, value in row.items()}


def _chart(rows: list[Row], told: Callable[[str], str], by: str) -> Chart | None:
    shown = [row for row in rows if row["closing_rub"] > 0][:_BARS]
    bars = [
        Bar(told(row["key"]), amount, series)
        for row in shown
        for series, amount in (
            ("просрочено", row["overdue_rub"]), ("срок не прошёл и прочее", row["closing_rub"] - row["overdue_rub"])
        )
    ]
    return Chart("bars", bars, "₽", f"Исходящий долг {by}, рублей") if bars else None


def _house(code: str) -> str:
    return "дом неизвестен" if code == "unknown" else code
