"""One dated parameter of law or policy, and the strict reading of its YAML.

    due_day:
      label: Day of the month after the billed one by which a document is to be paid.
      title: Число следующего месяца, до которого оплачивают документ.
      unit: day_of_month
      by: due_on
      values:
        - {from: 2026-03-01, value: 15, source: "…", published: 2025-06-24, confidence: H, reviewed: 2026-11-20}

`by` names the date that selects the value. `published` is the day of publication (of the act itself where only that
is known; null for a policy): a value published after it took force says `retroactive: true`. `confidence` is H, M or L
as the sources agree, P for a policy of the book. `reviewed` is the day a person last compared the value with its
source, null when nobody has. A decimal is quoted, for YAML would make a float of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from itertools import pairwise
from typing import Final, TypeVar

Member = TypeVar("Member", bound=StrEnum)
Scalar = int | bool | str | Decimal | date
Value = Scalar | tuple[Scalar, ...]


class Selector(StrEnum):
    """The date by which a value is chosen."""

    DUE_ON = "due_on"
    CHARGE_MONTH = "charge_month"
    PAID_ON = "paid_on"
    AS_OF = "as_of"


class Confidence(StrEnum):
    """H: sources agree. M: one source, or secondary ones. L: contested. P: a policy of the book, no law."""

    H = "H"
    M = "M"
    L = "L"
    P = "P"


# Closed list: unit -> (type of the value, digits after the point that its integer form keeps).
UNITS: Final[Mapping[str, tuple[type[Scalar], int]]] = {
    "rub": (Decimal, 2),
    "percent": (Decimal, 4),
    "percent_per_year": (Decimal, 4),
    "factor": (Decimal, 4),
    "unit_of_service": (Decimal, 7),
    "fraction_denominator": (int, 0),
    "days": (int, 0),
    "months": (int, 0),
    "years": (int, 0),
    "year": (int, 0),
    "hours": (int, 0),
    "day_of_month": (int, 0),
    "count": (int, 0),
    "yes_no": (bool, 0),
    "code": (str, 0),
    "text": (str, 0),
    "date": (date, 0),
}

_KEYS: Final = ("label", "title", "unit", "by", "note", "values")
_MAY_BE_LEFT_OUT: Final = frozenset({"note"})
_ROW_KEYS: Final = ["from", "value", "source", "published", "confidence", "reviewed"]
_ROW_EXTRAS: Final = ["retroactive", "note"]


class RuleFileError(ValueError):
    """A rule file or an override is not written as it must be; says where and what."""


@dataclass(frozen=True, slots=True)
class DatedValue:
    """One value of a parameter from a day on; a null value ends the rule."""

    valid_from: date
    value: Value | None
    source: str
    published: date | None
    confidence: Confidence
    reviewed: date | None
    is_retroactive: bool = False
    note: str | None = None

    @property
    def known_from(self) -> date:
        """The day from which a month could have been computed with it."""
        return self.published or self.valid_from


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter and its values in order of (valid_from, known_from)."""

    key: str
    label: str
    title: str
    """The label in Russian, for those who read pages; the label itself is for those who read code."""
    unit: str
    by: Selector
    values: tuple[DatedValue, ...]
    note: str | None = None

    @property
    def digits(self) -> int:
        """Digits after the point that the integer form of its values keeps."""
        return UNITS[self.unit][1]

    def known(self, known_on: date | None) -> tuple[DatedValue, ...]:
        """The values as far as they were published by a day (all of them when None)."""
        return tuple(row for row in self.values if known_on is None or row.known_from <= known_on)

    def in_force(self, on: date, known_on: date | None = None) -> DatedValue | None:
        """The latest row that has begun by `on`; None before the first."""
        begun = [row for row in self.known(known_on) if row.valid_from <= on]
        return begun[-1] if begun else None


def read_parameter(key: str, written: object) -> Parameter:
    """A parameter from its YAML mapping; RuleFileError names the key and what is wrong."""
    entry = _mapping(key, written)
    if list(entry) != [name for name in _KEYS if name in entry or name not in _MAY_BE_LEFT_OUT]:
        raise RuleFileError(f"{key}: keys are {', '.join(_KEYS)} (note may be left out), not {list(entry)}")
    unit = entry["unit"]
    if not isinstance(unit, str) or unit not in UNITS:
        raise RuleFileError(f"{key}: unit {unit!r} is not one of {', '.join(UNITS)}")
    rows = entry["values"]
    if not isinstance(rows, list) or not rows:
        raise RuleFileError(f"{key}: values is a list of at least one dated value")
    values = tuple(_read_row(key, unit, row) for row in rows)
    order = [(row.valid_from, row.known_from) for row in values]
    if any(later <= earlier for earlier, later in pairwise(order)):
        raise RuleFileError(f"{key}: values are not in ascending order of (from, published)")
    label, title = _text(key, "label", entry["label"]), _text(key, "title", entry["title"])
    if not (label.endswith(".") and title.endswith(".")):
        raise RuleFileError(f"{key}: label and title are sentences and end with a full stop")
    by = _member(key, "by", Selector, entry["by"])
    return Parameter(key, label, title, unit, by, values, _optional_text(key, entry.get("note")))


def read_value(key: str, unit: str, written: object) -> Value | None:
    """A value in the type of its unit; lists become tuples, null stays None."""
    if written is None:
        return None
    if isinstance(written, list):
        return tuple(_read_scalar(key, unit, member) for member in written)
    return _read_scalar(key, unit, written)


def _read_scalar(key: str, unit: str, written: object) -> Scalar:
    kind, digits = UNITS[unit]
    if isinstance(written, float):
        raise RuleFileError(f"{key}: {written} is a float; quote a decimal")
    if kind is Decimal:
        return _read_decimal(key, written, digits)
    # bool is an int in Python and datetime is a date, hence the exact type
    if type(written) is not kind:
        raise RuleFileError(f"{key}: {written!r} is not a value in {unit} ({kind.__name__})")
    assert isinstance(written, int | bool | str | date)
    return written


def _read_decimal(key: str, written: object, digits: int) -> Decimal:
    if not isinstance(written, str):
        raise RuleFileError(f"{key}: {written!r} is to be a quoted decimal")
    try:
        value = Decimal(written)
    except InvalidOperation:
        raise RuleFileError(f"{key}: {written!r} is no decimal") from None
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or -exponent > digits:
        raise RuleFileError(f"{key}: {written} has more than {digits} digits after the point")
    return value


def _read_row(key: str, unit: str, written: object) -> DatedValue:
    row = _mapping(key, written)
    extras = [name for name in _ROW_EXTRAS if name in row]
    if list(row) != _ROW_KEYS + extras:
        raise RuleFileError(f"{key}: a value has {', '.join(_ROW_KEYS + _ROW_EXTRAS)} in this order, not {list(row)}")
    valid_from, retroactive = _day(key, "from", row["from"]), row.get("retroactive", False)
    published = None if row["published"] is None else _day(key, "published", row["published"])
    reviewed = None if row["reviewed"] is None else _day(key, "reviewed", row["reviewed"])
    if not isinstance(retroactive, bool):
        raise RuleFileError(f"{key}: retroactive is true or false")
    if retroactive != (published is not None and published > valid_from):
        raise RuleFileError(f"{key}: from {valid_from}, published {published}: retroactive is to be {not retroactive}")
    return DatedValue(
        valid_from,
        read_value(key, unit, row["value"]),
        _text(key, "source", row["source"]),
        published,
        _member(key, "confidence", Confidence, row["confidence"]),
        reviewed,
        retroactive,
        _optional_text(key, row.get("note")),
    )


def _mapping(key: str, written: object) -> dict[str, object]:
    if not isinstance(written, dict):
        raise RuleFileError(f"{key}: a mapping is expected, not {written!r}")
    return written


def _day(key: str, name: str, written: object) -> date:
    if type(written) is not date:
        raise RuleFileError(f"{key}: {name} is a full date YYYY-MM-DD, not {written!r}")
    return written


def _text(key: str, name: str, written: object) -> str:
    if not isinstance(written, str) or not written.strip():
        raise RuleFileError(f"{key}: {name} is a text, not {written!r}")
    return written


def _optional_text(key: str, written: object) -> str | None:
    return None if written is None else _text(key, "note", written)


def _member(key: str, name: str, kind: type[Member], written: object) -> Member:
    try:
        return kind(str(written))
    except ValueError:
        raise RuleFileError(f"{key}: {name} {written!r} is not one of {', '.join(kind)}") from None
