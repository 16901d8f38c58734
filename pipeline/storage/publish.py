"""Publish a month: manifest, one rename, one flip of a link. All tables at once or none.

    work/<month>/<run>/  --manifest-->  versions/<month>/<run>/  --link-->  published/run_month=<month>

A crash before the flip leaves the month as it was published, after it the new one; running the step again goes on
from where it stopped.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

import polars as pl

from pipeline.contracts.catalogue import TABLES
from pipeline.contracts.ingest import ACCOUNT_INDEX
from pipeline.errors import RaschetError
from pipeline.storage.book import OPENING_RUN, Book
from pipeline.storage.describe import described, published_tables
from pipeline.storage.files import remove_folder, space_for, sweep, sync_folder, write_json
from pipeline.storage.history import took
from pipeline.storage.lock import lock
from pipeline.storage.manifest import CLOSED, MANIFEST, Version, closing, content_hash_of, published_version
from pipeline.storage.parts import part_name
from pipeline.storage.prune import prune
from pipeline.storage.readers import write_catalogues
from pipeline.storage.run import STAGED, MonthRun
from pipeline.storage.sameness import same_content
from pipeline.storage.start import RUN, code_version, now, started_of, state_of
from pipeline.storage.state import State
from pipeline.storage.verify import note_described

_LINK: Final = ".link"


class StateChanged(RaschetError):
    """The month before was published anew while this one was computed."""


class AlreadyOpened(RaschetError):
    """The book was opened from other feeds."""


class NothingPublished(RaschetError):
    """A month has no published version."""


def publish(run: MonthRun) -> Version:
    """Make the tables of a run the published month; the published version. Safe to repeat after a crash."""
    with lock(run.book):
        work = run.book.work(run.month, run.run_id)
        if work.is_dir():
            _require_same_state(run)
            _finish(run, work)
            _to_version(run, work)
        # before the flip: what fails here leaves the month as it was published
        write_catalogues(run.book)
        _flip(run)
        prune(run.book)
        return require_published(run)


def publish_opening(
    book: Book, frames: Mapping[str, Mapping[str, pl.DataFrame]], as_of: date, extras: Mapping[str, Any] | None = None
) -> Version:
    """Publish the opening state, closed at once, as the pseudo-month before the first.

    `frames`: table name → part → inside frame. Tables that are not given are published empty, so every month reads
    its state in one way. The same opening again changes nothing; another one raises AlreadyOpened.
    """
    with lock(book):
        run = begin_opening(book, as_of)
        _write_opening(run, frames)
        return finish_opening(run, extras)


def begin_opening(book: Book, as_of: date) -> MonthRun:
    """A clean work folder for the tables of the opening state. The caller holds the lock of the book."""
    run = MonthRun(book, book.opening_month, OPENING_RUN, as_of, State.before_opening(book))
    work = book.work(run.month, run.run_id)
    remove_folder(work)
    write_json(work / RUN, {
        "month": str(run.month), "run_id": run.run_id, "as_of": run.as_of.isoformat(), "state": None,
        "code_version": code_version(), "started_at": now(),
    })
    return run


def finish_opening(run: MonthRun, extras: Mapping[str, Any] | None = None) -> Version:
    """Publish the tables that lie in the work folder as the closed opening state; see `publish_opening`."""
    book, work = run.book, run.book.work(run.month, run.run_id)
    with lock(book):
        opened = published_version(book, run.month)
        version = _finish(run, work, dict(extras or {}))
        if opened is not None:
            is_same = same_content(opened, version)
            remove_folder(work)
            if not is_same:
                raise AlreadyOpened("Участок уже открыт по другим начальным данным",
                                    "Для новых начальных данных заведите новую папку участка")
            return opened
        remove_folder(book.version(run.month, run.run_id))
        write_json(work / CLOSED, closing(version, None, now()))
        _to_version(run, work)
        write_catalogues(run.book)
        _flip(run)
        return require_published(run)


def require_published(run: MonthRun) -> Version:
    """The version that readers now see, which must be this run's."""
    version = published_version(run.book, run.month)
    if version is None or version.folder.name != run.run_id:
        raise NothingPublished(f"Месяц {run.month} не опубликован", "Запустите месяц заново")
    return version


def _write_opening(run: MonthRun, frames: Mapping[str, Mapping[str, pl.DataFrame]]) -> None:
    for name, parts in frames.items():
        for part, frame in parts.items():
            run.write(TABLES[name], part, frame)
    parts_of_book = list(frames.get(ACCOUNT_INDEX.name, {})) or [part_name(0)]
    for table in published_tables():
        if not run.has(table):
            for part in parts_of_book:
                run.write(table, part, table.empty_inside())


def _require_same_state(run: MonthRun) -> None:
    before = state_of(run.book, run.month)
    if before.content_hash != run.state.manifest_hash:
        raise StateChanged(f"Пока считался месяц {run.month}, месяц {before.month} изменился", "Запустите месяц заново")


def _finish(run: MonthRun, work: Path, extras: dict[str, Any] | None = None) -> Version:
    """Write the manifest and set the staged inputs aside. Without them the manifest was already written."""
    finished = Version.of(work)
    if finished is None or (work / STAGED).exists():
        content, files = described(run, run.book.workers, extras or {})
        replaced = published_version(run.book, run.month)
        started, published_at = started_of(run.book, run.month, run.run_id), now()
        accounts = content["tables"][ACCOUNT_INDEX.name]["totals"]["rows"]
        write_json(work / MANIFEST, {
            "content": content, "content_hash": content_hash_of(content), "files": files,
            "run": {
                "run_id": run.run_id, "code_version": started["code_version"], "started_at": started["started_at"],
                "published_at": published_at, "replaces": replaced.folder.name if replaced else None,
                **(took(started["started_at"], published_at, accounts) if run.state.folder else {}),
            },
        })
        note_described(run.book, run.run_id, work / MANIFEST)
    _set_aside(work / STAGED)
    version = Version.of(work)
    assert version is not None  # just written
    return version


def _set_aside(staged: Path) -> None:
    """One rename, so that a crash never leaves half of the staged inputs; what it leaves of the rest goes too."""
    gone = staged.parent.with_name(f".{staged.parent.name}.{STAGED}")
    remove_folder(gone)
    if staged.exists():
        staged.rename(gone)
        remove_folder(gone)


def _to_version(run: MonthRun, work: Path) -> None:
    """Names are synced, then the whole folder moves in one rename; what a lost process of a cluster left is cleared."""
    for folder in [*(entry for entry in work.iterdir() if entry.is_dir()), work]:
        sweep(folder)
        sync_folder(folder)
    version = run.book.version(run.month, run.run_id)
    with space_for(version):
        version.parent.mkdir(parents=True, exist_ok=True)
        work.rename(version)
        sync_folder(version.parent)


def _flip(run: MonthRun) -> None:
    """Point the month's link at the version: a private link, renamed over the old one."""
    link, version = run.book.published(run.month), run.book.version(run.month, run.run_id)
    if Version.of(version) is None:
        raise NothingPublished(f"Месяц {run.month} не опубликован: запуск не завершён", "Запустите месяц заново")
    private = version.parent / _LINK
    with space_for(link):
        link.parent.mkdir(parents=True, exist_ok=True)
        private.unlink(missing_ok=True)
        private.symlink_to(Path("..") / version.relative_to(run.book.root))
        private.replace(link)
        sync_folder(link.parent)
