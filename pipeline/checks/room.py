"""How every check is declared: partitioned, over the work folder of its run, with figures and a Russian sentence.

Here: `Finding`, the decorator `room_check`, the list of what it declared, and the Dagster step that asks the checks of
a room. Not here: what is checked, and how queries are asked (`asked.py`).
"""

import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from types import ModuleType
from typing import Final

import dagster as dg

from pipeline.contracts.table import Table
from pipeline.errors import RaschetError
from pipeline.month_context import run_of, told_in_log, without_values
from pipeline.partitions import months
from pipeline.storage.lock import noted
from pipeline.storage.parts import described
from pipeline.storage.run import MonthRun, NotComputed

SAMPLE: Final = 5
#: Checks that a book of one part asks at once. A query over a town is mostly planned, in one thread and without Python:
#: two of them leave no core idle, nor the record waiting, and what they keep in memory stays that of two.
AT_ONCE: Final = 2


@dataclass(frozen=True)
class Finding:
    """What a check found: whether the sentence is true, expected against found, and a few ids to start from."""

    passed: bool
    sentence: str
    expected: int | str = 0
    found: int | str = 0
    difference: int | str = 0
    direction: str = ""
    sample_ids: list[str] = field(default_factory=list)

    @property
    def figures(self) -> dict[str, str]:
        """What stands beside the sentence, by its Russian label."""
        return {
            "ожидалось": str(self.expected), "найдено": str(self.found),
            "расхождение": f"{self.difference} {self.direction}".strip(),
            "примеры": ", ".join(self.sample_ids[:SAMPLE]) or "нет",
        }


Check = Callable[[MonthRun], Finding]


@dataclass(frozen=True)
class Declared:
    """One check as declared: on which table it hangs, whether it blocks, whether the audit at closing asks it again."""

    table: str
    check: Check
    is_blocking: bool
    is_audited: bool = True

    @property
    def name(self) -> str:
        return self.check.__name__

    @property
    def spec(self) -> dg.AssetCheckSpec:
        """As Dagster knows it. Every check blocks there, so that each one has looked before publish moves the files
        away; what stops a month is the severity of the result."""
        with warnings.catch_warnings():
            # partitioned checks are a preview in Dagster 1.13 and say so once for every check
            warnings.filterwarnings("ignore", message=".*currently in preview.*")
            return dg.AssetCheckSpec(
                self.name, asset=self.table, description=self.check.__doc__, blocking=True, partitions_def=months
            )

    def result(self, run: MonthRun) -> dg.AssetCheckResult:
        """What the check finds, as Dagster shows it. Blocking findings are errors; surprises of size are warnings."""
        finding = self.asked(run)
        severity = dg.AssetCheckSeverity.ERROR if self.is_blocking else dg.AssetCheckSeverity.WARN
        return dg.AssetCheckResult(
            asset_key=self.table, check_name=self.name, passed=finding.passed, severity=severity,
            description=finding.sentence, metadata=finding.figures,
        )

    def asked(self, run: MonthRun) -> Finding:
        """What the check finds in a month under way; one that cannot be computed has failed, and the next one is asked.

        The audit of the same process remembers whether it held.
        """
        known = noted(run.book)
        known.pop(_held(run, self.name), None)
        try:
            finding = self.finding(run)
        except Exception as fault:
            return _not_computed(fault)
        if finding.passed:
            known[_held(run, self.name)] = ""
        return finding

    def finding(self, run: MonthRun, *, staged_is_gone: bool = False) -> Finding:
        """What the check finds. One that only warns and cannot be computed warns of itself and stops nothing.

        Where what ingest staged is gone (`staged_is_gone`), NotComputed of what a check misses comes as it is.
        """
        try:
            return self.check(run)
        except Exception as fault:
            if self.is_blocking or (staged_is_gone and isinstance(fault, NotComputed)):
                raise
            return _not_computed(fault)


def _not_computed(fault: Exception) -> Finding:
    """The failure of the check itself: what a person can mend in words, else its kind and place, no value of a row."""
    told = str(fault) if isinstance(fault, RaschetError) else described(fault)
    return Finding(False, f"Проверка не выполнена: {told}", found="сбой")


def held_here(run: MonthRun) -> set[str]:
    """Names of the checks that held over the run in this process, which has held the book ever since."""
    known = noted(run.book)
    return {declared.name for declared in DECLARED if _held(run, declared.name) in known}


def _held(run: MonthRun, name: str) -> str:
    return f"held {run.run_id} {name}"


#: Every check of the imported rooms: the audit at closing goes through the audited ones, outside Dagster's graph.
DECLARED: Final[list[Declared]] = []


def finding_of(name: str, run: MonthRun) -> Finding:
    """What a declared check finds in a run, without Dagster around it: for the audit at closing and for tests."""
    return next(declared for declared in DECLARED if declared.name == name).finding(run)


def room_check(table: Table | str, *, blocking: bool, audited: bool = True) -> Callable[[Check], Check]:
    """Declare a check on `table`, over the work folder of the run; named by its function, its docstring is the sentence
    in the catalogue.

    Only `blocking` ones stop a month. `audited` ones speak once more when the month is closed.
    """
    name = table if isinstance(table, str) else table.name

    def declare(check: Check) -> Check:
        DECLARED.append(Declared(name, check, blocking, audited))
        return check

    return declare


def checks_of(room: ModuleType) -> dg.AssetChecksDefinition:
    """One Dagster step `<room>_checks` that asks every check of a module: a step costs as much as a query over a town.

    All of them are asked whatever the others find; the step fails when a blocking one has failed. It begins when all
    the tables that they hang on are there, so these must not wait for one another's checks: a module keeps to a room.
    """
    declared = [one for one in DECLARED if one.check.__module__ == room.__name__]
    step = f"{room.__name__.rpartition('.')[2]}_checks"

    @dg.multi_asset_check(name=step, specs=[one.spec for one in declared])
    def body(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        with without_values(), told_in_log(context):
            run = run_of(context)
            yield from results(run, declared)

    return body


def results(run: MonthRun, declared: Sequence[Declared]) -> Iterator[dg.AssetCheckResult]:
    """What each check finds, as declared in order. Of several parts each check spreads its own over processes."""
    if len(run.parts) > 1 or run.book.workers == 1:
        yield from (one.result(run) for one in declared)
        return
    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        yield from pool.map(lambda one: one.result(run), declared)
    finally:
        pool.shutdown(cancel_futures=True)
