"""Typed answers of a rule book on one date, for the frozen views of the rooms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeVar

from pipeline import money
from pipeline.rules.parameter import DatedValue, Scalar
from pipeline.rules.registry import Rules

Kind = TypeVar("Kind", int, bool, str, Decimal, date)

# Steps of a value that changes inside the documents of one frame: (first day, value), ascending.
IntegerSteps = tuple[tuple[date, int | None], ...]
YesNoSteps = tuple[tuple[date, bool | None], ...]


@dataclass(frozen=True, slots=True)
class InForce:
    """Parameters of one room as in force on a date and known on a day. Every method raises NoRuleInForce."""

    rules: Rules
    room: str
    on: date
    known_on: date | None = None

    def integer(self, name: str) -> int:
        """A whole number: days, months, a count."""
        return self._one(name, int)

    def integer_or_none(self, name: str) -> int | None:
        """A whole number that may be missing: None where the rule has not begun or a null has ended it."""
        begun = [row for row in self._dated(name) if row.valid_from <= self.on]
        return _is_integer(name, begun[-1].value) if begun else None

    def yes_no(self, name: str) -> bool:
        """A switch."""
        return self._one(name, bool)

    def text(self, name: str) -> str:
        """A code or a text."""
        return self._one(name, str)

    def decimal(self, name: str) -> Decimal:
        """A decimal as written, for people to read."""
        return self._one(name, Decimal)

    def kopecks(self, name: str) -> int:
        """A sum in kopecks."""
        return money.kopecks_of(self.decimal(name))

    def scaled(self, name: str, digits: int) -> int:
        """A decimal as an integer of 10^-digits."""
        return money.scaled(self.decimal(name), digits)

    def day(self, name: str) -> date:
        """A day of the calendar."""
        return self._one(name, date)

    def integers(self, name: str) -> tuple[int, ...]:
        """A list of whole numbers."""
        return self._many(name, int)

    def scaled_list(self, name: str, digits: int) -> tuple[int, ...]:
        """A list of decimals as integers of 10^-digits."""
        return tuple(money.scaled(value, digits) for value in self._many(name, Decimal))

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of codes."""
        return self._many(name, str)

    def dates(self, name: str) -> tuple[date, ...]:
        """A list of days."""
        return self._many(name, date)

    def integer_steps(self, name: str) -> IntegerSteps:
        """All values of a whole number, for frames whose rows fall under different dates."""
        return tuple((row.valid_from, _is_integer(name, row.value)) for row in self._dated(name))

    def scaled_steps(self, name: str, digits: int) -> IntegerSteps:
        """All values of a decimal as integers of 10^-digits."""
        return tuple(
            (row.valid_from, None if row.value is None else money.scaled(_typed(name, row.value, Decimal), digits))
            for row in self._dated(name)
        )

    def yes_no_steps(self, name: str) -> YesNoSteps:
        """All values of a switch."""
        return tuple((row.valid_from, None if row.value is None else bool(row.value)) for row in self._dated(name))

    def _one(self, name: str, kind: type[Kind]) -> Kind:
        return _typed(name, self.rules.value(f"{self.room}.{name}", self.on, self.known_on), kind)

    def _many(self, name: str, kind: type[Kind]) -> tuple[Kind, ...]:
        value = self.rules.value(f"{self.room}.{name}", self.on, self.known_on)
        if not isinstance(value, tuple):
            raise TypeError(f"{self.room}.{name} is not a list")
        return tuple(_typed(name, member, kind) for member in value)

    def _dated(self, name: str) -> tuple[DatedValue, ...]:
        return self.rules.dated(f"{self.room}.{name}", self.known_on)


def _typed(name: str, value: Scalar | tuple[Scalar, ...], kind: type[Kind]) -> Kind:
    if type(value) is not kind:
        raise TypeError(f"{name} is {type(value).__name__}, not {kind.__name__}")
    assert isinstance(value, kind)
    return value


def _is_integer(name: str, value: Scalar | tuple[Scalar, ...] | None) -> int | None:
    return None if value is None else _typed(name, value, int)
