"""The official working calendar: to which working day a term that ends on a day off moves (ГК РФ, ст. 193).

Days come from the library `holidays`, whose Russian calendar equals the official one for 2015–2026 with all decreed
transfers and working Saturdays (but for the special days of 2020 and 2021, which did not move civil-law terms). It
also answers for years nobody has decreed yet: `calendar.yaml` says up to which year it may be believed, and adds days.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Self

import holidays
import polars as pl

from pipeline.rules.in_force import InForce
from pipeline.rules.registry import Rules

_DAY = timedelta(days=1)


class CalendarUnknown(LookupError):
    """A day lies outside the years whose official calendar is known."""


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """Working days from 1 January of `first_year` to 31 December of `last_year`."""

    first_year: int
    last_year: int
    extra_days_off: tuple[date, ...] = ()
    extra_working_days: tuple[date, ...] = ()

    @classmethod
    def known(cls, rules: Rules, known_on: date | None = None) -> Self:
        """The calendar of a book as far as it is known; one calendar serves all due dates."""
        at = InForce(rules, "calendar", date.max, known_on)
        return cls(
            first_year=at.integer("first_year"),
            last_year=at.integer("last_year"),
            extra_days_off=at.dates("extra_days_off"),
            extra_working_days=at.dates("extra_working_days"),
        )

    def is_working(self, day: date) -> bool:
        """Whether a day is a working one; CalendarUnknown outside the known years."""
        self._require(day)
        if day in self.extra_working_days:
            return True
        return day not in self.extra_days_off and _official().is_working_day(day)

    def next_working_day(self, day: date) -> date:
        """The day itself when it is a working one, else the next that is; CalendarUnknown past the known years."""
        while not self.is_working(day):
            day += _DAY
        return day

    def next_working_days(self, days: Iterable[date]) -> dict[date, date]:
        """`next_working_day` of a set of dates."""
        return {day: self.next_working_day(day) for day in sorted(set(days))}

    def working_days(self, first: date | None = None, last: date | None = None) -> pl.DataFrame:
        """Frame (date, next_working_day), one row for every day from first to last.

        Left out, the ends are the widest for which the answer is known: the days off at the very end of the last year
        wait for the calendar of the next. Asked for, an unknown day raises CalendarUnknown.
        """
        return _working_days(self, first or date(self.first_year, 1, 1), last or self._last_answered()).clone()

    def _last_answered(self) -> date:
        day = date(self.last_year, 12, 31)
        while not self.is_working(day):
            day -= _DAY
        return day

    def _require(self, day: date) -> None:
        if not self.first_year <= day.year <= self.last_year:
            known = f"{self.first_year} to {self.last_year}"
            raise CalendarUnknown(f"{day}: the official working calendar is known for {known} (rules/calendar.yaml)")


@lru_cache(maxsize=8)
def _working_days(calendar: WorkingCalendar, begin: date, end: date) -> pl.DataFrame:
    """Rooms and checks of a month ask for the same years."""
    calendar._require(begin)
    following = calendar.next_working_day(end)
    rows: list[tuple[date, date]] = []
    day = end
    while day >= begin:
        # backwards, so that every day is asked once however long the holidays are
        following = day if calendar.is_working(day) else following
        rows.append((day, following))
        day -= _DAY
    schema = {"date": pl.Date, "next_working_day": pl.Date}
    return pl.DataFrame(rows[::-1], schema=schema, orient="row")


@lru_cache(maxsize=1)
def _official() -> holidays.HolidayBase:
    return holidays.country_holidays("RU")
