"""Books to be measured: generated regions with the months before already closed, kept in a folder and reused."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from pipeline.billing_month import BillingMonth
from pipeline.generator.book import generate
from pipeline.storage.book import Book
from pipeline.storage.cycles import cycle_of

RASCHET: Final = str(Path(sys.executable).with_name("raschet"))
SEED: Final = "4"
#: The last month of a history: it and all before it have ended, so that each of them can be closed.
LAST_MONTH: Final = BillingMonth(2026, 9)


def region(place: Path, accounts: int, months: int) -> Path:
    """A region of so many accounts, opened; made once."""
    root = place / f"region-{accounts}-{months}"
    if not (root / "ready").exists():
        shutil.rmtree(root, ignore_errors=True)
        told("generate", "--accounts", str(accounts), "--months", str(months), "--seed", SEED, book=root)
        told("open", book=root)
        (root / "ready").touch()
    return root


def rolled(place: Path, accounts: int, months: int) -> Path:
    """A region whose months have all ended by now, opened; a copy that nobody has rolled yet."""
    root = place / f"history-{accounts}-{months}"
    if not (root / "ready").exists():
        shutil.rmtree(root, ignore_errors=True)
        generate(
            root, accounts=accounts, months=months, seed=int(SEED), first_month=LAST_MONTH.plus(1 - months),
            workers=len(os.sched_getaffinity(0)),
        )
        told("open", book=root)
        (root / "ready").touch()
    copy = root.with_name(f"{root.name}-rolled")
    shutil.rmtree(copy, ignore_errors=True)
    return Path(shutil.copytree(root, copy, symlinks=True))


def with_workers(root: Path, workers: int) -> None:
    """Set the number of processes of a book."""
    settings = root / "settings.yaml"
    text = re.sub(r"^workers: .*$", f"workers: {workers}", settings.read_text(encoding="utf-8"), flags=re.MULTILINE)
    settings.write_text(text, encoding="utf-8")


def last_day(root: Path, month: BillingMonth) -> str:
    """The last day on which the month is still open: its whole cycle counts, and it is not closed."""
    return cycle_of(Book.at(root), month, month.next.next.last_day).last_day.isoformat()


def run_month(root: Path, month: BillingMonth) -> list[str]:
    """The command that runs one month as of the last day of its cycle."""
    return [RASCHET, "run", "--month", str(month), "--as-of", last_day(root, month), "--book", str(root)]


def told(*words: str, book: Path) -> str:
    """What a command of the pipeline said; it must end well."""
    done = subprocess.run([RASCHET, *words, "--book", str(book)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"raschet {' '.join(words)}\n{done.stdout[-1500:]}\n{done.stderr[-1500:]}")
    return done.stdout
