"""One month through the Dagster job in this process, and what came of it in words.

Here: launch, progress, failed checks. Not here: which months run in which order (`sequence.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.billing_month import BillingMonth
from pipeline.cli.instance import instance_of

if TYPE_CHECKING:
    from dagster import DagsterEvent, ExecuteInProcessResult, JobDefinition

LAUNCHED_BY = "raschet/launched_by"
COMMAND_LINE = "command_line"
BOOK_TAG = "raschet/book"


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
    """How a run ended. `mistake` is a line for the user, `fault` the type of an unforeseen error."""

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


def execute_month(
    book_root: Path, month: BillingMonth, *, as_of: date, listen: Listener, verbose: bool = False
) -> Executed:
    """Run the job `month` for one partition on the book's instance. The caller holds the book's lock."""
    config = {"ops": {"run_of_month": {"config": {"as_of": as_of.isoformat()}}}}
    return execute(book_root, "month", month, config=config, listen=listen, verbose=verbose)


def execute(
    book_root: Path, job_name: str, month: BillingMonth, *, config: dict[str, Any], listen: Listener, verbose: bool
) -> Executed:
    """Run one job of the definitions for one partition, in this process."""
    with instance_of(book_root) as instance:
        from pipeline.definitions import defs, heard_by

        job = defs().resolve_job_def(job_name)
        loggers = {"console": {}} if verbose else {"quiet": {}}
        with heard_by(_Steps(job, listen)):
            result = job.execute_in_process(
                run_config={**config, "loggers": loggers},
                instance=instance,
                partition_key=str(month),
                raise_on_error=False,
                tags={LAUNCHED_BY: COMMAND_LINE, BOOK_TAG: book_root.name, "dagster/max_retries": "0"},
            )
        return _executed(result)


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
    told = {name: str(value.value) for name, value in evaluation.metadata.items()}
    return FailedCheck(
        table=evaluation.asset_key.to_user_string(),
        name=evaluation.check_name,
        sentence=evaluation.description or evaluation.check_name,
        expected=told.get("ожидалось", ""),
        found=told.get("найдено", ""),
        difference=told.get("расхождение", ""),
        examples=told.get("примеры", ""),
        is_blocking=evaluation.blocking,
    )


def _why(result: ExecuteInProcessResult) -> tuple[str, str]:
    """The first mistake of a user, else the first unforeseen error, among the failed steps."""
    mistakes = {kind.__name__ for kind in _kinds_of_mistake()}
    fault = ""
    for event in result.all_events:
        error = event.step_failure_data.error if event.is_step_failure else None
        while error is not None and error.cause is not None:
            error = error.cause
        if error is None or error.cls_name == "DagsterAssetCheckFailedError":
            continue
        if error.cls_name in mistakes:
            return error.message.partition(": ")[2].strip(), ""
        fault = fault or f"{event.step_key}: {error.message.strip().splitlines()[0]}"
    return "", fault


def _kinds_of_mistake() -> list[type]:
    from pipeline.errors import RaschetError

    kinds: list[type] = [RaschetError]
    for kind in kinds:
        kinds += kind.__subclasses__()
    return kinds
