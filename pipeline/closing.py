"""Closing of a month with everything that must be true first (calendar, registries, chain, audit) and what follows.

Here: the order of questions. Not here: what storage writes (`storage/close.py`), single checks.
"""

from dataclasses import dataclass
from datetime import date

from pipeline.assets.eligibility import enter_entitlements
from pipeline.billing_month import BillingMonth
from pipeline.checks.audit import audited
from pipeline.checks.room import held_here
from pipeline.errors import RaschetError
from pipeline.storage.book import Book
from pipeline.storage.close import close
from pipeline.storage.closing_gate import obstacles, require_nothing_stands
from pipeline.storage.cycles import cycle_of
from pipeline.storage.lock import lock
from pipeline.storage.manifest import Version, published_version
from pipeline.storage.run import MonthRun
from pipeline.storage.state import State
from pipeline.storage.verify import faults_at_closing, faults_since_closing, is_described_here


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
        held = _checks_held(book, version) if version is not None else 0
        waived = tuple(obstacle.text for obstacle in standing)
        next_issue_on = cycle_of(book, month, as_of).next_issue_on
        closed = close(book, month, next_issue_on, waived=waived, reason=anyway, is_verified=True)
        enter_entitlements(State.of(book, closed.version))
        return MonthClosing(closed.version, held, closed.was_closed_before, waived)


def _checks_held(book: Book, version: Version) -> int:
    """How many checks hold; AuditFailed when one does not, or when files of this month or of the one before changed.

    Months before that one are nothing that this month was computed from; `raschet verify` looks at all of them.
    """
    month, run = version.month, MonthRun.resume(book, version.month, version.run_id)
    before = published_version(book, month.previous)
    faults = [f"{month.previous}: {fault}" for fault in (faults_since_closing(before) if before else [])]
    faults += [f"{month}: {fault}" for fault in faults_at_closing(book, version)]
    audit = audited(run, held_here(run) if is_described_here(book, version) else ()) if not faults else None
    if unmet := [*faults, *(audit.faults if audit else [])]:
        raise AuditFailed(f"Месяц {month} не закрыт, сверка не пройдена: {'; '.join(unmet)}",
                          "Найдите причину, пересчитайте месяц и закройте его снова")
    return audit.held if audit else 0
