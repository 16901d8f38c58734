"""Which two versions: by run id or its beginning, month, night, «previous», scenario, folder; and the pair of a night.

Here: names. Not here: the comparison.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Final

from pipeline.billing_month import BillingMonth
from pipeline.errors import RaschetError
from pipeline.storage.book import Book
from pipeline.storage.manifest import Version, published_months, published_version, versions_of
from pipeline.storage.scenario import scenarios_of

_PREVIOUS: Final = "previous"
_SHOWN: Final = 12
_SHORT: Final = 8


class UnknownRun(RaschetError):
    """No version of that name, or several."""


def version_named(book: Book, name: str) -> Version:
    """The version that a person means: `2026-05`, `2026-05@previous`, `2026-05@2026-06-19`, `2026-05@<scenario>`, a
    run id or its beginning, or a folder. UnknownRun lists what there is."""
    folder = Path(name).expanduser()
    if (found := Version.of(folder.resolve())) is not None:
        return found
    month_name, _, which = name.partition("@")
    try:
        month = BillingMonth.parse(month_name)
    except ValueError:
        return _by_run(book, name)
    published = published_version(book, month)
    if published is None:
        raise _unknown(book, f"Месяц {month} не рассчитан")
    if not which:
        return published
    return _of_month(book, published, which)


def pair_of(book: Book, version: Version) -> tuple[Version, Version] | None:
    """(what it is compared with by itself, the version): the night before, else the month before; None of neither."""
    replaced = {other.folder.name: other for other in versions_of(book, version.month)}.get(version.replaces or "")
    before = replaced or published_version(book, version.month.previous)
    return None if before is None or before.folder == version.folder else (before, version)


def available(book: Book) -> list[Version]:
    """Every version on disk, newest first."""
    months = list(reversed(published_months(book)))
    return [version for month in months for version in reversed(versions_of(book, month))]


def label(version: Version) -> str:
    """«2026-05@2026-06-19 (запуск 6d8a8169)»."""
    return f"{version.month}@{version.as_of} (запуск {version.run_id[:_SHORT]})"


def _of_month(book: Book, published: Version, which: str) -> Version:
    if which == _PREVIOUS:
        pair = pair_of(book, published)
        if pair is None or pair[0].month != published.month:
            raise _unknown(book, f"У месяца {published.month} нет прежнего запуска")
        return pair[0]
    try:
        night = date.fromisoformat(which)
    except ValueError:
        return _scenario(book, published.month, which)
    kept = [version for version in versions_of(book, published.month) if version.as_of == night]
    if not kept:
        raise _unknown(book, f"Запуск месяца {published.month} по {night:%d.%m.%Y} не сохранился")
    return kept[-1]


def _scenario(book: Book, month: BillingMonth, name: str) -> Version:
    for scenario in scenarios_of(book, month):
        if scenario.name == name:
            found = published_version(scenario.book, month)
            if found is not None:
                return found
    raise _unknown(book, f"У месяца {month} нет ни ночи, ни сценария «{name}»")


def _by_run(book: Book, name: str) -> Version:
    found = [version for version in available(book) if version.run_id.startswith(name)]
    if len(found) != 1:
        raise _unknown(book, f"Запуска «{name}» нет" if not found else f"Запусков на «{name}» несколько")
    return found[0]


def _unknown(book: Book, why: str) -> UnknownRun:
    known = available(book)
    told = ", ".join(label(version) for version in known[:_SHOWN]) or "ни одного"
    rest = f" и ещё {len(known) - _SHOWN}" if len(known) > _SHOWN else ""
    return UnknownRun(why, f"Есть запуски: {told}{rest}")
