"""A town of few files, and its next night: to a store a month is files, and how many tables they are is nothing to it.

Two nights, as a whole month has them: December published and open, then published anew and closed; each with files in
every place of a book that travels.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Final

import polars as pl
import pytest

from pipeline.contracts.eligibility import ENTITLEMENTS
from pipeline.contracts.ingest import ACCOUNT_INDEX, DELIVERIES
from pipeline.contracts.ledger import ADVANCES, OPEN_ITEMS
from pipeline.contracts.table import Table
from pipeline.storage import journal
from pipeline.storage.book import Book
from pipeline.storage.close import close
from pipeline.storage.files import write_bytes
from pipeline.storage.lock import lock
from pipeline.storage.publish import publish, publish_opening
from pipeline.storage.remote.objects import AT_ONCE
from pipeline.storage.run import MonthRun
from tests.robustness.small import DECEMBER
from tests.storage.samples import accounts, advances, deliveries, rows_of

TABLES: Final = (ACCOUNT_INDEX, ADVANCES, DELIVERIES, OPEN_ITEMS)
OPENED_ON, NEXT_ISSUE_ON = date(2025, 12, 19), date(2026, 2, 1)
NIGHTS: Final = {"first": date(2026, 1, 15), "last": date(2026, 1, 31)}
_OWED: Final = ("billed_kop", "outstanding_kop", "epoch_base_kop")
_SETTINGS: Final = 'book_id: town\nfirst_month: "2025-12"\nkeep_nights: 3\n'
_LANDED: Final = ("charges/received=2026-01-01/a", "payments/received=2026-01-12/b", "persons/received=2025-12-01/p")


def first_night(root: Path) -> Book:
    """Opened, with feeds; December published as of 15 January."""
    write_bytes(root / "settings.yaml", _SETTINGS.encode())
    for name in _LANDED:
        file = root / "landing" / f"{name}.parquet"
        file.parent.mkdir(parents=True)
        pl.DataFrame({"file": [name]}).write_parquet(file)
    book = Book.at(root)
    with _few_tables():
        publish_opening(book, {ADVANCES.name: {"part-000": advances(("a1", "p1", 100))}}, OPENED_ON)
        _night(book, "first")
    return book


def last_night(book: Book) -> None:
    """The night that counts the whole cycle, and the closing."""
    with _few_tables():
        _night(book, "last")
        close(book, DECEMBER, NEXT_ISSUE_ON)


def _night(book: Book, name: str) -> None:
    with lock(book):
        run = MonthRun.begin(book, DECEMBER, name, NIGHTS[name])
        full = (
            accounts("a1", "a2"), advances(("a1", "p1", len(name)), ("a2", "p2", 1)), deliveries(name),
            rows_of(OPEN_ITEMS, {"account_id": "a1"} | dict.fromkeys(_OWED, len(name))),
        )
        for table, rows in zip(TABLES, full, strict=True):
            run.write(table, "part-000", rows)
        _beside(book, name)
        journal.append(book, ENTITLEMENTS, name, rows_of(ENTITLEMENTS, {"entitlement_id": name}))
        publish(run)


def _beside(book: Book, run_id: str) -> None:
    """What else a night writes: copies of its deliveries, personal tables, the report and its link."""
    own, reports = book.personal_of(DECEMBER, run_id), book.reports_of(DECEMBER, run_id)
    # more than travel at once
    copies = [book.inputs / f"copy-{number}-{run_id}" for number in range(AT_ONCE)]
    for place in (*copies, reports / "report.html"):
        write_bytes(place, f"{place.name} of {run_id}".encode())
    for place in (own / "persons" / "part-000.parquet", book.personal / "inputs" / f"copy-{run_id}"):
        write_bytes(place, f"{place.name} of {run_id}, personal".encode())
        place.chmod(0o600)
        for folder in list(place.relative_to(book.root).parents)[:-1]:
            (book.root / folder).chmod(0o700)
    link = book.latest_reports(DECEMBER)
    link.unlink(missing_ok=True)
    link.symlink_to(reports.relative_to(link.parent))


@contextmanager
def _few_tables() -> Iterator[None]:
    """A program of four tables, as the very first ones were of few."""
    def told() -> list[Table]:
        return list(TABLES)

    with pytest.MonkeyPatch.context() as patch:
        for module in ("describe", "publish"):
            patch.setattr(f"pipeline.storage.{module}.published_tables", told)
        yield
