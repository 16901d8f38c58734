"""Progress of a month on the screen: a bar that names the step, a line now and then on a dumb terminal, nothing where
nobody looks."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from time import monotonic
from typing import IO, Final

from pipeline.cli.execution import Listener
from pipeline.storage.progress import Progress as PartsDone
from pipeline.storage.progress import told_to

STEPS: Final = {
    "run_of_month": "начало расчёта", "ingest": "приём поставок", "ledger": "сальдо и разнесение",
    "metering": "показания", "recalculation": "перерасчёты", "eligibility": "льготы",
    "penalty": "пени", "debt": "должники и списки", "debt_court": "судебные дела", "mandates": "поручения получателей",
    "queue": "очередь разбора", "published_month": "публикация", "month_report": "отчёт", "month_changes": "изменения",
    "letters": "печать писем",
    "closed_month": "сверка и закрытие", "scenario": "подготовка сценария",
    "comparison": "сравнение",
}
CHECKS: Final = "_checks"

#: Seconds between two lines of a dumb terminal.
PAUSE_S = 10.0


@contextmanager
def progress() -> Iterator[Listener]:
    """A listener for `execution`: it is told the step, how many are done and how many there are.

    Inside the block the parts of the step are told too: in the bar, or as a plain line when a step takes long where a
    terminal knows no control codes. A file gets nothing.
    """
    with _terminal() as stream, _shown(stream) as listen:
        yield listen


def _shown(stream: IO[str]) -> AbstractContextManager[Listener]:
    if not stream.isatty():
        return nullcontext(lambda *_: None)
    return _lines(stream) if os.environ.get("TERM") == "dumb" else _bar(stream)


@contextmanager
def _bar(stream: IO[str]) -> Iterator[Listener]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(file=stream), transient=True) as bar:
        task = bar.add_task("подготовка", total=None)
        now = ["подготовка"]

        def listen(step: str, done: int, total: int) -> None:
            now[0] = _named(step)
            bar.update(task, description=now[0], completed=done, total=total)

        with told_to(lambda parts: bar.update(task, description=f"{now[0]}: {parts}")):
            yield listen


@contextmanager
def _lines(stream: IO[str]) -> Iterator[Listener]:
    now, told_at = ["подготовка"], [monotonic()]

    def listen(step: str, _done: int, _total: int) -> None:
        now[0] = _named(step)

    def told(parts: PartsDone) -> None:
        if monotonic() - told_at[0] >= PAUSE_S:
            told_at[0] = monotonic()
            stream.write(f"{now[0]}: {parts}\n")
            stream.flush()

    with told_to(told):
        yield listen


def _named(step: str) -> str:
    """A step in words; `<room>_checks` asks the checks of a room."""
    checked = STEPS.get(step.removesuffix(CHECKS), "")
    return STEPS.get(step) or (f"проверки: {checked}" if checked else "проверки")


@contextmanager
def _terminal() -> Iterator[IO[str]]:
    """Standard error as it was at the start: while a step runs, Dagster turns descriptor 2 into a file of its own."""
    try:
        handle = os.dup(sys.stderr.fileno())
    except (OSError, ValueError):
        # a test or a caller has put something without a descriptor in its place
        yield sys.stderr
        return
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        yield stream
