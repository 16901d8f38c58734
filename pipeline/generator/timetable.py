"""When things happen in Энск: documents go out, fall due, readings are taken, registries come in.

The town's own timetable, computed apart from the rule book on purpose: the generator must not learn the answers from
the code that it helps to test. Days off by the library `holidays`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from typing import Final

import holidays
import polars as pl

from pipeline.billing_month import BillingMonth

READING_DAYS: Final = (20, 25)
_NEW_DUE_DAY_FROM: Final = date(2026, 3, 1)


@dataclass(frozen=True)
class Channel:
    """A payment channel: who delivers its registry, on which days of a month, how long a payment travels."""

    code: str
    provider: str
    is_own_online: bool
    fee_class: str
    travel_days: int
    registry_days: tuple[int, ...]

    @property
    def usual_delay_days(self) -> int:
        """Travel plus the longest wait for the next registry of the month."""
        around = (*self.registry_days, self.registry_days[0] + 31)
        return self.travel_days + max(b - a for a, b in pairwise(around)) - 1

    def received_on(self, paid_on: date) -> date:
        """The registry that brings a payment of that day."""
        return self._registry_from(paid_on + timedelta(days=self.travel_days))

    def received_on_expr(self, paid_on: pl.Expr) -> pl.Expr:
        """`received_on` for a column of dates."""
        ready = paid_on.dt.offset_by(f"{self.travel_days}d")
        chosen = ready.dt.month_start().dt.offset_by("1mo").dt.offset_by(f"{self.registry_days[0] - 1}d")
        for day in reversed(self.registry_days):
            this_month = ready.dt.month_start().dt.offset_by(f"{day - 1}d")
            chosen = pl.when(ready.dt.day() <= day).then(this_month).otherwise(chosen)
        return chosen

    def registries(self, first: date, last: date) -> list[tuple[date, date]]:
        """(expected_on, covers_until) of every registry between two days."""
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        return [(day, day - timedelta(days=self.travel_days)) for day in days if day.day in self.registry_days]

    def _registry_from(self, ready: date) -> date:
        while ready.day not in self.registry_days:
            ready += timedelta(days=1)
        return ready


_OFTEN, _SELDOM = (3, 8, 13, 18, 23, 28), (8, 18, 28)
CHANNELS: Final = (
    Channel("own_site", "enerc_online", True, "none", 1, _OFTEN),
    Channel("own_app", "enerc_online", True, "none", 1, _OFTEN),
    Channel("sberbank", "sberbank", False, "bank", 2, _OFTEN),
    Channel("other_bank", "enskbank", False, "bank", 3, _SELDOM),
    Channel("post", "post", False, "post", 5, _SELDOM),
    Channel("cash_office", "enerc_cash", False, "none", 1, (3, 13, 23)),
)
CHANNEL: Final = {channel.code: channel for channel in CHANNELS}


@dataclass(frozen=True)
class Cycle:
    """One billing month of the town: its documents go out on the 1st of the next month, December's on the 20th."""

    month: BillingMonth

    @property
    def issue_on(self) -> date:
        return date(self.month.year, 12, 20) if self.month.month == 12 else self.month.next.first_day

    @property
    def next_issue_on(self) -> date:
        return Cycle(self.month.next).issue_on

    @property
    def payments_counted_until(self) -> date:
        return self.issue_on - timedelta(days=5)

    @property
    def readings_counted_until(self) -> date:
        return self.month.first_day.replace(day=10 if self.month.month == 12 else 25)

    @property
    def due_on(self) -> date:
        """10th of the next month, 15th from March 2026; a day off moves to the next working day."""
        due_month = self.month.next.first_day
        return working_day(due_month.replace(day=15 if due_month >= _NEW_DUE_DAY_FROM else 10))

    @property
    def is_billed_by_average(self) -> bool:
        """Documents that go out before the readings of their month are in."""
        return self.month.month == 12


@cache
def working_day(day: date) -> date:
    """The day itself or the next working one."""
    calendar = holidays.country_holidays("RU", years=range(day.year, day.year + 2))
    while not calendar.is_working_day(day):
        day += timedelta(days=1)
    return day


def cycles(first: BillingMonth, months: int) -> list[Cycle]:
    return [Cycle(first.plus(n)) for n in range(months)]
