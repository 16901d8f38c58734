"""The rule book as people read it: every parameter with its history, and what nobody has confirmed on top.

Here: what is said of a parameter. Not here: which rooms read it (the caller knows the rooms), how it is drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from pipeline.rendering.russian import day
from pipeline.reports.explain.quoting import CONFIDENCES, in_words, title_of
from pipeline.rules.parameter import Confidence, DatedValue, Parameter, Selector
from pipeline.rules.registry import OVERRIDE_SOURCE, RuleBook

ROOMS: Final = {
    "calendar": "Календарь", "ledger": "Квитанции, сроки и разнесение", "eligibility": "«Коммунальный бонус»",
    "penalty": "Пени",
    "debt": "Взыскание", "metering": "Показания", "substitution": "Объёмы без показаний", "rating": "Начисления",
    "house_meters": "Общедомовые счётчики", "house_corrections": "Перерасчёты по общедомовым счётчикам",
    "recalculation": "Перерасчёты", "recalculation_absence": "Перерасчёты: отсутствие",
    "recalculation_quality": "Перерасчёты: качество", "recalculation_meters": "Перерасчёты: события счётчиков",
    "recalculation_owners": "Перерасчёты: собственники",
    "recalculation_benefits": "Перерасчёты: льготы", "recalculation_advance": "Перерасчёты: скидка за аванс",
    "recalculation_limits": "Перерасчёты: пределы",
    "queue": "Очередь решений",
}
UNITS: Final = {
    "rub": "рубли", "percent": "проценты", "percent_per_year": "проценты годовых", "factor": "раз",
    "unit_of_service": "единицы услуги", "fraction_denominator": "знаменатель доли", "days": "дни", "months": "месяцы",
    "years": "годы", "year": "год", "hours": "часы", "day_of_month": "число месяца", "count": "количество",
    "yes_no": "да или нет", "code": "из списка", "text": "текст", "date": "дата",
}
SELECTORS: Final = {
    Selector.DUE_ON: "по сроку оплаты", Selector.CHARGE_MONTH: "по месяцу начисления",
    Selector.PAID_ON: "по дню платежа", Selector.AS_OF: "по ночи расчёта",
}
VALUE_HEADS: Final = ("Действует с", "Значение", "Источник", "Опубликовано", "Уверенность", "Сверено", "Примечание")
OPEN_HEADS: Final = ("Правило", "Значение", "Источник", "Что не подтверждено")
#: A value compared with its source longer ago than this is to be looked at again.
STALE_DAYS: Final = 365


@dataclass(frozen=True, slots=True)
class Entry:
    """One parameter, in words."""

    key: str
    title: str
    unit: str
    selector: str
    values: tuple[tuple[str, ...], ...]
    tables: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True)
class RuleBookPage:
    """The whole book: chapters by room, and what is unconfirmed."""

    on: date
    unconfirmed: tuple[tuple[str, ...], ...]
    chapters: tuple[tuple[str, tuple[Entry, ...]], ...]
    overridden: tuple[str, ...]


def rule_book_page(
    rule_book: RuleBook, tables_of: Mapping[str, Sequence[str]], *, on: date | None = None, key: str | None = None
) -> RuleBookPage:
    """`tables_of`: the tables of the rooms that read each key. `on`: the day from which "long ago" is counted; the
    newest comparison of any value without it. `key`: one parameter only; KeyError when there is none."""
    every = rule_book.parameters
    parameters = [rule_book.parameter(key)] if key else [every[one] for one in sorted(every)]
    reviewed = [row.reviewed for one in every.values() for row in one.values if row.reviewed]
    day_of_view = on or max(reviewed)
    rooms = sorted({one.key.partition(".")[0] for one in parameters}, key=lambda room: (_place(room), room))
    return RuleBookPage(
        on=day_of_view,
        unconfirmed=tuple(line for one in parameters for line in _unconfirmed(one, day_of_view)),
        chapters=tuple(
            (ROOMS.get(room, room), tuple(
                _entry(one, tables_of.get(one.key, ())) for one in parameters if one.key.startswith(f"{room}.")
            ))
            for room in rooms
        ),
        overridden=tuple(one.key for one in parameters if _is_set(one.values)),
    )


def _place(room: str) -> tuple[int, str]:
    return list(ROOMS).index(room) if room in ROOMS else len(ROOMS), room


def _is_set(values: Iterable[DatedValue]) -> bool:
    return any(row.source == OVERRIDE_SOURCE for row in values)


def _entry(parameter: Parameter, tables: Sequence[str]) -> Entry:
    return Entry(
        key=parameter.key, title=title_of(parameter), unit=UNITS.get(parameter.unit, parameter.unit),
        selector=SELECTORS[parameter.by], values=tuple(_value(parameter, row) for row in parameter.values),
        tables=tuple(tables), note=parameter.note or "",
    )


def _value(parameter: Parameter, row: DatedValue) -> tuple[str, ...]:
    since = "всегда" if row.valid_from == date.min else day(row.valid_from)
    is_set = row.source == OVERRIDE_SOURCE
    later = " (задним числом)" if row.is_retroactive else ""
    return (
        since, in_words(row.value, parameter.unit), "настройка участка" if is_set else row.source,
        (day(row.published) if row.published else "—") + later, CONFIDENCES[row.confidence],
        day(row.reviewed) if row.reviewed else "не сверялось", row.note or "",
    )


def _unconfirmed(parameter: Parameter, on: date) -> Iterable[tuple[str, ...]]:
    """Values of law that are contested, rest on one source nobody has compared, or were compared long ago."""
    for row in parameter.values:
        why = _doubt(row, on)
        if why:
            yield (f"{title_of(parameter).rstrip('.')} ({parameter.key})", in_words(row.value, parameter.unit),
                   row.source, why)


def _doubt(row: DatedValue, on: date) -> str:
    if row.source == OVERRIDE_SOURCE:
        return ""
    doubts = []
    if row.confidence is Confidence.L:
        doubts.append("источники спорят")
    if row.reviewed is None:
        doubts.append("с источником никто не сверял")
    elif (on - row.reviewed).days > STALE_DAYS:
        doubts.append(f"сверено давно, {day(row.reviewed)}")
    if row.confidence is Confidence.M:
        doubts.append("источник один")
    return "; ".join(doubts)
