"""How old the debt is: open items by whole months since their due date, to the day."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from pipeline.reports.month.section import Bar, Chart, Row, Section, count, key, money, share
from pipeline.reports.month.source import Source
from pipeline.reports.month.thresholds import age_bands

_NOT_DUE: Final = -1
_OPENING_BANDS: Final = (1, 3, 6, 12, 36)
_SQL: Final = """
    WITH aged AS (
        SELECT account_id, outstanding_rub, debt_kind_code, is_disputed, is_time_barred,
               CASE WHEN days_overdue <= 0 THEN -1 {bands} ELSE {oldest} END AS band
        FROM open_items
    ),
    by_account AS (
        SELECT band, account_id, count(*) AS items, SUM(outstanding_rub) AS open_rub,
               SUM(outstanding_rub) FILTER (debt_kind_code = 'principal') AS principal_rub,
               SUM(outstanding_rub) FILTER (debt_kind_code = 'capital_repair') AS capital_repair_rub,
               SUM(outstanding_rub) FILTER (debt_kind_code NOT IN ('principal', 'capital_repair')) AS other_rub,
               SUM(outstanding_rub) FILTER (is_disputed) AS disputed_rub,
               SUM(outstanding_rub) FILTER (is_time_barred) AS barred_rub
        FROM aged GROUP BY ALL
    )
    SELECT band, count(*) AS accounts, SUM(items)::BIGINT AS items,
           {sums}
    FROM by_account GROUP BY ALL ORDER BY band
"""
_SUMS: Final = ("open_rub", "principal_rub", "capital_repair_rub", "other_rub", "disputed_rub", "barred_rub")


def ageing(source: Source) -> Section:
    """Bands of the rule book, what is not yet due before them."""
    ends = age_bands(source) or list(_OPENING_BANDS)
    bands = " ".join(
        f"WHEN $night <= due_on + INTERVAL {months} MONTH THEN {place}" for place, months in enumerate(ends)
    )
    sums = ", ".join(f"COALESCE(SUM({name}), 0)::DECIMAL(18,2) AS {name}" for name in _SUMS)
    query = _SQL.format(bands=bands, oldest=len(ends), sums=sums)
    rows = source.sql.rows(query, night=source.as_of)
    accounts = source.sql.value("SELECT count(DISTINCT account_id) FROM open_items")
    whole = sum(row["open_rub"] for row in rows)
    rows = [row | {"all_rub": whole} for row in rows]
    told = _band_names(ends)
    return Section(
        code="ageing", title="Возраст долга", sheet="Возраст долга",
        question="Какой долг свежий, а какой уже трудно вернуть?",
        counted=(
            "Остаток открытых статей на день расчёта по времени с их срока оплаты; день, до которого полоса идёт, "
            "входит в неё. Счёт с долгом разного возраста стоит в каждой полосе, в итоге он один. «Давность прошла» "
            "— срок исковой давности (ГК РФ, ст. 196) истёк."
        ),
        columns=(
            key("band", "Возраст", told), count("accounts", "Счетов", fold="none"), count("items", "Статей"),
            money("open_rub", "Остаток"), share("part", "Доля", "open_rub", "all_rub"),
            money("principal_rub", "Основной долг"), money("capital_repair_rub", "Капитальный ремонт"),
            money("other_rub", "Пени и прочее"), money("disputed_rub", "в т. ч. спорный"),
            money("barred_rub", "Давность прошла"),
        ),
        rows=rows, total={"accounts": accounts, "all_rub": whole}, empty="Открытого долга нет.",
        chart=_chart(rows, told),
    )


def _band_names(ends: list[int]) -> Callable[[int], str]:
    """«срок не прошёл», «до 1 мес.», «1–3 мес.», …, «больше 36 мес.»."""
    names = {_NOT_DUE: "срок не прошёл", 0: f"до {ends[0]} мес.", len(ends): f"больше {ends[-1]} мес."}
    names |= {place: f"{ends[place - 1]}–{ends[place]} мес." for place in range(1, len(ends))}
    return lambda band: names[band]


def _chart(rows: list[Row], told: Callable[[int], str]) -> Chart | None:
    series = (("основной долг", "principal_rub"), ("капитальный ремонт", "capital_repair_rub"),
              ("пени и прочее", "other_rub"))
    bars = [Bar(told(row["band"]), row[column], name) for row in rows for name, column in series]
    return Chart("columns", bars, "₽", "Остаток долга по возрасту, рублей") if bars else None
