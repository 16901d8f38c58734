"""Months of a book computed in this process: rooms, checks, publish, close, as the job `month` and the command do it.

A third of a small month is Dagster's record, the report and the comparison with the night before. A test that only
reads what a month has published goes without them; that job and command do the same is the word of `tests/dagster`,
`tests/cli` and of every test that calls `raschet`.

    python -m tests.town.direct BOOK FIRST LAST AS_OF HOW…     months in a process of their own (`books.computed_apart`)
"""

from __future__ import annotations

import sys
from collections.abc import Collection
from datetime import date
from pathlib import Path
from typing import Final
from uuid import uuid4

import pipeline.definitions  # noqa: F401 — importing it declares every room and check
from pipeline.assets.eligibility import enter_entitlements
from pipeline.assets.room import rooms_in_order
from pipeline.billing_month import BillingMonth
from pipeline.checks.room import DECLARED
from pipeline.closing import close_audited
from pipeline.contracts.catalogue import TABLES
from pipeline.storage.book import Book
from pipeline.storage.close import close
from pipeline.storage.cycles import cycle_of
from pipeline.storage.lock import lock
from pipeline.storage.manifest import Version
from pipeline.storage.publish import publish
from pipeline.storage.run import MonthRun
from pipeline.storage.state import State

#: The last month is closed too; checks are asked of the last month only.
LAST_CLOSED: Final = "last-closed"
LAST_ASKED: Final = "last-asked"


def published(book: Book, month: BillingMonth, as_of: date, *, is_asked: bool = True) -> Version:
    """One night of a month: every blocking check holds, unless nobody asks, and all its tables are published."""
    with lock(book):
        run = MonthRun.begin(book, month, str(uuid4()), cycle_of(book, month, as_of).cut(as_of))
        for room in rooms_in_order():
            room.computed(run)
        if is_asked:
            findings = {
                check.name: check.asked(run) for check in DECLARED
                if check.table in TABLES and run.has(TABLES[check.table])
            }
            broken = {check.name: findings[check.name] for check in DECLARED if check.is_blocking
                      and check.name in findings and not findings[check.name].passed}
            assert not broken, broken
        return publish(run)


def closed(book: Book, first: BillingMonth, last: BillingMonth, as_of: date, how: Collection[str] = ()) -> None:
    """Months one after another, each closed before the next; the last one is only published, unless `how` says more."""
    with lock(book):
        for month in BillingMonth.range(first, last):
            is_last = month == last
            is_asked = is_last or LAST_ASKED not in how
            published(book, month, as_of, is_asked=is_asked)
            if not is_last or LAST_CLOSED in how:
                _close(book, month, as_of, is_asked=is_asked)


def _close(book: Book, month: BillingMonth, as_of: date, *, is_asked: bool) -> None:
    if is_asked:
        close_audited(book, month, as_of=as_of)
    else:
        done = close(book, month, cycle_of(book, month, as_of).next_issue_on)
        enter_entitlements(State.of(book, done.version))


if __name__ == "__main__":
    _root, _first, _last, _as_of, *_how = sys.argv[1:]
    closed(
        Book.at(Path(_root)), BillingMonth.parse(_first), BillingMonth.parse(_last), date.fromisoformat(_as_of), _how
    )
