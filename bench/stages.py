"""Where the CPU of a month goes, room by room and check by check, what is told of it afterwards, in one process.

    python -m bench.stages BOOK MONTH AS_OF      JSON lines: stage, cpu_s, wall_s; the work folder is removed afterwards

The book must have `workers: 1`, or the seconds of its pool would be missing. A measurement publishes the month as a run
of its own, so that a book can be measured again.
"""

from __future__ import annotations

import json
import resource
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pipeline.definitions  # noqa: F401 — importing it declares every room and check
from pipeline.assets.room import rooms_in_order
from pipeline.billing_month import BillingMonth
from pipeline.checks.room import DECLARED
from pipeline.reports.changes.beside import compared_beside
from pipeline.reports.month.report import report_of, write_beside
from pipeline.storage.book import Book
from pipeline.storage.files import remove_folder
from pipeline.storage.lock import lock
from pipeline.storage.publish import publish, require_published
from pipeline.storage.run import MonthRun

RUN = "bench-stages"


@contextmanager
def timed(stage: str) -> Iterator[None]:
    """One line for what happens inside."""
    used, started = _cpu(), time.perf_counter()
    yield
    told = {"stage": stage, "cpu_s": round(_cpu() - used, 3), "wall_s": round(time.perf_counter() - started, 3)}
    print(json.dumps(told), flush=True)


def stages(book: Book, month: BillingMonth, as_of: date) -> None:
    """The rooms in order, every check, publish, the comparison with the month before, the report."""
    with lock(book):
        run = MonthRun.begin(book, month, f"{RUN}-{uuid.uuid4()}", as_of)
        for room in rooms_in_order():
            with timed(room.name):
                room.computed(run)
        for declared in DECLARED:
            if (run.folder / declared.table).is_dir():
                with timed(f"check {declared.name}"):
                    if not declared.finding(run).passed and declared.is_blocking:
                        raise SystemExit(f"{declared.name} failed")
    with timed("publish"):
        publish(run)
    with timed("changes"):
        compared_beside(book, require_published(run))
    with timed("report"):
        version = require_published(run)
        write_beside(book, version, report_of(book, version))
    remove_folder(book.work(month, run.run_id))


def _cpu() -> float:
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


if __name__ == "__main__":
    stages(Book.at(Path(sys.argv[1])), BillingMonth.parse(sys.argv[2]), date.fromisoformat(sys.argv[3]))
