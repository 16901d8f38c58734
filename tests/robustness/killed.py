"""A process that kills itself at a chosen moment: `python -m tests.robustness.killed MOMENT EVENTS BOOK ACT WORDS…`.

A moment is the number of a change to the book's folder (a file opened for writing, a rename, a removal, a link…): the
process is killed just before it, so every state that a kill can leave on the disk has its number on any machine,
however fast. Moment 0 lives to the end; `publish` is the moment when every check has passed and publishing begins.
EVENTS gets the list of changes as JSON.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.symlink", "os.link", "os.chmod", "os.truncate"}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
AT_PUBLISH = "publish"


def main(moment: str, told: str, book: str, act: str, *words: str) -> None:
    changes: list[str] = []
    root = Path(book)
    watch(root, changes, int(moment) if moment.isdigit() else 0)
    if moment == AT_PUBLISH:
        die_instead_of_publishing(lambda: Path(told).write_text(json.dumps(changes)))
    ACTS[act](root, *words)
    Path(told).write_text(json.dumps(changes))


def watch(root: Path, changes: list[str], moment: int) -> None:
    """Count changes under the root, and die before the one of this number."""

    def heard(event: str, told: tuple[Any, ...]) -> None:
        is_change = event in CHANGES or (event == "open" and isinstance(told[2], int) and told[2] & WRITING)
        if is_change and is_below(root, event, told):
            changes.append(event)
            if len(changes) == moment:
                die()

    sys.addaudithook(heard)


def is_below(root: Path, event: str, told: tuple[Any, ...]) -> bool:
    path = told[0]
    if isinstance(path, int):
        return False
    # inside a folder that is being removed names come alone, with the folder's handle
    is_name_in_folder = event in {"os.remove", "os.rmdir"} and told[1] not in {None, -1}
    return is_name_in_folder or os.fsdecode(path).startswith(f"{root}/")


def die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("unreachable")


def die_instead_of_publishing(before: Any) -> None:
    import pipeline.assets.publish as room

    def publish(run: object) -> NoReturn:
        before()
        die()

    room.publish = publish  # type: ignore[assignment]


def command(root: Path, *words: str) -> None:
    from pipeline.cli import app

    app([*words, "--book", str(root)], standalone_mode=False)


def publish(root: Path, month: str, run_id: str) -> None:
    from pipeline.billing_month import BillingMonth
    from pipeline.storage.book import Book
    from pipeline.storage.publish import publish
    from pipeline.storage.run import MonthRun

    publish(MonthRun.resume(Book.at(root), BillingMonth.parse(month), run_id))


def close(root: Path, month: str, as_of: str) -> None:
    os.environ["RASCHET_BOOK"] = str(root)
    import pipeline.definitions  # noqa: F401 - every room declares its checks for the audit
    from pipeline.billing_month import BillingMonth
    from pipeline.closing import close_audited
    from pipeline.storage.book import Book

    close_audited(Book.at(root), BillingMonth.parse(month), as_of=date.fromisoformat(as_of))


ACTS = {"command": command, "publish": publish, "close": close}

if __name__ == "__main__":
    main(*sys.argv[1:])
