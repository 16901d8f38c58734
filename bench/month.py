"""The whole month measured: the command an analyst starts, against the floor of the same inputs and outputs."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench import books
from bench.measured import measured
from pipeline.billing_month import BillingMonth
from pipeline.polars_settings import ONE_PROCESS
from pipeline.storage.book import Book
from pipeline.storage.manifest import published_version


def month_of(place: Path, accounts: int, *, workers: int, rounds: int = 1) -> dict[str, Any]:
    """The first month of a region by `raschet run`, and the floor in the same minutes."""
    root = books.region(place, accounts, 1)
    books.with_workers(root, workers)
    month = Book.at(root).settings.first_month
    runs, floors = [], []
    for _ in range(rounds):
        runs.append(asdict(measured(books.run_month(root, month), log=place / "month.log")))
        floors.append(floor_of(root, month))
    best = min(range(rounds), key=lambda turn: runs[turn]["cpu_s"])
    floor = floors[best]
    return {
        "accounts": accounts, "workers": workers, **runs[best], "rows_read": floor["read_rows"],
        "floor_cpu_s": floor["read_cpu_s"] + floor["write_cpu_s"],
        "floor_wall_s": floor["read_wall_s"] + floor["write_wall_s"],
        "read_mib": floor["read_mib"], "written_mib": floor["write_mib"],
        "of_floor": runs[best]["cpu_s"] / (floor["read_cpu_s"] + floor["write_cpu_s"]),
    }


def floor_of(root: Path, month: BillingMonth) -> dict[str, float]:
    """The floor in a process of its own."""
    command = [sys.executable, "-m", "bench.floor", str(root), str(month)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=_as_a_worker())
    told: dict[str, float] = json.loads(done.stdout)
    return told


def stages_of(place: Path, accounts: int) -> list[dict[str, Any]]:
    """CPU of every room and check of the first month, in one process, as those of the pool are."""
    root = books.region(place, accounts, 1)
    books.with_workers(root, 1)
    month = Book.at(root).settings.first_month
    command = [sys.executable, "-m", "bench.stages", str(root), str(month), books.last_day(root, month)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=_as_a_worker())
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def _as_a_worker() -> dict[str, str]:
    """The environment of a process of the pool: two threads of polars wait for each other at the cost of a third more
    CPU, which no worker does."""
    return {**os.environ, **ONE_PROCESS}


def history_of(place: Path, accounts: int, months: int) -> list[dict[str, Any]]:
    """Months rolled one after another, each closed before the next: CPU seconds and open items of each."""
    root = books.rolled(place, accounts, months)
    books.with_workers(root, 1)
    book = Book.at(root)
    first = book.settings.first_month
    told = []
    for number in range(months):
        month = first.plus(number)
        used = measured([books.RASCHET, "run", "--month", str(month), "--book", str(root)], log=place / "history.log")
        version = published_version(book, month)
        assert version is not None
        told.append({"month": str(month), **asdict(used), "open_items": version.rows("open_items")})
        # a long measurement that is ended early has told as much as it found
        print(json.dumps(told[-1]), file=sys.stderr, flush=True)
    return told


def exponent(small: dict[str, Any], large: dict[str, Any]) -> float:
    """How CPU grows with accounts between two sizes: 1 is in proportion."""
    return math.log(large["cpu_s"] / small["cpu_s"]) / math.log(large["accounts"] / small["accounts"])
