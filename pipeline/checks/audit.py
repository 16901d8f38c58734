"""The full audit of a published month at its closing: every declared check once more, over the files readers see.

What ingest staged is set aside when a month is published, so checks that compare with it have spoken before publish
and cannot speak again; the others must still hold.
"""

from dataclasses import dataclass

from pipeline.checks.room import DECLARED, MISSED, Declared, Finding
from pipeline.storage.run import MonthRun


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


def audited(run: MonthRun) -> Audited:
    """Run every check of the imported rooms over a finished version."""
    if not DECLARED:
        raise RuntimeError("no check is declared: the definitions are not loaded")
    held, failed, silent = 0, [], []
    for declared in (each for each in DECLARED if each.is_audited):
        try:
            finding = declared.finding(run, staged_is_gone=True)
        except MISSED:
            silent.append(declared.name)
            continue
        if finding.passed:
            held += 1
        else:
            failed.append((declared, finding))
    return Audited(held, tuple(failed), tuple(silent))
