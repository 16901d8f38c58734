"""Progress of a month on the screen: a bar that names the step on a terminal, nothing where nobody looks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from pipeline.cli.execution import Listener
from pipeline.cli.screen import console

STEPS: Final = {
    "run_of_month": "начало расчёта", "ingest": "приём поставок", "ledger": "сальдо и разнесение",
    "metering": "показания", "recalculation": "перерасчёты", "eligibility": "льготы", "debt": "должники и списки",
    "published_month": "публикация", "closed_month": "сверка и закрытие",
}


@contextmanager
def progress() -> Iterator[Listener]:
    """A listener for `execution`: it is told the step, how many are done and how many there are."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    shown = console(to_stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=shown, transient=True, disable=not shown.is_terminal) as bar:
        task = bar.add_task("подготовка", total=None)

        def listen(step: str, done: int, total: int) -> None:
            bar.update(task, description=STEPS.get(step, "проверки"), completed=done, total=total)

        yield listen
