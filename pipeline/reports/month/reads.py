"""How much of what was billed stands on actual reads: by service in volume, by managing company in roubles."""

from __future__ import annotations

from typing import Final

from pipeline.reports.month.section import Bar, Chart, Column, Section, count, key, money, share
from pipeline.reports.month.source import Source

_HORIZONS: Final = (0, 1, 3, 6)
_HEADS: Final = {0: "По показаниям сразу", 1: "через месяц", 3: "через 3 месяца", 6: "через полгода"}
_SHOWN: Final = 30
_BARS: Final = 12
_SQL: Final = """
    SELECT {column} AS key, {sums} FROM read_shares WHERE dimension_code = 'company' GROUP BY ALL
    ORDER BY actual_0 / nullif(billed_0, 0) DESC NULLS LAST, key
"""
_COUNTED: Final = (
    "Начислено документами месяца за услуги со счётчиками; по показаниям — начислено по счётчику сразу или позже "
    "исправлено по показанию либо самим биллингом. Каждый срок — о своём месяце: последний закончившийся, месяц "
    "перед ним и так далее."
)


def services(source: Source) -> Section:
    """By service, in volume: only volumes of one unit add up."""
    return _section(
        source, "read_services", "Доля объёма по показаниям: по услугам", "Показания по услугам",
        "Какая часть объёма начислена по показаниям, а не по среднему и нормативу?",
        key("key", "Услуга", source.names.service), "service_code", "volume", total=False,
    )


def league(source: Source) -> Section:
    """The league table of managing companies, in roubles: the volumes of their services by their tariffs."""
    return _section(
        source, "read_league", "Рейтинг управляющих компаний по показаниям", "Рейтинг по показаниям",
        "У кого начисляют по показаниям, а у кого по среднему и нормативу?",
        key("key", "Управляющая компания", _company), "dimension_id", "rub", total=True,
    )


def _section(
    source: Source, code: str, title: str, sheet: str, question: str, subject: Column, column: str, unit: str, *,
    total: bool,
) -> Section:
    kind, written = ("DECIMAL(18,2)", "billed_rub") if unit == "rub" else ("BIGINT", "billed_volume")
    known = written.replace("billed", "metered"), written.replace("billed", "confirmed")
    sums = ", ".join(
        f"coalesce(sum({what}) FILTER (months_since = {months}), 0)::{kind} AS {name}_{months}"
        for months in _HORIZONS for name, what in (("billed", written), ("actual", " + ".join(known)))
    )
    rows = source.sql.rows(_SQL.format(column=column, sums=sums))
    measure = money if unit == "rub" else count
    hidden = [measure(f"{name}_{months}", "") for months in _HORIZONS for name in ("billed", "actual")]
    shares = [share(f"share_{n}", _HEADS[n], f"actual_{n}", f"billed_{n}") for n in _HORIZONS]
    bars = [Bar((subject.told or str)(row["key"]), _percent(row)) for row in rows[:_BARS] if row["billed_0"]]
    return Section(
        code=code, title=title, sheet=sheet, question=question, counted=_COUNTED,
        columns=(subject, measure("billed_0", "Начислено за месяц"), *shares),
        hidden=tuple(column for column in hidden if column.name != "billed_0"), rows=rows,
        empty="В этом месяце нет начислений по услугам со счётчиками.", top=_SHOWN, total={} if total else None,
        chart=Chart("bars", bars, "%", "Начислено по показаниям сразу, процентов") if bars else None,
    )


def _percent(row: dict[str, int]) -> int:
    """For a bar only."""
    return int(100 * row["actual_0"] // row["billed_0"])


def _company(code: str) -> str:
    return "компания неизвестна" if code == "unknown" else code
