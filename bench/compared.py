"""Engines side by side in one run: who needs how much, and whether all answers are the same rows."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import pipeline.definitions  # noqa: F401 — importing it declares every room
from bench import books
from bench.measured import measured
from bench.peers.answers import fingerprints, of_peer, ours
from bench.peers.job import lay, ordinary_meters
from pipeline.assets.room import rooms_in_order
from pipeline.billing_month import BillingMonth
from pipeline.storage.book import Book
from pipeline.storage.cycles import cycle_of
from pipeline.storage.files import remove_folder
from pipeline.storage.lock import lock
from pipeline.storage.run import MonthRun

Fingerprints = dict[str, tuple[int, int]]
RUN: Final = "bench-peers"
PEERS: Final = ("pandas", "duckdb", "spark")


class AnswersDiffer(Exception):
    """An engine has found other rows than the pipeline."""


def compared(place: Path, accounts: int, engines: Sequence[str], python: str, *, rounds: int = 3) -> dict[str, Any]:
    """Median of `rounds` runs of each engine, in turn, on one laid job. AnswersDiffer when an answer is another."""
    run = _computed(books.region(place, accounts, 1))
    job = lay(run, place / f"job-{accounts}")
    meters = ordinary_meters(run)
    remove_folder(run.folder)
    commands = {
        "raschet": [sys.executable, "-m", "bench.peers.ours", str(job.book), str(run.month), RUN],
        **{
            name: [python, "-m", f"bench.peers.in_{name}", str(job.files), str(job.answer_of(name))]
            for name in engines
        },
    }
    told: dict[str, list[dict[str, float]]] = {name: [] for name in commands}
    for turn in range(rounds):
        for name, command in commands.items():
            if name != "spark" or turn == 0:
                told[name].append(asdict(measured(command, log=place / f"{name}.log")))
    found = ours(MonthRun.resume(Book.at(job.book), run.month, RUN), meters)
    answers = {"raschet": fingerprints(found), **{name: fingerprints(of_peer(job.answer_of(name))) for name in engines}}
    require_same(answers)
    return {
        "accounts": accounts, "accounts_in_the_job": job.terms["accounts"],
        "rows": {name: rows for name, (rows, _) in answers["raschet"].items()},
        "engines": {name: _median(runs) for name, runs in told.items()},
    }


def require_same(answers: Mapping[str, Fingerprints]) -> None:
    """AnswersDiffer when an engine has found other rows than `raschet`."""
    if differing := sorted(name for name, answer in answers.items() if answer != answers["raschet"]):
        raise AnswersDiffer(f"other rows than ours: {', '.join(differing)}: {answers}")


def _computed(root: Path) -> MonthRun:
    """The first month of a region with all rooms computed and nothing published."""
    book = Book.at(root)
    month: BillingMonth = book.settings.first_month
    run_as_of = cycle_of(book, month, month.next.next.last_day).last_day
    with lock(book):
        run = MonthRun.begin(book, month, RUN, run_as_of)
        for room in rooms_in_order():
            room.computed(run)
            if room.name == "metering":
                break
    return run


def _median(runs: list[dict[str, float]]) -> dict[str, float]:
    cpu = sorted(run["cpu_s"] for run in runs)
    middle = {name: sorted(run[name] for run in runs)[len(runs) // 2] for name in ("wall_s", "cpu_s", "peak_mib")}
    return {**middle, "runs": len(runs), "cpu_min_s": cpu[0], "cpu_max_s": cpu[-1]}
