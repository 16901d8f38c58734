"""Houses against their flats: by service, and the league table of houses that differ most."""

from __future__ import annotations

from typing import Final

from pipeline.rendering import house_words
from pipeline.rendering.words import Words
from pipeline.reports.month.section import Section, count, key, money, share
from pipeline.reports.month.source import Source

_SHOWN: Final = 20
_SERVICES: Final = """
    SELECT service_code, count(*) AS houses, count(*) FILTER (outcome_code <> 'not_counted') AS counted,
           count(*) FILTER (outcome_code = 'differs') AS differ,
           count(*) FILTER (outcome_code = 'flats_exceed') AS exceed,
           coalesce(sum(house_volume) FILTER (outcome_code <> 'not_counted'), 0)::BIGINT AS house,
           coalesce(sum(flats_volume) FILTER (outcome_code <> 'not_counted'), 0)::BIGINT AS flats,
           coalesce(sum(common_volume) FILTER (outcome_code <> 'not_counted'), 0)::BIGINT AS common,
           coalesce(sum(difference_volume), 0)::BIGINT AS difference,
           coalesce(sum(effect_rub), 0)::DECIMAL(18,2) AS effect_rub
    FROM house_balances GROUP BY ALL ORDER BY ALL
"""
_LEAGUE: Final = """
    SELECT house_id, service_code, coalesce(reason_code, outcome_code) AS outcome_code,
           coalesce(house_volume, 0)::BIGINT AS house, flats_volume::BIGINT AS flats, common_volume::BIGINT AS common,
           coalesce(difference_volume, 0)::BIGINT AS difference, coalesce(effect_rub, 0)::DECIMAL(18,2) AS effect_rub
    FROM house_balances ORDER BY abs(coalesce(effect_rub, 0)) DESC, house_id, service_code
"""
_COUNTED: Final = (
    "Объём общедомовых счётчиков за месяц против начисленного документами месяца квартирам и на общее имущество, без "
    "перерасчётов и повышений. Рубли — разница по средней цене начисленного квартирам. Дома, где счётчик не сняли, "
    "сняли за несколько месяцев или впервые, не сравниваются."
)
_OUTCOME: Final = Words(house_words.outcome | house_words.reason)
_EMPTY: Final = "Показаний общедомовых счётчиков нет."
_VOLUMES: Final = (
    count("house", "По счётчику дома", fold="none"), count("flats", "Квартиры", fold="none"),
    count("common", "Общее имущество", fold="none"), count("difference", "Разница", fold="none"),
    share("share", "Доля разницы", "difference", "house"),
)


def services(source: Source) -> Section:
    """By service: houses and their volumes."""
    return Section(
        code="house_services", title="Дома и квартиры: по услугам", sheet="Дома по услугам",
        question="Сходятся ли общедомовые счётчики с начисленным квартирам?", counted=_COUNTED,
        columns=(
            key("service_code", "Услуга", source.names.service), count("houses", "Домов и услуг со счётчиком"),
            count("counted", "Посчитано"), count("differ", "Разница больше допуска"),
            count("exceed", "Квартирам больше дома"), *_VOLUMES, money("effect_rub", "Разница в рублях"),
        ),
        rows=source.sql.rows(_SERVICES), empty=_EMPTY,
    )


def league(source: Source) -> Section:
    """Houses and services by the roubles of their difference; the page shows the largest, the workbook all."""
    return Section(
        code="house_league", title="Рейтинг домов по расхождению с квартирами", sheet="Рейтинг домов",
        question="В каких домах общедомовой счётчик и квартиры расходятся больше всего?", counted=_COUNTED,
        columns=(
            key("house_id", "Дом"), key("service_code", "Услуга", source.names.service),
            key("outcome_code", "Итог", _OUTCOME), *_VOLUMES, money("effect_rub", "Разница в рублях"),
        ),
        rows=source.sql.rows(_LEAGUE), empty=_EMPTY, top=_SHOWN,
    )
