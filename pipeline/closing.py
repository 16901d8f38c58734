"""Closing of a month with everything that must be true first (calendar, registries, chain, audit) and what follows.

Here: the order of questions. Not here: what storage writes (`storage/close.py`), single checks.
"""

from dataclasses import dataclass
from datetime import date

from pipeline.assets.eligibility import enter_entitlements
from pipeline.billing_month import BillingMonth
from pipeline.checks.audit import audited
from pipeline.errors import RaschetError
from pipeline.storage.book import Book
from pipeline.storage.close import close
from pipeline.storage.closing_gate import obstacles, require_nothing_stands
from pipeline.storage.cycles import cycle_of
from pipeline.storage.lock import lock
from pipeline.storage.manifest import Version, published_version
from pipeline.storage.run import MonthRun
from pipeline.storage.state import State
from pipeline.storage.verify import verify


class AuditFailed(RaschetError):
    """The published files are not what they were, or an identity does not hold in them."""


@dataclass(frozen=True)
class MonthClosing:
    """A closed month. `checks_held` is nothing when it had been closed before."""

    version: Version
    checks_held: int
    was_closed_before: bool
    waived: tuple[str, ...] = ()


def close_audited(book: Book, month: BillingMonth, *, as_of: date, anyway: str = "") -> MonthClosing:
    """Close the month, or raise CannotClose with everything that stands in the way and the way out."""
    with lock(book):
        version = published_version(book, month)
        if version is not None and version.is_closed:
            enter_entitlements(State.of(book, version))
            return MonthClosing(version, 0, was_closed_before=True)
        standing = obstacles(book, month, as_of)
        require_nothing_stands(month, standing, anyway=anyway)
        faults = [f"{found.month}: {fault}" for found in verify(book) for fault in found.faults]
        audit = audited(MonthRun.resume(book, month, version.run_id)) if version is not None else None
        if unmet := [*faults, *(audit.faults if audit else [])]:
            raise AuditFailed(f"Месяц {month} не закрыт, сверка не пройдена: {'; '.join(unmet)}",
                              "Найдите причину, пересчитайте месяц и закройте его снова")
        waived = tuple(obstacle.text for obstacle in standing)
        next_issue_on = cycle_of(book, month, as_of).next_issue_on
        closed = close(book, month, next_issue_on, waived=waived, reason=anyway)
        enter_entitlements(State.of(book, closed.version))
        return MonthClosing(closed.version, audit.held if audit else 0, closed.was_closed_before, waived)
