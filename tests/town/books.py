"""Books run by the installed command `raschet`, their earlier months without Dagster, and what they published.

Here: how a test calls the command, copies a book and reads it. Not here: fixtures (`tests/conftest.py`), expectations.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from typer.testing import CliRunner, Result

from pipeline.billing_month import BillingMonth
from pipeline.storage.book import Book
from pipeline.storage.manifest import Version, published_version
from pipeline.storage.verify import verify

ROOT: Final = Path(__file__).resolve().parents[2]
SAMPLE: Final = ROOT / "data" / "sample"
RASCHET: Final = Path(sys.executable).with_name("raschet")

FIRST, BEFORE, LAST, AS_OF = "2025-12", "2026-03", "2026-05", "2026-06-20"
RUN: Final = ("run", "--month", LAST, "--from", FIRST, "--as-of", AS_OF)
MAY: Final = BillingMonth.parse(LAST)


@dataclass(frozen=True)
class RanBook:
    """A book after its commands, and every word that they said on both streams."""

    root: Path
    said: str

    @property
    def book(self) -> Book:
        return Book.at(self.root)

    @property
    def dagster_home(self) -> Path:
        return self.root.parent / "dagster"


def raschet(book: Path, *words: str, home: Path | None = None, **more: str) -> subprocess.CompletedProcess[str]:
    """The installed command on a book, with its Dagster instance beside it or in `home`."""
    return subprocess.run(
        called(book, *words), env=environment(home or book.parent / "dagster", **more),
        capture_output=True, text=True, check=False,
    )


def raschet_here(book: Path, *words: str, home: Path | None = None) -> Result:
    """The same command in this process, where everything is loaded already; the environment is put back."""
    from pipeline.cli import app

    with pytest.MonkeyPatch.context() as patch:
        # the command sets both for its process: they must not outlive the call
        patch.setenv("RASCHET_BOOK", str(book))
        patch.setenv("DAGSTER_HOME", str(home or book.parent / "dagster"))
        # some libraries tell their children the width of a terminal that is none
        patch.delenv("COLUMNS", raising=False)
        return CliRunner().invoke(app, [*words, "--book", str(book)])


def called(book: Path, *words: str) -> list[str]:
    return [str(RASCHET), *words, "--book", str(book)]


def environment(home: Path, **more: str) -> dict[str, str]:
    """What the command sees: nothing of other tests, a known width of the screen."""
    own = {"DAGSTER_HOME": str(home), "COLUMNS": "120", "PYTHONUNBUFFERED": "1", **more}
    return {name: value for name, value in os.environ.items() if name != "RASCHET_BOOK"} | own


def run_months(root: Path, landing: Path) -> RanBook:
    """The sample book over a landing folder: the first four months published and closed without Dagster and reports,
    then the command over all six, as `make month` gives it. It verifies what is closed and runs the last two; all six
    by the command are the same (`test_again.py`, deep)."""
    said = laid(root, landing)
    computed_apart(root, FIRST, BEFORE, AS_OF, "last-closed")
    return RanBook(root, said + succeeded(raschet(root, *RUN)))


def command_months(root: Path, landing: Path) -> RanBook:
    """The sample book over a landing folder, all its months run in order by the command, as `make month` does."""
    return RanBook(root, laid(root, landing) + succeeded(raschet(root, *RUN)))


def compute_months(root: Path, landing: Path) -> RanBook:
    """The same months published and closed, without Dagster and reports (`tests/town/direct.py`). Checks are asked of
    the last one: what they look at is compared table by table."""
    said = laid(root, landing)
    computed_apart(root, FIRST, LAST, AS_OF, "last-asked")
    return RanBook(root, said)


def laid(root: Path, landing: Path) -> str:
    """The sample book over a landing folder, opened; what that said."""
    root.mkdir(parents=True)
    shutil.copytree(landing, root / "landing")
    for name in ("settings.yaml", "answers.yaml"):
        shutil.copyfile(SAMPLE / name, root / name)
    return succeeded(raschet(root, "open"))


def computed_apart(root: Path, first: str, last: str, as_of: str, *how: str) -> None:
    """Months of an opened book by `tests/town/direct.py` in a process of their own; `how`: words that it knows."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.town.direct", str(root), first, last, as_of, *how], cwd=ROOT,
        env=environment(root.parent / "dagster") | {"RASCHET_BOOK": str(root)}, capture_output=True, text=True,
        check=False,
    )
    succeeded(done)


def succeeded(called: subprocess.CompletedProcess[str] | Result) -> str:
    """Everything that a call said; it must have ended well."""
    code = called.exit_code if isinstance(called, Result) else called.returncode
    assert code == 0, f"{called}\n{called.stdout[-3000:]}\n{called.stderr[-3000:]}"
    return called.stdout + called.stderr


def copied(book: Path, to: Path) -> Path:
    """A copy to be changed: links stay links, and so does everything that they point to."""
    shutil.copytree(book, to, symlinks=True)
    return to


# ---- what a book published


def version_of(book: Path, month: BillingMonth = MAY) -> Version:
    version = published_version(Book.at(book), month)
    assert version is not None, f"{month} is not published"
    return version


def published_bytes(book: Path, month: BillingMonth = MAY) -> dict[str, bytes]:
    """Every table's files of a month by `table/part`, as readers find them."""
    folder = book / "published" / f"run_month={month}"
    return {f"{file.parent.name}/{file.stem}": file.read_bytes() for file in sorted(folder.glob("*/*.parquet"))}


def faults(book: Path) -> list[str]:
    """What `verify` holds against a book."""
    return [f"{month.month}: {fault}" for month in verify(Book.at(book)) for fault in month.faults]


def debris(book: Path) -> list[str]:
    """Work folders, half-made files and personal folders that belong to no version."""
    half_made = [path for path in book.rglob(".*") if path.name not in (".lock", ".landing.json")]
    works = list(book.glob("work/*/*"))
    versions = {path.name for path in book.glob("versions/*/*")}
    strangers = [path for path in book.glob("personal/20*/*") if path.name not in versions]
    return sorted(str(path.relative_to(book)) for path in [*half_made, *works, *strangers])


def changed(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> list[str]:
    """Names whose bytes differ; short where comparing dictionaries would print megabytes."""
    return sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
