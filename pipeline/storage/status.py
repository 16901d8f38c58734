"""Where a book stands: which months are closed, which one is open, which was computed from another state.

What is late or missing is not here: the published table `awaited_registries` says it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from pipeline.billing_month import BillingMonth
from pipeline.storage.book import Book
from pipeline.storage.manifest import Version, published_months, published_version


class Standing(StrEnum):
    """Standing of one month."""

    OPENING = "opening"
    CLOSED = "closed"
    OPEN = "open"
    STALE = "stale"
    NOT_RUN = "not_run"


@dataclass(frozen=True, slots=True)
class MonthStatus:
    """One month of a book. Without a version nothing is published for it yet."""

    month: BillingMonth
    standing: Standing
    version: Version | None

    @property
    def as_of(self) -> date | None:
        """Day up to which it was computed."""
        return self.version.as_of if self.version else None


def status(book: Book) -> list[MonthStatus]:
    """Every published month in order, and the month that may run next."""
    book.require()
    found: list[MonthStatus] = []
    before: Version | None = None
    for month in published_months(book):
        version = published_version(book, month)
        if version is not None:
            found.append(MonthStatus(month, _standing(book, version, before), version))
            before = version
    following = open_month(book)
    if following is not None and following not in {month.month for month in found}:
        found.append(MonthStatus(following, Standing.NOT_RUN, None))
    return found


def open_month(book: Book) -> BillingMonth | None:
    """The month that may run: the one after the last closed; None while the book is not opened."""
    closed = [
        month for month in published_months(book) if (version := published_version(book, month)) and version.is_closed
    ]
    return closed[-1].next if closed else None


def _standing(book: Book, version: Version, before: Version | None) -> Standing:
    if version.month == book.opening_month:
        return Standing.OPENING
    if before is None or before.month != version.month.previous or before.content_hash != version.state_hash:
        return Standing.STALE
    return Standing.CLOSED if version.is_closed else Standing.OPEN
