"""Charge audit: how much of the bills follows from the registers, why the rest does not, and in which houses."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from pipeline.rendering import rating_words, russian
from pipeline.reports.month.section import Bar, Chart, Section, count, key, money, share
from pipeline.reports.month.source import Source

_SUMS: Final = """
    SUM(lines)::BIGINT AS lines, SUM(billed_rub)::DECIMAL(18,2) AS billed_rub,
    SUM(difference_rub)::DECIMAL(18,2) AS difference_rub, SUM(too_much_rub)::DECIMAL(18,2) AS too_much_rub,
    SUM(too_much_rub - difference_rub)::DECIMAL(18,2) AS too_little_rub
"""
_OUTCOMES: Final = f"""
    FROM (SELECT outcome_code, coalesce(cause_code, '') AS cause_code, {_SUMS} FROM charge_audit_totals GROUP BY ALL)
    ORDER BY outcome_code, billed_rub DESC, cause_code
"""
_HOUSES: Final = f"""
    FROM (SELECT coalesce(house_id, '') AS house_id, service_code, cause_code, {_SUMS}
          FROM charge_audit_totals WHERE outcome_code = 'differs' GROUP BY ALL)
    ORDER BY too_much_rub + too_little_rub DESC, house_id, service_code, cause_code
"""
_TOP: Final = 20
_BEFORE_BENEFITS: Final = (
    "«Начислено» здесь — до перерасчётов и льгот строк; в сводке месяца — сумма документов после них, "
    "поэтому итоги различаются."
)


def outcomes(source: Source) -> Section:
    """By outcome and cause."""
    rows = source.sql.rows(_OUTCOMES)
    billed = sum(row["billed_rub"] for row in rows)
    rows = [row | {"all_rub": billed} for row in rows]
    bars = [
        Bar(rating_words.cause(row["cause_code"]), row[column], name)
        for row in rows if row["outcome_code"] == "differs"
        for name, column in (("житель переплачивает", "too_much_rub"), ("недоплачивает", "too_little_rub"))
    ]
    audited = sum(row["billed_rub"] for row in rows if row["outcome_code"] != "not_audited")
    return Section(
        code="audit", title="Проверка начислений", sheet="Проверка начислений",
        question="Следуют ли суммы квитанций из тарифов, нормативов, числа жителей и площадей?",
        counted=(
            "Каждая строка начислений цикла посчитана заново по реестрам тарифов, нормативов, зарегистрированных и "
            "помещений; перерасчёты и льготы строк не проверяются. Разница — начислено минус посчитано. Строка "
            "добровольной услуги или та, для которой не передан реестр, не проверена и стоит со своей причиной."
        ),
        columns=(
            key("outcome_code", "Исход", rating_words.outcome), key("cause_code", "Причина", _cause),
            count("lines", "Строк"), money("billed_rub", "Начислено"),
            share("part", "Доля начисленного", "billed_rub", "all_rub"), money("difference_rub", "Разница"),
            money("too_much_rub", "Переплата жителей"), money("too_little_rub", "Недоплата"),
        ),
        rows=rows, total={"all_rub": billed}, empty="Начислений нет.",
        chart=Chart("bars", bars, "₽", "Расхождения с реестрами, рублей", stacked=False) if bars else None,
        notes=(_share_note(audited, billed), differing_note(rows), _BEFORE_BENEFITS) if billed else (),
    )


def houses(source: Source) -> Section:
    """Houses whose bills differ, the largest sums first."""
    return Section(
        code="audit_houses", title="Расхождения начислений по домам", sheet="Начисления по домам",
        question="В каких домах и по каким услугам начислено не то, что следует из реестров?",
        counted="Строки с расхождением, сложенные по дому, услуге и причине; сверху — где рублей больше.",
        columns=(
            key("house_id", "Дом"), key("service_code", "Услуга", source.names.service),
            key("cause_code", "Причина", rating_words.cause), count("lines", "Строк"), money("billed_rub", "Начислено"),
            money("difference_rub", "Разница"), money("too_much_rub", "Переплата жителей"),
            money("too_little_rub", "Недоплата"),
        ),
        rows=source.sql.rows(_HOUSES), top=_TOP, empty="Все проверенные строки сошлись с реестрами.",
    )


def _cause(code: str) -> str:
    return (rating_words.reason | rating_words.cause).get(code, code) if code else "—"


def differing_note(rows: list[dict[str, Any]]) -> str:
    """Lines that differ and both sums, of rows of `outcomes`."""
    differing = [row for row in rows if row["outcome_code"] == "differs"]
    lines = sum(row["lines"] for row in differing)
    if not lines:
        return "Все проверенные строки сошлись с реестрами."
    much, little = (sum(row[name] for row in differing) for name in ("too_much_rub", "too_little_rub"))
    return (f"Разошлось строк: {russian.number(lines)}; жители переплачивают {russian.roubles(much)}, недоплачивают "
            f"{russian.roubles(little)}.")


def _share_note(audited: Any, billed: Any) -> str:
    return f"Проверено {russian.share(Decimal(audited) / Decimal(billed), 1)} начисленного."
