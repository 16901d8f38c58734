"""The month a document bills, and the only time zone of the house.

A billing month is written "2026-05" (the Dagster partition key) and stored as the Date of its first day. Nothing
here knows what day it is today: the edge passes dates in.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final, Self
from zoneinfo import ZoneInfo

MOSCOW: Final = ZoneInfo("Europe/Moscow")
MOSCOW_NAME: Final = "Europe/Moscow"

_WRITTEN: Final = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


@dataclass(frozen=True, order=True, slots=True)
class BillingMonth:
    """A calendar month; ordered, hashable. `month` is 1 to 12, ValueError otherwise."""

    year: int
    month: int

    def __post_init__(self) -> None:
        if not 1 <= self.month <= 12 or not 1 <= self.year <= 9999:
            raise ValueError(f"no such month: year {self.year}, month {self.month}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads "2026-05" and nothing else; ValueError names the text that does not fit."""
        found = _WRITTEN.fullmatch(text)
        if found is None:
            raise ValueError(f"a billing month is written YYYY-MM, not {text!r}")
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of(cls, day: date) -> Self:
        """The month in which a day lies."""
        return cls(day.year, day.month)

    @classmethod
    def range(cls, first: Self, last: Self) -> Iterator[Self]:
        """Months from first to last, both included; nothing when last comes before first."""
        month = first
        while month <= last:
            yield month
            month = month.next

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"

    @property
    def first_day(self) -> date:
        """The Date under which tables store this month."""
        return date(self.year, self.month, 1)

    @property
    def last_day(self) -> date:
        """The 28th to the 31st."""
        return date(self.year, self.month, self.days)

    @property
    def days(self) -> int:
        """Calendar days of the month."""
        return monthrange(self.year, self.month)[1]

    @property
    def cycle_ends_by(self) -> date:
        """The last day that the cycle of this month can reach: it runs from the issue of its documents, within the next
        month, to the next issue. What happened on a later day was posted by a later month."""
        return self.plus(2).last_day

    @property
    def next(self) -> Self:
        """The month in which documents of this month fall due."""
        return self.plus(1)

    @property
    def previous(self) -> Self:
        """The month whose published state this one starts from."""
        return self.plus(-1)

    def plus(self, months: int) -> Self:
        """The month `months` later (earlier when negative)."""
        position = self.year * 12 + (self.month - 1) + months
        return type(self)(position // 12, position % 12 + 1)

    def months_until(self, other: BillingMonth) -> int:
        """Whole months from this one to the other; negative when the other is earlier."""
        return (other.year - self.year) * 12 + other.month - self.month


def end_of_day(as_of: date) -> datetime:
    """The last microsecond of a day in Moscow: moments up to and including it belong to `as_of`."""
    return datetime.combine(as_of, time.max, tzinfo=MOSCOW)


def start_of_day(day: date) -> datetime:
    """Midnight in Moscow: a payment known to the day only counts from here, in the payer's favour."""
    return datetime.combine(day, time.min, tzinfo=MOSCOW)
