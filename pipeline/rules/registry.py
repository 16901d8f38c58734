"""The rule book: every parameter of `rules/*.yaml`, read by key and date.

A room asks for "ledger.due_day" on a date and gets the value then in force, or `NoRuleInForce`; nothing is guessed.
`reading()` records what was actually asked, and its fingerprint goes into the manifest of a month: a month changes
its fingerprint only when a value that it used changed. `known_on` replays a month with the law as then published.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Final, Protocol

import polars as pl
import yaml

from pipeline import money
from pipeline.errors import RaschetError
from pipeline.rules.parameter import UNITS, Confidence, DatedValue, Parameter, RuleFileError, Value
from pipeline.rules.parameter import read_parameter as _read_parameter
from pipeline.rules.parameter import read_value as _read_value

RULES_FOLDER: Final = Path(__file__).parent
OVERRIDE_SOURCE: Final = "настройка книги"
#: Stands before a value that a book's own settings gave, where a manifest tells which values a month has read.
SET: Final = "set: "
_ALWAYS: Final = date.min


class NoRuleInForce(RaschetError, LookupError):
    """A parameter has no value on a date: before its first value, or after a null ended it."""

    def __init__(self, key: str, on: date) -> None:
        super().__init__(f"На {on:%d.%m.%Y} нет действующего значения правила {key}",
                         "Добавьте его с источником в rules файла settings.yaml или в книгу правил (raschet rules)")
        self.key, self.on = key, on

    def __reduce__(self) -> tuple[type[NoRuleInForce], tuple[str, date]]:
        # raised inside a worker process, it has to reach the parent whole
        return NoRuleInForce, (self.key, self.on)


class Rules(Protocol):
    """What a typed view needs: a rule book, or the reading of one."""

    def value(self, key: str, on: date, known_on: date | None = None) -> Value: ...

    def dated(self, key: str, known_on: date | None = None) -> tuple[DatedValue, ...]: ...


@dataclass(frozen=True, slots=True)
class RuleBook:
    """All parameters of a book by key "room.name"."""

    parameters: Mapping[str, Parameter]

    @classmethod
    def read(cls, folder: Path = RULES_FOLDER) -> RuleBook:
        """Every YAML file of a folder; those of the program are read once a process: they never change while it runs.

        RuleFileError says which file, key and fault.
        """
        return _law() if folder == RULES_FOLDER else cls(_written_in(folder))

    def parameter(self, key: str) -> Parameter:
        """The parameter with all its values, sources and notes; KeyError when there is none."""
        if key not in self.parameters:
            raise KeyError(f"{key}: no such parameter")
        return self.parameters[key]

    def value(self, key: str, on: date, known_on: date | None = None) -> Value:
        """The value in force on a date, as known on a day; NoRuleInForce before the first and after an end."""
        row = self.parameter(key).in_force(on, known_on)
        if row is None or row.value is None:
            raise NoRuleInForce(key, on)
        return row.value

    def dated(self, key: str, known_on: date | None = None) -> tuple[DatedValue, ...]:
        """Every dated value in order of its first day; one a day, the latest known."""
        latest = {row.valid_from: row for row in self.parameter(key).known(known_on)}
        return tuple(latest.values())

    def timeline(self, key: str, known_on: date | None = None) -> pl.DataFrame:
        """`timeline` of a parameter, unrecorded."""
        return timeline(self, key, self.parameter(key), known_on)

    def with_overrides(self, overrides: Mapping[str, object]) -> RuleBook:
        """The same book with some parameters set by its settings: one value, or a list of {from, value}."""
        changed = {key: _overridden(self.parameter(key), written) for key, written in overrides.items()}
        return replace(self, parameters={**self.parameters, **changed})

    def reading(self) -> RuleReading:
        """A view that remembers what was asked of it."""
        return RuleReading(self)


@dataclass(slots=True)
class RuleReading:
    """A rule book that records every value it gives, for the fingerprint of a month."""

    rule_book: RuleBook
    _read: set[tuple[str, str, str]] = field(default_factory=set)

    def value(self, key: str, on: date, known_on: date | None = None) -> Value:
        """As RuleBook.value, recorded."""
        value = self.rule_book.value(key, on, known_on)
        row = self.rule_book.parameter(key).in_force(on, known_on)
        assert row is not None  # value() has just found it
        self._record(key, row)
        return value

    def dated(self, key: str, known_on: date | None = None) -> tuple[DatedValue, ...]:
        """As RuleBook.dated, all rows recorded."""
        rows = self.rule_book.dated(key, known_on)
        for row in rows:
            self._record(key, row)
        return rows

    def timeline(self, key: str, known_on: date | None = None) -> pl.DataFrame:
        """As RuleBook.timeline, recorded."""
        return timeline(self, key, self.rule_book.parameter(key), known_on)

    def values_read(self) -> tuple[tuple[str, str, str], ...]:
        """(key, from, value) of everything asked so far, sorted; a value is prefixed when a setting gave it."""
        return tuple(sorted(self._read))

    def fingerprint(self) -> str:
        """SHA-256 of what was read; the order of asking and repeated questions do not change it."""
        lines = ("\t".join(row) + "\n" for row in self.values_read())
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    def _record(self, key: str, row: DatedValue) -> None:
        origin = SET if row.source == OVERRIDE_SOURCE else ""
        self._read.add((key, row.valid_from.isoformat(), origin + _written(row.value)))


def timeline(rules: Rules, key: str, parameter: Parameter, known_on: date | None = None) -> pl.DataFrame:
    """Frame (valid_from, value) for `join_asof`; a null value ends the rule and the caller's gate refuses it.

    Decimals come as Int64 of the unit's scale (rub 10⁻², percent and factor 10⁻⁴, volume 10⁻⁷), since calculations
    know no decimals; lists have no timeline (TypeError).
    """
    rows = rules.dated(key, known_on)
    if any(isinstance(row.value, tuple) for row in rows):
        raise TypeError(f"{key}: a list has no timeline")
    dtypes: dict[type, type[pl.DataType]] = {bool: pl.Boolean, str: pl.String, date: pl.Date}
    dtype = dtypes.get(UNITS[parameter.unit][0], pl.Int64)
    values = [money.scaled(v, parameter.digits) if isinstance(v := row.value, Decimal) else v for row in rows]
    return pl.DataFrame(
        {"valid_from": [row.valid_from for row in rows], "value": values},
        schema={"valid_from": pl.Date, "value": dtype},
    )


class _NoRepeats(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Plain YAML that refuses a key written twice, where PyYAML keeps the last in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
        keys = [key.value for key, _ in node.value]
        repeated = sorted({key for key in keys if keys.count(key) > 1})
        if repeated:
            raise RuleFileError(f"line {node.start_mark.line + 1}: {', '.join(repeated)} written twice")
        return dict(super().construct_mapping(node, deep=deep))


@cache
def _law() -> RuleBook:
    return RuleBook(_written_in(RULES_FOLDER))


def _written_in(folder: Path) -> Mapping[str, Parameter]:
    """Parameters of a folder by key."""
    found = {parameter.key: parameter for file in sorted(folder.glob("*.yaml")) for parameter in _parameters_of(file)}
    if not found:
        raise RuleFileError(f"{folder.name}: no rule file found")
    return found


def _parameters_of(file: Path) -> Iterator[Parameter]:
    try:
        written = yaml.load(file.read_text(encoding="utf-8"), Loader=_NoRepeats)
        if not isinstance(written, dict):
            raise RuleFileError("a mapping of parameters is expected")
        for name, entry in written.items():
            yield _read_parameter(f"{file.stem}.{name}", entry)
    except (RuleFileError, yaml.YAMLError) as fault:
        raise RuleFileError(f"{file.name}: {fault}") from None


def _overridden(parameter: Parameter, written: object) -> Parameter:
    if isinstance(written, list) and written and all(isinstance(row, dict) for row in written):
        set_rows = tuple(_override_row(parameter, row) for row in written)
        # a book that sets a value from a day on leaves what held before that day as it was
        before = (row for row in parameter.values if row.valid_from < set_rows[0].valid_from)
        rows = (*before, *set_rows)
    else:
        rows = (_override_row(parameter, {"from": _ALWAYS, "value": written}),)
    days = [row.valid_from for row in rows if row.source == OVERRIDE_SOURCE]
    if days != sorted(set(days)):
        raise RuleFileError(f"{parameter.key}: overriding values are not in ascending order")
    return replace(parameter, values=rows)


def _override_row(parameter: Parameter, row: Mapping[str, object]) -> DatedValue:
    valid_from = row.get("from")
    if set(row) != {"from", "value"} or type(valid_from) is not date:
        raise RuleFileError(f"{parameter.key}: an overriding value has a full date `from`, and `value`")
    value = _read_value(parameter.key, parameter.unit, row["value"])
    return DatedValue(valid_from, value, OVERRIDE_SOURCE, None, Confidence.P, None)


def _written(value: Value | None) -> str:
    """One spelling of a value for the fingerprint: 0.50 and 0.5 are the same rule."""
    if isinstance(value, tuple):
        return "[" + ", ".join(_written(member) for member in value) + "]"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return "null" if value is None else str(value)
