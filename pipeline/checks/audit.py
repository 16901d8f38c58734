"""The full audit of a published month at its closing: every declared check once more, over the files readers see.

What ingest staged is set aside when a month is published, so checks that compare with it have spoken before publish
and cannot speak again; the others must still hold.

A check is a function of the files of its month, of the month before and of what the book says, and all of these stay as
they are while one process holds the book. So a check that held in this very process, over bytes that are the same by
their SHA-256, still holds and is not asked again: a month that one command computes and closes is checked once. A month
that another process closes later is audited whole.
"""

from collections.abc import Collection
from dataclasses import dataclass

from pipeline.checks.room import DECLARED, Declared, Finding
from pipeline.storage.run import MonthRun, NotComputed


@dataclass(frozen=True)
class Audited:
    """How many checks held, which failed, and which need what was staged."""

    held: int
    failed: tuple[tuple[Declared, Finding], ...]
    before_publish_only: tuple[str, ...]

    @property
    def faults(self) -> list[str]:
        """Sentences of the failed blocking checks."""
        return [finding.sentence for declared, finding in self.failed if declared.is_blocking]


def audited(run: MonthRun, already_held: Collection[str] = ()) -> Audited:
    """Run every check of the imported rooms over a finished version but those that are known to hold."""
    if not DECLARED:
        raise RuntimeError("no check is declared: the definitions are not loaded")
    held, failed, silent = 0, [], []
    for declared in (each for each in DECLARED if each.is_audited):
        if declared.name in already_held:
            held += 1
            continue
        try:
            finding = declared.finding(run, staged_is_gone=True)
        except NotComputed:
            silent.append(declared.name)
            continue
        if finding.passed:
            held += 1
        else:
            failed.append((declared, finding))
    return Audited(held, tuple(failed), tuple(silent))
