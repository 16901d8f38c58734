"""The Dagster instance of a book: beside it, unless `DAGSTER_HOME` says otherwise.

Here: where the record of runs lives and its tidying after a kill. Not here: what runs.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from dagster import DagsterInstance

    from pipeline.storage.book import Book

HOME_VARIABLE: Final = "DAGSTER_HOME"
SETTINGS_NAME: Final = "dagster.yaml"
SETTINGS: Final = Path(__file__).resolve().parents[2] / SETTINGS_NAME
_open: Final[dict[Path, DagsterInstance]] = {}


def dagster_home(book_root: Path) -> Path:
    """`DAGSTER_HOME`, or a folder beside the book, one a book: `var/dagster` for `var/book` of a fresh clone."""
    told = os.environ.get(HOME_VARIABLE)
    if told:
        return Path(told).expanduser().resolve()
    return book_root.parent / ("dagster" if book_root.name == "book" else f"{book_root.name}-dagster")


def prepared_home(book_root: Path) -> Path:
    """The folder with its settings in place; settings that somebody has edited there are kept."""
    home = dagster_home(book_root)
    home.mkdir(parents=True, exist_ok=True)
    if not (home / SETTINGS_NAME).exists():
        from pipeline.storage.files import write_bytes

        # whole or not at all: half of the settings would stay for ever
        write_bytes(home / SETTINGS_NAME, SETTINGS.read_bytes())
    os.environ[HOME_VARIABLE] = str(home)
    return home


@contextmanager
def instance_of(book_root: Path) -> Iterator[DagsterInstance]:
    """The open instance; command line, web interface and nights write into the same one.

    A block inside another gets the one that is open: to open one, Dagster reads every migration of its four databases.
    """
    home = prepared_home(book_root)
    if home in _open:
        yield _open[home]
        return
    from dagster import DagsterInstance

    with DagsterInstance.get() as instance:
        _open[home] = instance
        try:
            yield instance
        finally:
            del _open[home]


def bury_dead_runs(instance: DagsterInstance, book: Book) -> int:
    """Runs that a kill or a power cut left "started" are marked failed: they would hold the queue for ever.

    The caller holds the book's lock, so no run of this book can be alive.
    """
    from dagster import DagsterRunStatus, RunsFilter

    from pipeline.jobs import BOOK_TAG

    left = instance.get_runs(RunsFilter(statuses=[DagsterRunStatus.STARTED], tags={BOOK_TAG: str(book.root)}))
    for run in left:
        instance.report_run_failed(run, "Процесс этого запуска оборвался; опубликованный месяц не изменился.")
    return len(left)
