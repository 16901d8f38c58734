"""The job by the pipeline: its rooms `ledger` and `metering` as a month runs them, written and checked by contract.

    python -m bench.peers.ours BOOK MONTH RUN

More than the peers do: balances, billed documents, registries, meter memory, estimates and their settlement too.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pipeline.definitions  # noqa: F401 — importing it declares every room
from pipeline.assets.room import rooms_in_order
from pipeline.billing_month import BillingMonth
from pipeline.storage.book import Book
from pipeline.storage.run import MonthRun

ROOMS = ("ledger", "metering")


def job(run: MonthRun) -> None:
    """Both rooms over all parts."""
    for room in rooms_in_order():
        if room.name in ROOMS:
            room.computed(run)


if __name__ == "__main__":
    job(MonthRun.resume(Book.at(Path(sys.argv[1])), BillingMonth.parse(sys.argv[2]), sys.argv[3]))
