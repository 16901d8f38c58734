"""What sections read: SQL over the published month, names from its registers, and the months before it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Final

from pipeline.billing_month import BillingMonth
from pipeline.reports.month.names import Names
from pipeline.reports.published import PublishedMonth, published_month
from pipeline.storage.book import Book
from pipeline.storage.manifest import Version, published_version

#: How many months stand side by side, this one among them.
MONTHS_SHOWN: Final = 12


#: Money laid by month of the cycle and month of the document.
Laid = dict[BillingMonth, dict[BillingMonth, Decimal]]
_MAIN: Final = "main"
_LAID: Final = """
    SELECT billing_month, SUM(allocated_rub)::DECIMAL(18,2) AS paid_rub
    FROM {schema}.payment_allocations WHERE origin_code <> 'credit' GROUP BY ALL ORDER BY ALL
"""


@dataclass(frozen=True)
class Source:
    """One version of a month, open for questions."""

    sql: PublishedMonth
    names: Names
    book: Book
    version: Version
    earlier: tuple[Version, ...]

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
    def laid(self) -> Laid:
        """What every cycle shown has laid on documents, less what was taken back; credits are no payments."""
        return {month: self._laid_in(month) for month in self.months}

    def schema_of(self, month: BillingMonth) -> str:
        """Name of one of the months in SQL."""
        return _MAIN if month == self.month else schema_of(month)

    def _laid_in(self, month: BillingMonth) -> dict[BillingMonth, Decimal]:
        rows = self.sql.rows(_LAID.format(schema=self.schema_of(month)))
        return {BillingMonth.of(row["billing_month"]): row["paid_rub"] for row in rows}


@contextmanager
def source_of(book: Book, version: Version) -> Iterator[Source]:
    """Open a version with the published months before it, as schemas `m_2026_04`; `main` is the version itself."""
    earlier = tuple(_earlier(book, version))
    with published_month(version.folder) as sql:
        for before in earlier:
            sql.attach(schema_of(before.month), before.folder)
        yield Source(sql, Names.of(book, sql), book, version, earlier)


def schema_of(month: BillingMonth) -> str:
    """Name of an earlier month in SQL."""
    return f"m_{str(month).replace('-', '_')}"


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
