"""Penalties by creditor: what they have grown to, what is proposed, what waits for a document, what bears none."""

from __future__ import annotations

from typing import Final

from pipeline.reports.month.section import Bar, Chart, Section, count, key, money
from pipeline.reports.month.source import Source

_SQL: Final = """
    WITH grown AS (
        SELECT creditor_id, count(*) FILTER (penalty_rub <> 0) AS items,
               SUM(penalty_rub)::DECIMAL(18,2) AS penalty_rub, SUM(change_rub)::DECIMAL(18,2) AS change_rub,
               COALESCE(SUM(outstanding_rub) FILTER (reason_code IS NOT NULL), 0)::DECIMAL(18,2) AS not_accrued_rub,
               count(*) FILTER (missing_rule IS NOT NULL) AS stopped
        FROM penalties GROUP BY ALL
    ),
    waiting AS (
        SELECT creditor_id, SUM(billed_rub)::DECIMAL(18,2) AS billed_rub,
               SUM(to_bill_rub)::DECIMAL(18,2) AS to_bill_rub,
               count(*) FILTER (status_code = 'mismatch') AS mismatches
        FROM penalty_proposals GROUP BY ALL
    )
    SELECT creditor_id, COALESCE(items, 0) AS items, COALESCE(penalty_rub, 0)::DECIMAL(18,2) AS penalty_rub,
           COALESCE(change_rub, 0)::DECIMAL(18,2) AS change_rub, COALESCE(billed_rub, 0)::DECIMAL(18,2) AS billed_rub,
           COALESCE(to_bill_rub, 0)::DECIMAL(18,2) AS to_bill_rub, COALESCE(mismatches, 0) AS mismatches,
           COALESCE(not_accrued_rub, 0)::DECIMAL(18,2) AS not_accrued_rub, COALESCE(stopped, 0) AS stopped
    FROM grown FULL JOIN waiting USING (creditor_id) ORDER BY creditor_id
"""


def penalties(source: Source) -> Section:
    """By creditor; the fund of capital repair is a creditor of its own."""
    rows = source.sql.rows(_SQL)
    bars = [Bar(source.names.creditor(row["creditor_id"]), row["penalty_rub"]) for row in rows if row["penalty_rub"]]
    stopped = sum(row["stopped"] for row in rows)
    return Section(
        code="penalties", title="Пени", sheet="Пени",
        question="Сколько пеней набежало, что предложено выставить и на что они не начисляются?",
        counted=(
            "Пени по каждой строке долга от срока оплаты её документа: граждане и товарищества с 31-го дня 1/300, с "
            "91-го 1/130 ставки, на капитальный ремонт всегда 1/300 (ЖК РФ, ст. 155, ч. 14 и 14.1); организации за "
            "ресурсы — по своему виду (закон № 307-ФЗ). Долг меняет только документ, который выставил предложенное. "
            "Не начислено: спорное, суммы без месяцев, организации неуказанного вида и услуги, по которым правила "
            "для них нет, старше исковой давности."
        ),
        columns=(
            key("creditor_id", "Получатель", source.names.creditor), count("items", "Строк с пенями"),
            money("penalty_rub", "Пени на ночь расчёта"), money("change_rub", "Изменение за месяц"),
            money("billed_rub", "Выставлено документами"), money("to_bill_rub", "Ждёт документа"),
            count("mismatches", "Счетов с другой суммой"), money("not_accrued_rub", "Долг без пеней"),
        ),
        hidden=(count("stopped", "Счёт остановлен"),),
        rows=rows, empty="Пеней нет: ничего не просрочено дольше льготных дней.",
        chart=Chart("bars", bars, "₽", "Пени по получателям, рублей", stacked=False) if bars else None,
        notes=(f"Строк, по которым счёт остановлен, потому что постановления нет: {stopped}.",) if stopped else (),
    )
