"""Close a month: once, after the next documents are issued; from then on its files never change.

Closing is one file, `_closed.json`, that appears whole beside the manifest: a month is closed when it is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from pipeline.billing_month import BillingMonth
from pipeline.errors import RaschetError
from pipeline.storage.book import Book
from pipeline.storage.files import sweep, sync_folder, write_json
from pipeline.storage.lock import lock
from pipeline.storage.manifest import CLOSED, Version, closing, published_version
from pipeline.storage.publish import NothingPublished
from pipeline.storage.start import now
from pipeline.storage.verify import faults_at_closing


class CannotClose(RaschetError):
    """Something is still missing before the month may close."""


@dataclass(frozen=True, slots=True)
class Closed:
    """The closed version, and whether it had been closed before."""

    version: Version
    was_closed_before: bool


def close(
    book: Book, month: BillingMonth, next_issue_on: date, unmet: Sequence[str] = (), *, waived: Sequence[str] = (),
    reason: str = "", is_verified: bool = False,
) -> Closed:
    """Close the last published version of the open month.

    `unmet`: reasons of the caller, in Russian, why the month may not close (late registries, failed audit).
    `next_issue_on`: day the next documents are issued; the version must have counted the whole cycle before it.
    `waived`: what stood in the way and was let pass for a person's `reason`; kept with the closing.
    `is_verified`: the caller has held the lock since it asked for `faults_at_closing` and found none.
    Closing twice is no error: the second time nothing is written.
    """
    with lock(book):
        version = published_version(book, month)
        if version is None:
            raise NothingPublished(f"Месяц {month} ещё не рассчитан", f"Выполните raschet run --month {month}")
        if version.is_closed:
            return Closed(version, was_closed_before=True)
        before = _predecessor(book, version)
        faults = [] if is_verified else faults_at_closing(book, version)
        reasons = [*unmet, *_too_early(version, next_issue_on), *faults]
        if reasons:
            raise CannotClose(f"Месяц {month} пока нельзя закрыть: {'; '.join(reasons)}",
                              "Устраните причины, пересчитайте месяц и закройте его снова")
        let_pass = {"waived": {"obstacles": list(waived), "reason": reason}} if waived else {}
        sweep(version.folder)
        write_json(version.folder / CLOSED, {**closing(version, before, now()), **let_pass})
        sync_folder(version.folder)
        closed = published_version(book, month)
        assert closed is not None  # read a moment ago
        return Closed(closed, was_closed_before=False)


def _predecessor(book: Book, version: Version) -> Version:
    before = published_version(book, version.month.previous)
    if before is None or not before.is_closed:
        raise CannotClose(f"Месяц {version.month} нельзя закрыть раньше месяца {version.month.previous}",
                          f"Сначала выполните raschet close --month {version.month.previous}")
    if before.content_hash != version.state_hash:
        raise CannotClose(f"Месяц {version.month} рассчитан от другого состояния месяца {before.month}",
                          f"Пересчитайте его: raschet run --month {version.month}")
    return before


def _too_early(version: Version, next_issue_on: date) -> list[str]:
    last_day = next_issue_on - timedelta(days=1)
    if version.as_of >= last_day:
        return []
    return [f"рассчитан по состоянию на {version.as_of:%d.%m.%Y}, а цикл кончается {last_day:%d.%m.%Y}"]
