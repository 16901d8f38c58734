"""Proposed recalculations by cause and by what became of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from pipeline.rendering import proposal_words as words
from pipeline.reports.month.section import Bar, Chart, Section, count, key, money
from pipeline.reports.month.source import Source

_SQL: Final = """
    SELECT cause_code, status_code,
           CASE WHEN status_code = 'waits_for_approval' THEN waiting_reason_code END AS waiting_reason_code,
           count(*) AS proposals, SUM(covered_months)::BIGINT AS months,
           COALESCE(SUM(difference_rub) FILTER (difference_rub > 0), 0)::DECIMAL(18,2) AS more_rub,
           COALESCE(SUM(difference_rub) FILTER (difference_rub < 0), 0)::DECIMAL(18,2) AS less_rub,
           SUM(difference_rub)::DECIMAL(18,2) AS difference_rub,
           COALESCE(SUM(billed_rub), 0)::DECIMAL(18,2) AS billed_rub
    FROM recalculations GROUP BY ALL ORDER BY ALL
"""


def recalculations(source: Source) -> Section:
    """By cause and status."""
    rows = source.sql.rows(_SQL)
    bars = [
        Bar(f"{words.cause(row['cause_code'])}: {words.proposal(row['status_code'])}", abs(row[column]), name)
        for row in rows for name, column in (("к доначислению", "more_rub"), ("к снижению", "less_rub"))
    ]
    return Section(
        code="recalculations", title="Перерасчёты по причинам", sheet="Перерасчёты",
        question="Почему предложены перерасчёты, на сколько и что уже попало в документы?",
        counted=(
            "Предложения, известные в этом месяце: ещё не выставленные и те, чья судьба решилась сейчас. Долг меняет "
            "только документ, который выставил предложение; предложенное снижение уже защищает счёт от списков."
        ),
        columns=(
            key("cause_code", "Причина", words.cause), key("status_code", "Что с ним", words.proposal),
            key("waiting_reason_code", "Почему ждёт", lambda why: words.waiting(why or "—")),
            count("proposals", "Предложений"), count("months", "Месяцев"), money("more_rub", "К доначислению"),
            money("less_rub", "К снижению"), money("difference_rub", "Итог"), money("billed_rub", "Выставлено"),
        ),
        rows=rows, empty="Предложений о перерасчёте нет.",
        chart=Chart("bars", bars, "₽", "Предложенные перерасчёты, рублей", stacked=False)
        if any(bar.value != Decimal(0) for bar in bars) else None,
    )
