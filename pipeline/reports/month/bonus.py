"""The funnel of «Коммунальный бонус»: how many documents fail which condition first, and how many pass them all."""

from __future__ import annotations

from typing import Final

from pipeline.contracts.eligibility import CONDITIONS
from pipeline.rendering import words
from pipeline.reports.month.section import Bar, Chart, Row, Section, count, key, money
from pipeline.reports.month.source import Source

ELIGIBLE: Final = "eligible"
_SQL: Final = """
    SELECT COALESCE(first_failed_code, 'eligible') AS code,
           count(*) FILTER (billing_month = $month) AS documents,
           COALESCE(SUM(missing_rub) FILTER (billing_month = $month), 0)::DECIMAL(18,2) AS missing_rub,
           count(*) FILTER (billing_month <> $month) AS documents_before,
           count(*) FILTER (is_final) AS final_documents
    FROM eligibility GROUP BY ALL
"""


def bonus(source: Source) -> Section:
    """Conditions in the order in which they are asked; documents that pass them all come last."""
    rows = _funnel({row["code"]: row for row in source.sql.rows(_SQL, month=source.month.first_day)})
    asked = Bar("рассмотрено", sum(row["documents"] for row in rows))
    bars = [asked, *(Bar(words.condition(row["code"]), row["left"]) for row in rows if row["code"] != ELIGIBLE)]
    return Section(
        code="bonus", title="«Коммунальный бонус»: кто и на чём отсеялся", sheet="Бонус",
        question="Какое условие не выполняют чаще всего и сколько документов проходит все?",
        counted=(
            "Каждый основной документ стоит один раз: у первого невыполненного условия или среди прошедших все. "
            "«Осталось» — документы месяца, прошедшие это и все прежние условия. Документы прошлого месяца, по "
            "которым решение ещё ждало реестров, показаны отдельно."
        ),
        columns=(
            key("code", "Условие", words.condition), count("documents", "Не прошли первым"),
            count("left", "Осталось", fold="none"), money("missing_rub", "Не хватило"),
            count("documents_before", "Документы прошлого месяца"),
            count("final_documents", "Из всех решено окончательно"),
        ),
        rows=rows, empty="Документов, по которым решают о бонусе, нет.",
        chart=Chart("bars", bars, "документов", "Документы месяца, оставшиеся после каждого условия") if rows else None,
    )


def _funnel(found: dict[str, Row]) -> list[Row]:
    """Every condition has its row, also when nobody fails it; nothing at all when nothing was decided."""
    if not found:
        return []
    left = sum(row["documents"] for row in found.values())
    rows = []
    for code in (*CONDITIONS, ELIGIBLE):
        row = found.get(code) or {
            "code": code, "documents": 0, "missing_rub": None, "documents_before": 0, "final_documents": 0,
        }
        left -= row["documents"] if code != ELIGIBLE else 0
        rows.append(row | {"left": left})
    return rows
