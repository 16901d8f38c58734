"""How every check is declared: partitioned, over the work folder of its run, with figures and a Russian sentence.

Here: `Finding`, the decorator `room_check` and the list of what it declared. Not here: what is checked, and how queries
are asked (`asked.py`).
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import dagster as dg

from pipeline.contracts.table import Table
from pipeline.month_context import run_of, without_values
from pipeline.partitions import months
from pipeline.storage.lock import noted
from pipeline.storage.parts import described
from pipeline.storage.run import MonthRun, NotComputed

SAMPLE: Final = 5


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

    def result(self, *, blocking: bool) -> dg.AssetCheckResult:
        """As Dagster shows it. Blocking findings are errors; surprises of size are warnings."""
        return dg.AssetCheckResult(
            passed=self.passed,
            severity=dg.AssetCheckSeverity.ERROR if blocking else dg.AssetCheckSeverity.WARN,
            description=self.sentence,
            metadata={
                "ожидалось": str(self.expected), "найдено": str(self.found),
                "расхождение": f"{self.difference} {self.direction}".strip(),
                "примеры": ", ".join(self.sample_ids[:SAMPLE]) or "нет",
            },
        )


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

    def asked(self, run: MonthRun) -> Finding:
        """What the check finds in a month under way; the audit of the same process remembers whether it held."""
        finding, known = self.finding(run), noted(run.book)
        known.pop(_held(run, self.name), None)
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
            return Finding(False, f"Проверка не выполнена: {described(fault)}", found="сбой")


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


def room_check(
    table: Table | str, *, blocking: bool, audited: bool = True
) -> Callable[[Check], dg.AssetChecksDefinition]:
    """A partitioned asset check on `table`, over the work folder of the run; named by its function.

    Dagster is told that every check blocks, so that each one has looked before publish moves the files away. What
    stops a month is the severity of the result: only `blocking` ones are errors. `audited` ones speak once more when
    the month is closed.
    """
    name = table if isinstance(table, str) else table.name

    def declare(check: Check) -> dg.AssetChecksDefinition:
        declared = Declared(name, check, blocking, audited)
        DECLARED.append(declared)

        def body(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
            with without_values():
                return declared.asked(run_of(context)).result(blocking=blocking)

        with warnings.catch_warnings():
            # partitioned checks are a preview in Dagster 1.13 and say so once for every check
            warnings.filterwarnings("ignore", message=".*currently in preview.*")
            return dg.asset_check(
                asset=name, name=check.__name__, description=check.__doc__, blocking=True, partitions_def=months
            )(body)

    return declare
