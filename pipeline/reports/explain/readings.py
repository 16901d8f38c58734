"""Readings of the cycle: what was submitted, what was made of it, what a resident is told of a doubtful one."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import partial

from pipeline.rendering import house_words
from pipeline.rendering.reading_words import cause, finding, source
from pipeline.rendering.russian import day, month_name, roubles
from pipeline.reports.explain.explanation import Grid, Row, Saying, Section, reference
from pipeline.reports.explain.facts import Facts
from pipeline.reports.explain.wording import Names

_VERDICTS = {"accepted": "принято", "outranked": "заменено лучшим", "rejected": "не принято"}
_HEADS = ("Услуга", "Счётчик", "Снято", "Кто", "Было", "Передано", "Объём", "Решение", "Замечено")


def section(facts: Facts, names: Names) -> Section:
    return Section("readings", "Показания", tuple(_pieces(facts, names)))


def _pieces(facts: Facts, names: Names) -> Iterator[Saying | Grid]:
    yield from map(partial(_house, names), facts.of("house_balances"))
    if not facts.of("consumption"):
        yield Saying("В этом цикле показаний не передавали.")
        return
    rows = sorted(facts.of("consumption"), key=lambda row: (row["meter_id"], row["zone_code"] or "", row["read_on"]))
    yield Grid("Что передано и что решено", _HEADS, tuple(_line(row, names) for row in rows), (4, 5, 6))
    for row in facts.of("reading_doubts"):
        yield _doubt(row, names)


def _line(row: Row, names: Names) -> tuple[str, ...]:
    meter = f"{row['meter_id']} ({row['zone_code']})" if row["zone_code"] else row["meter_id"]
    return (
        names.service(row["service_code"]), meter, day(row["read_on"]), source(row["source_code"]),
        _number(row["previous_value"]), _number(row["raw_value"]), _number(row["volume"]),
        _VERDICTS[row["verdict_code"]], ", ".join(map(finding, row["findings"])) or "—",
    )


def _doubt(row: Row, names: Names) -> Saying:
    text = f"{names.service(row['service_code'])}: {row['warning']}"
    if row["effect_rub"]:
        text += f" Ошибка стоила бы {roubles(abs(row['effect_rub']))}."
    if row["is_open"] and row["cause_code"]:
        text += f" Для сотрудника: {cause(row['cause_code'])}; предложение само не принимается."
    return Saying(text, rows=(reference("reading_doubts", reading_id=row["reading_id"]),),
                  tone="bad" if row["is_open"] else "")


def _house(names: Names, row: Row) -> Saying:
    """The house of the account: what its meter counted beside what was billed to its flats."""
    told = f"Дом, {names.service(row['service_code'])} за {month_name(row['charge_month'])}: "
    if row["reason_code"]:
        told += f"{house_words.reason(row['reason_code'])}, с квартирами не сравнивается."
    else:
        told += (
            f"общедомовой счётчик {_number(row['house_volume'])}, начислено квартирам {_number(row['flats_volume'])} и "
            f"на общее имущество {_number(row['common_volume'])} — {house_words.outcome(row['outcome_code'])}."
        )
    return Saying(told, rows=(reference(
        "house_balances", house_id=row["house_id"], service_code=row["service_code"]
    ),))


def _number(value: Decimal | None) -> str:
    return "—" if value is None else f"{value.normalize():f}".replace(".", ",")
