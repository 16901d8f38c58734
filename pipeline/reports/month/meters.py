"""Months without readings: what was due, which bills differ from it, and whose verification ends."""

from __future__ import annotations

from typing import Final

from pipeline.rendering import words
from pipeline.reports.month.section import Section, count, key, money
from pipeline.reports.month.source import Source

_SUBSTITUTES: Final = """
    SELECT reason_code, COALESCE(basis_code, '') AS basis_code, count(DISTINCT account_id) AS accounts,
           count(*) AS meters, COALESCE(max(run_number), 0) AS longest,
           count(*) FILTER (missing_code IS NOT NULL) AS unknown, count(inspection_due_on) AS to_inspect,
           count(*) FILTER (inspection_due_on < $night) AS late
    FROM substitute_volumes GROUP BY ALL ORDER BY ALL
"""
_MISMATCHES: Final = """
    SELECT cause_code, service_code, count(*) AS bills,
           COALESCE(SUM(difference_rub) FILTER (difference_rub > 0), 0)::DECIMAL(18,2) AS more_rub,
           COALESCE(SUM(difference_rub) FILTER (difference_rub < 0), 0)::DECIMAL(18,2) AS less_rub,
           COALESCE(SUM(difference_rub), 0)::DECIMAL(18,2) AS difference_rub,
           count(*) FILTER (difference_rub IS NULL) AS unknown
    FROM substitute_mismatches GROUP BY ALL ORDER BY ALL
"""
_CALENDAR: Final = """
    SELECT within_days, service_code, count(*) AS meters, count(DISTINCT account_id) AS accounts,
           COALESCE(SUM(lapse_cost_rub) FILTER (lapse_cost_rub > 0), 0)::DECIMAL(18,2) AS cost_rub,
           count(*) FILTER (lapse_cost_rub IS NULL) AS unknown
    FROM verification_calendar GROUP BY ALL ORDER BY ALL
"""
_REMINDERS: Final = """
    SELECT COALESCE(silent_months, 0) AS silent_months, service_code, count(*) AS meters,
           count(DISTINCT account_id) AS accounts, count(DISTINCT person_id) AS people,
           count(*) FILTER (norm_from_month = charge_month) AS by_norm,
           COALESCE(SUM(norm_cost_rub) FILTER (norm_cost_rub > 0), 0)::DECIMAL(18,2) AS cost_rub,
           count(*) FILTER (norm_cost_rub IS NULL) AS unknown
    FROM reading_reminders GROUP BY ALL ORDER BY ALL
"""


def substitutes(source: Source) -> Section:
    """By reason and basis."""
    rows = source.sql.rows(_SUBSTITUTES, night=source.as_of)
    return Section(
        code="substitutes", title="Месяцы без показаний: что положено начислить", sheet="Без показаний",
        question="Сколько счётчиков без показаний, почему и куда поставщик обязан прийти?",
        counted=(
            "Зоны счётчиков, месяц которых не подтверждён принятым показанием. Среднее — не дольше трёх месяцев "
            "подряд, потом норматив; повышение — только по вине счётчика, никогда за одни непереданные показания "
            "(ПП РФ № 354, п. 59, 60). «К проверке» — шесть месяцев без показаний (п. 84), «просрочено» — "
            "срок проверки прошёл."
        ),
        columns=(
            key("reason_code", "Почему", words.substitute_reason), key("basis_code", "Положено", _basis),
            count("accounts", "Счетов", fold="none"), count("meters", "Счётчиков и зон"),
            count("longest", "Месяцев подряд, самое большее", fold="max"), count("unknown", "Объём неизвестен"),
            count("to_inspect", "К проверке"), count("late", "Проверка просрочена"),
        ),
        rows=rows, empty="У всех счётчиков есть принятое показание за месяц.",
    )


def substitute_bills(source: Source) -> Section:
    """By cause and service."""
    rows = source.sql.rows(_MISMATCHES)
    return Section(
        code="substitute_bills", title="Начислено без показаний не так, как положено", sheet="Сверка без показаний",
        question="Где без показаний начислено лишнее или недостающее и почему?",
        counted=(
            "Начисленное документами месяца за вычетом положенного по тарифу тех же строк, повышение и объём округлены "
            "порознь. Разница ниже допуска правил не считается; «сумма неизвестна» — никто не сообщил норматив."
        ),
        columns=(
            key("cause_code", "Причина", words.substitute_mismatch),
            key("service_code", "Услуга", source.names.service), count("bills", "Начислений"),
            money("more_rub", "Лишнее"), money("less_rub", "Недостающее"), money("difference_rub", "Итог"),
            count("unknown", "Сумма неизвестна"),
        ),
        rows=rows, empty="Всё без показаний начислено так, как положено.",
    )


def verification(source: Source) -> Section:
    """By term and service."""
    rows = source.sql.rows(_CALENDAR)
    return Section(
        code="verification", title="Календарь поверок", sheet="Поверки",
        question="У кого кончается поверка и во что обойдётся просрочка?",
        counted=(
            "Счётчики в работе, поверка которых кончилась или кончается в срок правил. Цена — сколько жители заплатят "
            "за месяц сверх своего среднего, начиная с четвёртого месяца просрочки: норматив с повышением за "
            "вычетом среднего, по тарифу месяца."
        ),
        columns=(
            key("within_days", "Когда", _term), key("service_code", "Услуга", source.names.service),
            count("meters", "Счётчиков"), count("accounts", "Счетов", fold="none"),
            money("cost_rub", "Цена месяца просрочки"), count("unknown", "Цена неизвестна"),
        ),
        rows=rows, empty="Поверка ни у кого скоро не кончается.",
    )


def reminders(source: Source) -> Section:
    """By months in silence and service."""
    rows = source.sql.rows(_REMINDERS)
    return Section(
        code="reading_reminders", title="Показания не переданы: кому напомнить", sheet="Напоминания",
        question="Кто ещё не передал показания, пока их принимают, и во что это обойдётся?",
        counted=(
            "Исправные счётчики без показания за месяц, приём которых скоро кончится: список составляют в последние "
            "дни приёма. «Людей» — кому напишут этой ночью: согласившимся, одно сообщение человеку за ночь. Цена — "
            "на сколько месяц по нормативу дороже обычного расхода; повышения за одни непереданные показания нет "
            "(ПП РФ № 354, п. 59, 60)."
        ),
        columns=(
            key("silent_months", "Месяцев без показаний", _silent), key("service_code", "Услуга", source.names.service),
            count("meters", "Счётчиков"), count("accounts", "Счетов", fold="none"),
            count("people", "Людей этой ночью", fold="none"), count("by_norm", "Норматив уже с этого месяца"),
            money("cost_rub", "Цена месяца по нормативу"), count("unknown", "Цена неизвестна"),
        ),
        rows=rows, empty="Напоминать некому: приём показаний не подходит к концу или переданы все.",
    )


def _silent(months: int) -> str:
    return str(months) if months else "неизвестно"


def _basis(code: str) -> str:
    return words.basis(code) if code else "неизвестно"


def _term(days: int) -> str:
    return f"в ближайшие {days} дн." if days else "уже кончилась"
