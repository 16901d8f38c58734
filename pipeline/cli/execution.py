"""One month through the Dagster job in this process, and what came of it in words.

Here: launch, progress, failed checks. Not here: which months run in which order (`sequence.py`).
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from pipeline.billing_month import BillingMonth
from pipeline.cli.instance import bury_dead_runs, instance_of
from pipeline.errors import RaschetError
from pipeline.record import quick_record
from pipeline.storage.book import Book
from pipeline.storage.lock import lock

if TYPE_CHECKING:
    from dagster import DagsterEvent, Definitions, ExecuteInProcessResult, JobDefinition

LAUNCHED_BY: Final = "raschet/launched_by"
COMMAND_LINE: Final = "command_line"
#: A crash of the command line is seen by the person who typed it: the daemon does not try again.
MAX_RETRIES: Final = "dagster/max_retries"
#: RaschetErrors that are no mistake of a user: the month is stopped, not asked for wrongly.
STOPPING: Final = frozenset({
    "AuditFailed", "StepFailed", "PartFailed", "MonthIncomplete", "ContractBroken", "NoRuleInForce",
})


@dataclass(frozen=True)
class FailedCheck:
    """A check that found its sentence untrue."""

    table: str
    name: str
    sentence: str
    expected: str
    found: str
    difference: str
    examples: str
    is_blocking: bool


@dataclass(frozen=True)
class Executed:
    """How a run ended. `mistake` is a line for the user, `fault` a line about what stopped the month."""

    run_id: str
    succeeded: bool
    steps: int = 0
    failed_checks: list[FailedCheck] = field(default_factory=list)
    mistake: str = ""
    fault: str = ""

    @property
    def blocking(self) -> list[FailedCheck]:
        return [check for check in self.failed_checks if check.is_blocking]


Listener = Callable[[str, int, int], None]


def execute_month(book: Book, month: BillingMonth, *, as_of: date, listen: Listener, verbose: bool) -> Executed:
    """Compute and publish one month as of a day."""
    from pipeline.jobs import month_config
    from pipeline.month_context import JOB

    return _execute(book, JOB, month, config=month_config(as_of), listen=listen, verbose=verbose)


def execute_closing(
    book: Book, month: BillingMonth, *, as_of: date, anyway: str, listen: Listener, verbose: bool
) -> Executed:
    """Audit and close one month."""
    from pipeline.jobs import CLOSE_JOB, closing_config

    config = closing_config(as_of, anyway)
    return _execute(book, CLOSE_JOB, month, config=config, listen=listen, verbose=verbose)


def _execute(
    book: Book, job_name: str, month: BillingMonth, *, config: dict[str, Any], listen: Listener, verbose: bool
) -> Executed:
    """One job for one partition in this process, under the book's lock, on the book's instance."""
    with lock(book), instance_of(book.root) as instance:
        from pipeline.definitions import defs, heard_by
        from pipeline.month_context import let_go

        bury_dead_runs(instance, book)
        job = _put_together(defs).resolve_job_def(job_name)
        if not gc.get_freeze_count():
            # what is loaded by now lives as long as the command: the collector walked through all of it again;
            # once only, or what a month leaves behind would stay too
            gc.freeze()
        loggers: dict[str, Any] = {"quiet": {}, **({"console": {}} if verbose else {})}
        run_id = str(uuid4())
        try:
            with quick_record(), heard_by(_Steps(job, listen)):
                result = job.execute_in_process(
                    run_id=run_id,
                    run_config={**config, "loggers": loggers},
                    instance=instance,
                    partition_key=str(month),
                    raise_on_error=False,
                    tags={LAUNCHED_BY: COMMAND_LINE, MAX_RETRIES: "0"},
                )
        finally:
            let_go(book.root)
        return _executed(result)


@cache
def _put_together(defs: Callable[[], Definitions]) -> Definitions:
    """Assets, checks and jobs, once a command: of each month two jobs run, its own and its closing."""
    return defs()


class _Steps:
    """Counts finished steps and names the one that works now."""

    def __init__(self, job: JobDefinition, listen: Listener) -> None:
        self.total = len(job.graph.node_dict)
        self.done = 0
        self.listen = listen

    def __call__(self, event: DagsterEvent) -> None:
        if event.is_step_start and event.step_key:
            self.listen(event.step_key, self.done, self.total)
        elif event.is_step_success or event.is_step_failure or event.is_step_skipped:
            self.done += 1
            self.listen(event.step_key or "", self.done, self.total)


def _executed(result: ExecuteInProcessResult) -> Executed:
    failed = [_failed_check(found) for found in result.get_asset_check_evaluations() if not found.passed]
    mistake, fault = _why(result)
    return Executed(
        run_id=result.run_id,
        succeeded=result.success,
        steps=len([event for event in result.all_events if event.is_step_success]),
        failed_checks=sorted(failed, key=lambda check: (not check.is_blocking, check.table, check.name)),
        mistake=mistake,
        fault=fault,
    )


def _failed_check(evaluation: Any) -> FailedCheck:
    """Severity says what stops a month: to Dagster every check is a blocking one (`checks/room.py`)."""
    told = {name: str(value.value) for name, value in evaluation.metadata.items()}
    return FailedCheck(
        table=evaluation.asset_key.to_user_string(),
        name=evaluation.check_name,
        sentence=evaluation.description or evaluation.check_name,
        expected=told.get("ожидалось", ""),
        found=told.get("найдено", ""),
        difference=told.get("расхождение", ""),
        examples=told.get("примеры", ""),
        is_blocking=evaluation.severity.value == "ERROR",
    )


def _why(result: ExecuteInProcessResult) -> tuple[str, str]:
    """(mistake, fault): the first mistake of a user among the failed steps, else the first thing that broke."""
    mistakes = _mistakes()
    fault = ""
    for event in result.all_events:
        error = event.step_failure_data.error if event.is_step_failure else None
        while error is not None and error.cause is not None:
            error = error.cause
        if error is None or error.cls_name == "DagsterAssetCheckFailedError":
            continue
        told = error.message.strip().splitlines()[0].partition(": ")[2]
        if error.cls_name in mistakes:
            return told, ""
        fault = fault or f"{event.step_key}: {told or error.cls_name}"
    return "", fault


def _mistakes() -> set[str]:
    kinds: list[type] = [RaschetError]
    for kind in kinds:
        kinds += kind.__subclasses__()
    return {kind.__name__ for kind in kinds} - STOPPING
