"""The file of a what-if: which rules and channels are different in it. Strict, as everything that a person writes.

    rules:                                     # as `rules` in settings.yaml
      debt.sms_min_rub: "300.00"               # one value, always
      ledger.due_day: [{from: 2026-03-01, value: 20}]
    channels:
      sber_online: {is_own_online: true}       # the list of the centre's own online channels
    capacity:
      sms_list: 200                            # rows of a list (of court cases) a night at most, debt.capacity_sms_list

Every mistake names its key and line and says how to write it. Not here: what a scenario does with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Final, NoReturn

import yaml

from pipeline.contracts.debt import LISTS
from pipeline.errors import RaschetError
from pipeline.rules.parameter import Parameter, RuleFileError
from pipeline.rules.registry import RuleBook

#: How a value of each unit is written, for the person who wrote it otherwise.
_HOW: Final = {
    "rub": 'сумма в кавычках: "500.00"', "percent": 'проценты в кавычках: "7.5"',
    "percent_per_year": 'проценты годовых в кавычках: "16.5"', "factor": 'множитель в кавычках: "1.5"',
    "unit_of_service": 'объём в кавычках: "0.5"', "yes_no": "да или нет: true или false", "code": "код, без кавычек",
    "text": "текст в кавычках", "date": "дата: 2026-03-01", "day_of_month": "день месяца, от 1 до 31",
}
_WHOLE: Final = "целое число без кавычек: 30"
_SECTIONS: Final = ("rules", "channels", "capacity")
_OWN: Final = "is_own_online"
_LAST_DAY: Final = 31


class BadOverride(RaschetError):
    """The file of overrides cannot be used as it is written."""


@dataclass(frozen=True, slots=True)
class Overrides:
    """What is different in a scenario: rule values as in the settings of a book, channel → is it own online."""

    rules: Mapping[str, object] = field(default_factory=dict)
    channels: Mapping[str, bool] = field(default_factory=dict)

    @property
    def are_none(self) -> bool:
        """The scenario is the month itself."""
        return not self.rules and not self.channels


def read_overrides(text: str, rules: RuleBook) -> Overrides:
    """Overrides from their YAML; BadOverride names key, line and remedy. `rules` are those of the programme."""
    lines = _lines_of(text)
    try:
        written = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError):
        raise BadOverride("Файл изменений не читается как YAML", "Проверьте даты и числа в нём") from None
    sections = {} if written is None else written
    if not isinstance(sections, dict):
        raise BadOverride("Файл изменений — это «раздел: …»", f"Разделы: {', '.join(_SECTIONS)}")
    for name in sections:
        if name not in _SECTIONS:
            _fail(lines, (name,), f"раздела «{name}» нет", _like(str(name), _SECTIONS))
    found = _rules(_section(sections, "rules", lines), lines, rules)
    capacity = _capacity(_section(sections, "capacity", lines), lines)
    for key in capacity:
        if key in found:
            _fail(lines, ("rules", key), "изменено дважды, в rules и в capacity", "Оставьте одно из двух")
    return Overrides({**found, **capacity}, _channels(_section(sections, "channels", lines), lines))


def _section(sections: Mapping[str, Any], name: str, lines: Lines) -> dict[str, Any]:
    told = sections.get(name)
    if told is not None and not isinstance(told, dict):
        _fail(lines, (name,), "ожидается «ключ: значение»", "Напишите каждый ключ на своей строке с отступом")
    return told or {}


def _rules(written: Mapping[str, object], lines: Lines, rules: RuleBook) -> dict[str, object]:
    for key, value in written.items():
        place = ("rules", str(key))
        if key not in rules.parameters:
            _fail(lines, place, "такого правила нет", _like(str(key), list(rules.parameters)))
        _check(key, value, lines, rules)
    return dict(written)


def _check(key: str, value: object, lines: Lines, rules: RuleBook) -> None:
    parameter, place = rules.parameter(key), ("rules", key)
    for one in _values(value):
        if isinstance(one, float):
            _fail(lines, place, f"{one} — дробное число, оно теряет копейки", _how(parameter))
    try:
        told = rules.with_overrides({key: value}).parameter(key)
    except RuleFileError:
        _fail(lines, place, f"значение {_shown(value)} не подходит", _how(parameter))
    are_lists = isinstance(parameter.values[-1].value, tuple)
    for row in told.values:
        members = row.value if isinstance(row.value, tuple) else (row.value,)
        is_list = isinstance(row.value, tuple)
        if row.value is not None and is_list != are_lists:
            _fail(lines, place, "ожидается список" if are_lists else "ожидается одно значение", _how(parameter))
        for one in members:
            is_number = one is not None and not isinstance(one, bool | str) and parameter.unit != "date"
            if is_number and one < 0:  # type: ignore[operator]
                _fail(lines, place, f"{one} меньше нуля", _how(parameter))
            if parameter.unit == "day_of_month" and one is not None and not 1 <= int(str(one)) <= _LAST_DAY:
                _fail(lines, place, f"{one} — не день месяца", _how(parameter))


def _capacity(written: Mapping[str, object], lines: Lines) -> dict[str, object]:
    for name, most in written.items():
        place = ("capacity", str(name))
        if name not in LISTS:
            _fail(lines, place, f"списка «{name}» нет", f"Есть списки: {', '.join(LISTS)}")
        if type(most) is not int or most < 0:
            how = f"Сколько строк (в судебном списке — дел) за ночь, {_WHOLE}"
            _fail(lines, place, f"значение {_shown(most)} не подходит", how)
    return {f"debt.capacity_{name}": most for name, most in written.items()}


def _channels(written: Mapping[str, object], lines: Lines) -> dict[str, bool]:
    told: dict[str, bool] = {}
    for code, answer in written.items():
        place = ("channels", str(code))
        if not isinstance(answer, dict) or set(answer) != {_OWN} or not isinstance(answer[_OWN], bool):
            _fail(lines, place, f"у канала меняется только {_OWN}", f"Напишите {code}: {{{_OWN}: true}} или false")
        told[str(code)] = answer[_OWN]
    return told


def _values(written: object) -> Iterator[object]:
    """Every value in what was written, dated or not."""
    for one in written if isinstance(written, list) else [written]:
        yield from _values(one["value"]) if isinstance(one, dict) and "value" in one else [one]


def _how(parameter: Parameter) -> str:
    one = _HOW.get(parameter.unit, _WHOLE)
    told = f"несколько через запятую в [ ], каждое — {one}" if isinstance(parameter.values[-1].value, tuple) else one
    return f"Напишите так — {told}; с датой — [{{from: 2026-03-01, value: …}}]"


def _shown(value: object) -> str:
    return "пусто" if value is None else f"«{value}»"


def _like(written: str, known: list[str] | tuple[str, ...]) -> str:
    near = get_close_matches(written, known, n=3, cutoff=0.5)
    return f"Похоже на: {', '.join(near)}" if near else "Все правила с пояснениями: raschet rules"


# ---- where it is written

Lines = Mapping[tuple[str, ...], int]


def _lines_of(text: str) -> Lines:
    """Line of every key of the first two levels; a key written twice is an error, YAML would take the last."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as fault:
        mark = getattr(fault, "problem_mark", None)
        where = f" в строке {mark.line + 1}" if mark else ""
        raise BadOverride(f"Файл изменений: ошибка YAML{where}", "Проверьте отступы, двоеточия и кавычки") from None
    lines: dict[tuple[str, ...], int] = {}
    for key, below in _pairs(node, (), lines):
        for _ in _pairs(below, (key,), lines):
            pass
    return lines


def _pairs(node: Any, above: tuple[str, ...], lines: dict[tuple[str, ...], int]) -> Iterator[tuple[str, Any]]:
    for key, below in node.value if isinstance(node, yaml.MappingNode) else ():
        name = str(key.value)
        if (*above, name) in lines:
            _fail({(*above, name): key.start_mark.line + 1}, (*above, name), "ключ написан дважды", "Оставьте один")
        lines[(*above, name)] = key.start_mark.line + 1
        yield name, below


def _fail(lines: Lines, place: tuple[str, ...], what: str, remedy: str) -> NoReturn:
    where = f", строка {lines[place]}" if place in lines else ""
    raise BadOverride(f"Файл изменений{where}, ключ {place[-1]}: {what}", remedy)
