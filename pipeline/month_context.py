"""From a Dagster step to the month run it belongs to. Shared by assets and checks, which do not import each other.

Here: which run a step works for, the book's lock held for the whole run, its progress in the log, and errors that carry
no value of a row.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import monotonic
from typing import Final

import dagster as dg

from pipeline.billing_month import BillingMonth
from pipeline.errors import RaschetError
from pipeline.record import quick_record
from pipeline.resources import book_root
from pipeline.storage.book import Book
from pipeline.storage.lock import lock
from pipeline.storage.parts import described
from pipeline.storage.progress import Progress, told_to
from pipeline.storage.run import MonthRun

JOB: Final = "month"
#: Seconds between two lines of progress.
PAUSE_S: Final = 10.0
StepContext = dg.AssetExecutionContext | dg.AssetCheckExecutionContext

_held: dict[Path, ExitStack] = {}


class StepFailed(RaschetError):
    """A step failed for a reason that its code did not foresee; the text says where, and no value of any row."""


def run_of(context: StepContext) -> MonthRun:
    """The month run that this step belongs to; steps launched outside the job `month` are refused."""
    book = book_of(context)
    return MonthRun.resume(book, BillingMonth.parse(context.partition_key), root_run_id(context))


def book_of(context: StepContext) -> Book:
    """The book, locked for this run: whichever step comes first in a process takes the lock, a retry's too."""
    if context.run.job_name != JOB:
        raise dg.Failure(
            "Таблицы месяца собираются только целиком: запустите задание «month» с нужным месяцем, "
            "а не отдельный актив.",
            allow_retries=False,
        )
    book = Book.at(book_root()).require()
    hold(book)
    return book


def root_run_id(context: StepContext) -> str:
    """A retry goes on in the folder of the run that it retries."""
    return context.run.root_run_id or context.run.run_id


def hold(book: Book) -> None:
    """Keep the book's lock, and write the record quickly, until the process of the run ends, or until `let_go`."""
    if book.root not in _held:
        held = ExitStack()
        held.enter_context(lock(book))
        held.enter_context(quick_record())
        _held[book.root] = held


def let_go(root: Path) -> None:
    """Free the lock of a run that was executed inside a longer living process."""
    held = _held.pop(root.resolve(), None)
    if held is not None:
        held.close()


@contextmanager
def told_in_log(context: StepContext) -> Iterator[None]:
    """Inside the block the log says every ten seconds how far the parts are, at what pace and what is left."""
    told_at = monotonic()

    def told(progress: Progress) -> None:
        nonlocal told_at
        if monotonic() - told_at >= PAUSE_S:
            told_at = monotonic()
            context.log.info(f"{context.op_def.name}: {progress}")

    with told_to(told):
        yield


@contextmanager
def without_values() -> Iterator[None]:
    """An unforeseen error leaves with its type and place only: its text may quote a row, and Dagster keeps texts."""
    try:
        yield
    except (RaschetError, dg.Failure):
        raise
    except Exception as fault:
        raise StepFailed(f"Шаг не выполнен: {described(fault)}") from None
