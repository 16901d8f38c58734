"""Progress of a month on the screen: a bar that names the step on a terminal, nothing where nobody looks."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Final

from pipeline.cli.execution import Listener

STEPS: Final = {
    "run_of_month": "начало расчёта", "ingest": "приём поставок", "ledger": "сальдо и разнесение",
    "metering": "показания", "recalculation": "перерасчёты", "eligibility": "льготы", "debt": "должники и списки",
    "published_month": "публикация", "closed_month": "сверка и закрытие", "scenario": "подготовка сценария",
    "comparison": "сравнение",
}


@contextmanager
def progress() -> Iterator[Listener]:
    """A listener for `execution`: it is told the step, how many are done and how many there are."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with (
        _terminal() as stream,
        Progress(*columns, console=Console(file=stream), transient=True, disable=not stream.isatty()) as bar,
    ):
        task = bar.add_task("подготовка", total=None)

        def listen(step: str, done: int, total: int) -> None:
            bar.update(task, description=STEPS.get(step, "проверки"), completed=done, total=total)

        yield listen


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
