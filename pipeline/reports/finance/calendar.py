"""A calendar month over billing months: which published months overlap it, and how far they have been counted.

Billing months run by cycles (from one issue of documents to the next, often about the 20th), so a calendar month takes
its flows from two or three of them. Not here: the flows (`turnover.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pipeline.billing_month import BillingMonth
from pipeline.contracts.ledger import BILLED_CONTRACTS
from pipeline.errors import RaschetError
from pipeline.rendering.russian import month_name
from pipeline.storage.book import Book
from pipeline.storage.cycles import cycle_of
from pipeline.storage.files import parquet_files
from pipeline.storage.manifest import Version, published_months, published_version


class OutOfRange(RaschetError):
    """The book has not counted any day of the calendar month that is asked for."""


@dataclass(frozen=True, slots=True)
class Span:
    """Days from the first to the last, both included. Finance asks for calendar months; any other span adds up too."""

    first: date
    last: date

    @classmethod
    def of(cls, month: BillingMonth) -> Span:
        """A calendar month."""
        return cls(month.first_day, month.last_day)


@dataclass(frozen=True, slots=True)
class LedgerMonth:
    """One published billing month: its files, the state it started from, and the days that it counted."""

    version: Version
    before: Version
    since: date
    until: date

    @property
    def month(self) -> BillingMonth:
        return self.version.month

    @property
    def folder(self) -> Path:
        return self.version.folder

    @property
    def continues(self) -> bool:
        """It started from the very version that is published for the month before."""
        return self.version.state_hash == self.before.content_hash


def ledger_months(book: Book) -> Iterator[LedgerMonth]:
    """Published billing months in order, the opening left out."""
    before: Version | None = None
    for month in published_months(book.require()):
        version = published_version(book, month)
        if version is None:
            continue
        if before is not None and month != book.opening_month:
            cycle = cycle_of(book, month, version.as_of)
            yield LedgerMonth(version, before, cycle.issue_on, cycle.cut(version.as_of))
        before = version


def overlapping(book: Book, span: Span) -> list[LedgerMonth]:
    """The billing months whose counted days meet the span; OutOfRange when there are none."""
    known = list(ledger_months(book))
    found = [one for one in known if one.since <= span.last and one.until >= span.first]
    if found:
        _require_tables(found)
        return found
    asked = month_name(span.first)
    if not known:
        raise OutOfRange(f"За {asked} считать нечего: ни один месяц участка не рассчитан", "Начните с raschet run")
    first, last = known[0].since, known[-1].until
    raise OutOfRange(
        f"За {asked} нет расчёта: участок посчитан с {first:%d.%m.%Y} по {last:%d.%m.%Y}",
        f"Укажите календарный месяц от {BillingMonth.of(first)} до {BillingMonth.of(last)}",
    )


def _require_tables(months: list[LedgerMonth]) -> None:
    """A month that an older version of the program computed does not say what its contracts billed."""
    for one in months:
        if not parquet_files(one.folder / BILLED_CONTRACTS.name):
            raise OutOfRange(
                f"Месяц {one.month} рассчитан прежней версией программы: в нём нет таблицы {BILLED_CONTRACTS.name}",
                "Календарный оборот строится по месяцам, рассчитанным этой версией",
            )


def is_provisional(months: list[LedgerMonth], span: Span) -> bool:
    """Some of its days may still change: a month that it takes from is open, or days of it have not been counted."""
    return months[-1].until < span.last or not all(one.version.is_closed for one in months)
