"""How long the versions of a book took, and whether the last one took much longer than those before it.

Seconds and accounts stand in the `run` section of a manifest, outside what is hashed: they say nothing of the month.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any, Final

from pipeline.storage.book import Book
from pipeline.storage.manifest import Version, published_months, versions_of

#: So many of the newest versions are the history; fewer than this many are none.
_NEWEST: Final = 12
_FEWEST: Final = 3
#: Slower by half, and by more than a start-up varies.
_TENTHS: Final = 15
_LOST_S: Final = 30


@dataclass(frozen=True, slots=True)
class Pace:
    """What a version took, and what its history lets one expect of so many accounts; whole seconds by the clock."""

    seconds: int
    expected: int
    accounts: int
    versions: int

    @property
    def is_slow(self) -> bool:
        """Longer by half than expected and by no trifle."""
        return self.seconds * 10 > self.expected * _TENTHS and self.seconds - self.expected >= _LOST_S


def took(started_at: str, published_at: str, accounts: int) -> dict[str, int]:
    """What a manifest keeps of the time of its run: whole seconds from its start to its publishing, one at least."""
    lasted = datetime.fromisoformat(published_at) - datetime.fromisoformat(started_at)
    return {"seconds": max(1, round(lasted.total_seconds())), "accounts": accounts}


def pace_of(book: Book, version: Version) -> Pace | None:
    """The version against the median of seconds per account of the versions before it; None without a history."""
    own = _told(version)
    earlier = [told for other in _newest(book, version) if (told := _told(other)) is not None]
    if own is None or len(earlier) < _FEWEST:
        return None
    seconds, accounts = own
    usual = median(before / of for before, of in earlier)
    return Pace(seconds, round(usual * accounts), accounts, len(earlier))


def _newest(book: Book, version: Version) -> list[Version]:
    """Versions published before this one, newest first; manifests only are read."""
    found: list[Version] = []
    for month in reversed(published_months(book)):
        before = [other for other in versions_of(book, month) if other.published_at < version.published_at]
        found += reversed(before)
        if len(found) >= _NEWEST:
            break
    return found[:_NEWEST]


def _told(version: Version) -> tuple[int, int] | None:
    """(seconds, accounts) of a run; None of an opening, an empty book and a version of an older program."""
    run: dict[str, Any] = version.manifest["run"]
    seconds, accounts = run.get("seconds"), run.get("accounts")
    return (int(seconds), int(accounts)) if seconds and accounts else None
