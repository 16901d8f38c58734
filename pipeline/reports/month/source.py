"""What sections read: SQL over the published month, names from its registers, and the months before it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Final

from pipeline.billing_month import BillingMonth
from pipeline.reports.month.cycle import Cycle
from pipeline.reports.month.names import Names
from pipeline.reports.published import PublishedMonth, published_month
from pipeline.storage.book import Book
from pipeline.storage.manifest import Version, published_version

#: How many months stand side by side, this one among them.
MONTHS_SHOWN: Final = 12


_MAIN: Final = "main"


@dataclass(frozen=True)
class Source:
    """One version of a month, open for questions."""

    sql: PublishedMonth
    names: Names
    book: Book
    version: Version
    earlier: tuple[Version, ...]
    _attached: set[BillingMonth] = field(default_factory=set)

    @property
    def month(self) -> BillingMonth:
        return self.version.month

    @property
    def as_of(self) -> date:
        return self.version.as_of

    @property
    def months(self) -> list[BillingMonth]:
        """Months side by side, oldest first."""
        return [*(version.month for version in self.earlier), self.month]

    @cached_property
    def cycles(self) -> dict[BillingMonth, Cycle]:
        """What every cycle shown billed and laid: this one by its tables, earlier ones as their reports kept it."""
        kept = {before.month: found for before in self.earlier if (found := Cycle.kept(self.book, before)) is not None}
        return {
            month: kept.get(month) or Cycle.asked(self.sql, self.schema_of(month), month) for month in self.months
        }

    def schema_of(self, month: BillingMonth) -> str:
        """Name of one of the months in SQL; an earlier one is attached when it is asked for."""
        if month == self.month:
            return _MAIN
        schema = f"m_{str(month).replace('-', '_')}"
        if month not in self._attached:
            self.sql.attach(schema, next(before.folder for before in self.earlier if before.month == month))
            self._attached.add(month)
        return schema


@contextmanager
def source_of(book: Book, version: Version) -> Iterator[Source]:
    """Open a version; the published months before it are schemas like `m_2026_04` once a section asks for one."""
    earlier = tuple(_earlier(book, version))
    with published_month(version.folder) as sql:
        yield Source(sql, Names.of(book, sql), book, version, earlier)


def sql_file(name: str) -> str:
    """The text of `<name>.sql` beside the sections."""
    return (Path(__file__).parent / f"{name}.sql").read_text(encoding="utf-8")


def _earlier(book: Book, version: Version) -> Iterator[Version]:
    """Published months before this one, oldest first; the opening pseudo-month is no month."""
    months: list[BillingMonth] = []
    month = version.month.previous
    while month >= book.settings.first_month and len(months) < MONTHS_SHOWN - 1:
        months.append(month)
        month = month.previous
    for before in reversed(months):
        if (found := published_version(book, before)) is not None:
            yield found
