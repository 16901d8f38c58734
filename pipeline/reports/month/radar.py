"""Limitation radar: what will be lost in 30, 60 and 90 days if nothing is filed, creditor by creditor."""

from __future__ import annotations

from typing import Final

from pipeline.reports.month.section import Bar, Chart, Section, count, key, money
from pipeline.reports.month.source import Source

_ENDS: Final = (("lost_in_30_days_rub", "за 30 дней"), ("lost_in_60_days_rub", "за 60 дней"),
                ("lost_in_90_days_rub", "за 90 дней"))
_SQL: Final = """
    SELECT creditor_id, count(*) AS pairs, {sums} FROM limitation_radar GROUP BY ALL ORDER BY creditor_id
"""


def radar(source: Source) -> Section:
    """By creditor; every later column holds the earlier ones."""
    sums = ", ".join(f"SUM({name})::DECIMAL(18,2) AS {name}" for name, _ in _ENDS)
    rows = source.sql.rows(_SQL.format(sums=sums))
    bars = [Bar(head, sum(row[name] for row in rows)) for name, head in _ENDS]
    return Section(
        code="radar", title="Радар давности", sheet="Радар давности",
        question="Сколько рублей пропадёт по исковой давности, если ничего не подать в суд?",
        counted=(
            "Открытые просроченные суммы, которые суд ещё примет и по которым дело не подано, чей последний день для "
            "суда (ГК РФ, ст. 196, 200) пройдёт за столько дней от ночи расчёта. Каждый столбец включает предыдущий."
        ),
        columns=(
            key("creditor_id", "Получатель", source.names.creditor), count("pairs", "Долгов"),
            *(money(name, f"Пропадёт {head}") for name, head in _ENDS),
        ),
        rows=rows, empty="За 90 дней давность ничего не отнимет.",
        chart=Chart("columns", bars, "₽", "Пропадёт по давности, рублей") if rows else None,
    )
