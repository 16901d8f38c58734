"""A month whose processes and nodes are killed while they write: `python -m tests.cluster.harm PART_SIZE HARMS MARKS
BOOK WORDS…` runs the command `raschet` with smaller parts, so that a small town has many; `compute MONTH DAY` computes
and closes a month without the command.

HARMS, joined by commas, each done once, when a part's file is written and not yet renamed (so that debris is left):
`worker` kills the process that writes, `node` kills the node it is on, unless that is the head, where the command runs.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pipeline.audit import queries
from pipeline.billing_month import BillingMonth
from pipeline.storage import parts
from pipeline.storage.book import Book

attempt = parts._attempt


def main(part_size: str, harms: str, marks: str, book: str, *words: str) -> None:
    cut_parts(int(part_size))
    if words[0] == "compute":
        compute(book, *words[1:])
        return
    from pipeline.cli import app

    wanted = tuple(harm for harm in harms.split(",") if harm)
    parts._attempt = Harmed(book, marks, wanted, int(part_size))  # type: ignore[assignment]
    app([*words, "--book", book])


def compute(book: str, month: str, as_of: str) -> None:
    """A month published and closed without Dagster and reports (`tests/town/direct.py`)."""
    from pipeline.closing import close_audited
    from tests.town.direct import published

    own, day = Book.at(Path(book)), date.fromisoformat(as_of)
    published(own, BillingMonth.parse(month), day)
    close_audited(own, BillingMonth.parse(month), as_of=day)


def cut_parts(size: int) -> None:
    """Parts of so many accounts, in the calculation and in the audit, which holds the number for itself."""
    written, told = str(parts.PART_SIZE), queries.query

    def query(name: str) -> str:
        return told(name).replace(written, str(size))

    # a process of a node has imported what its first task names before it is told of smaller parts
    for module in list(sys.modules.values()):
        if str(getattr(module, "PART_SIZE", "")) == written:
            module.PART_SIZE = size  # type: ignore[attr-defined]
        if getattr(module, "query", None) is told:
            module.query = query  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Harmed:
    """Part tasks that may kill where they run. Each harm leaves its mark first, so the second attempt lives."""

    book: str
    marks: str
    harms: tuple[str, ...]
    part_size: int

    def __call__(self, task: Callable[[str], Any], part: str) -> Any:
        if self.part_size != parts.PART_SIZE:
            cut_parts(self.part_size)
        for harm in self.harms:
            if self._is_due(harm, part):
                kill_at_next_rename(self.book, HARMS[harm])
                break
        return attempt(task, part)

    def _is_due(self, harm: str, part: str) -> bool:
        mark = Path(self.marks) / harm
        # a single part and other pieces of work may be done where the command itself runs
        if not part.startswith("part-") or part == "part-000" or mark.exists():
            return False
        if harm == "node" and (is_on_head() or not all((Path(self.marks) / h).exists() for h in self.harms[:-1])):
            return False
        try:
            mark.touch(exist_ok=False)
        except FileExistsError:
            return False
        return True


def is_on_head() -> bool:
    import ray

    # to ask a process that is connected to nothing would connect it
    if not ray.is_initialized():
        return True
    own = ray.get_runtime_context().get_node_id()
    return any(node["NodeID"] == own and "node:__internal_head__" in node["Resources"] for node in ray.nodes())


def kill_at_next_rename(book: str, kill: Callable[[], None]) -> None:
    def heard(event: str, told: tuple[Any, ...]) -> None:
        if event == "os.rename" and str(told[0]).startswith(f"{book}/"):
            kill()
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(heard)


def kill_node() -> None:
    node = os.getppid()
    assert "raylet" in Path(f"/proc/{node}/cmdline").read_text(), "a worker is a child of its node"
    os.kill(node, signal.SIGKILL)


HARMS: dict[str, Callable[[], None]] = {"worker": lambda: None, "node": kill_node}

if __name__ == "__main__":
    # under its importable name, so that the nodes find what is sent to them
    from tests.cluster.harm import main as importable

    importable(*sys.argv[1:])
