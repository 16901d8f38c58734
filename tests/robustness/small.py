"""A book of thirty accounts, whose month takes seconds: half computed, published, killed, on a full disk.

Its December is published as of 15 January 2026; the cycle ends on 31 January. Two persons and two contacts are
defective, with names and phones that are nowhere else.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import polars as pl
import pytest

from pipeline.billing_month import BillingMonth
from pipeline.generator import generate
from tests.robustness.killed import ACTS, AT_PUBLISH
from tests.town.books import ROOT, RanBook, copied, environment, raschet, succeeded

DECEMBER: Final = BillingMonth(2025, 12)
EARLY, AFTER = "2026-01-15", "2026-02-10"
#: The whole of it: compute the month up to the end of its cycle, publish, close.
RUN: Final = ("run", "--month", str(DECEMBER), "--as-of", AFTER)
ACCOUNTS: Final = 30

PLANTED_NAMES: Final = ("Неповторимова Аграфена Тестовна", "Двойникова Ефросинья Проверкина")
PLANTED_PHONES: Final = ("+79001112233", "+79004445566")
PLANTED_EMAIL: Final = "agrafena.nepovtorimova@nowhere.example"


def small_town(root: Path) -> RanBook:
    """Generated, opened, and December run up to 15 January."""
    generate(root, accounts=ACCOUNTS, months=2, seed=7, stories=False)
    plant(root)
    # in processes of their own: what they say is searched for names, whichever way it is written
    said = succeeded(raschet(root, "open"))
    return RanBook(root, said + succeeded(raschet(root, "run", "--month", str(DECEMBER), "--as-of", EARLY)))


def plant(root: Path) -> None:
    """Defective rows in both personal registers: without a key, and an id of somebody else."""
    persons = next((root / "landing" / "persons").rglob("*.parquet"))
    known = pl.read_parquet(persons)
    strangers = pl.DataFrame({
        "person_id": [None, known["person_id"][0]], "full_name": PLANTED_NAMES,
        "birth_on": [date(1931, 3, 5), date(1932, 4, 6)],
    }, schema=known.schema)
    pl.concat([known, strangers]).write_parquet(persons)
    contacts = next((root / "landing" / "contacts").rglob("*.parquet"))
    known = pl.read_parquet(contacts)
    strangers = known.head(2).with_columns(
        person_id=pl.Series([None, known["person_id"][0]]), phone=pl.Series(PLANTED_PHONES),
        email=pl.Series([PLANTED_EMAIL, None]),
    )
    pl.concat([known, strangers]).write_parquet(contacts)


@dataclass(frozen=True)
class Steps:
    """The book before and after each step of a run up to the end of the cycle, and the changes that each step made."""

    early: Path
    computed: Path
    published: Path
    closed: Path
    run_id: str
    changes: dict[str, list[str]]


def steps_of(early: RanBook, folder: Path) -> Steps:
    """Computed by a run that is killed when it begins to publish; then published and closed, each alone."""
    computed = copied(early.root, folder / "computed" / "book")
    told = folder / "changes.json"
    assert act(AT_PUBLISH, told, computed, "command", *RUN) == -9
    changes = {"run": json.loads(told.read_text())}
    run_id = next(computed.glob(f"work/{DECEMBER}/*")).name
    published = copied(computed, folder / "published" / "book")
    assert act("0", told, published, "publish", str(DECEMBER), run_id) == 0
    changes["publish"] = json.loads(told.read_text())
    closed = copied(published, folder / "closed" / "book")
    assert act("0", told, closed, "close", str(DECEMBER), AFTER) == 0
    changes["close"] = json.loads(told.read_text())
    return Steps(early.root, computed, published, closed, run_id, changes)


def lives(book: Path, name: str, *words: str) -> None:
    """The same step in this process, where everything is loaded already; nothing kills it."""
    with pytest.MonkeyPatch.context() as patch:
        # the step sets it for its process
        patch.setenv("RASCHET_BOOK", str(book))
        ACTS[name](book, *words)


def act(moment: str, told: Path, book: Path, name: str, *words: str) -> int:
    """The exit code of `tests.robustness.killed`; −9 when it was killed."""
    called = subprocess.run(
        [sys.executable, "-m", "tests.robustness.killed", moment, str(told), str(book), name, *words],
        cwd=ROOT, env=environment(book.parent / "dagster"), capture_output=True, text=True, check=False,
    )
    assert called.returncode in {0, -9}, called.stdout[-2000:] + called.stderr[-2000:]
    return called.returncode
