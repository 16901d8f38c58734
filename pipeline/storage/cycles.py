"""The cycle of a month: when its documents were issued and when the next are, by the register `cycles`.

The newest snapshot known on the day in question counts. Not here: what arrives in a cycle (ingest).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import polars as pl

from pipeline.billing_month import BillingMonth
from pipeline.contracts.registers import CYCLES
from pipeline.errors import RaschetError
from pipeline.storage.book import Book
from pipeline.storage.files import parquet_files

_DATED: Final = "as_of="


class CycleUnknown(RaschetError):
    """Nobody has said when the documents of a month are issued."""


@dataclass(frozen=True, slots=True)
class Cycle:
    """One billing month from its issue to the next."""

    month: BillingMonth
    issue_on: date
    next_issue_on: date

    @property
    def last_day(self) -> date:
        """The last day whose arrivals belong to the month."""
        return self.next_issue_on - timedelta(days=1)

    def cut(self, as_of: date) -> date:
        """Up to which day a run of the month counts, when it is asked on `as_of`."""
        return min(as_of, self.last_day)

    def has_begun(self, as_of: date) -> bool:
        """Its documents are out."""
        return self.issue_on <= as_of

    def has_ended(self, as_of: date) -> bool:
        """The next documents are out."""
        return self.next_issue_on <= as_of


def cycle_of(book: Book, month: BillingMonth, as_of: date) -> Cycle:
    """The cycle of a month as known on `as_of`; CycleUnknown when the register does not name it."""
    found = cycles_of(book, as_of).get(month)
    if found is None:
        raise CycleUnknown(
            f"В реестре cycles на {as_of:%d.%m.%Y} нет месяца {month}: неизвестно, когда вышли его документы",
            f"Проверьте дату (--as-of) или положите снимок реестра в {book.landing / CYCLES.name}/as_of=ГГГГ-ММ-ДД",
        )
    return found


def cycles_of(book: Book, as_of: date) -> dict[BillingMonth, Cycle]:
    """All cycles of the newest snapshot of `as_of` or before; empty when there is none."""
    snapshots = [folder for day, folder in _snapshots(book) if day <= as_of]
    if not snapshots:
        return {}
    try:
        rows = pl.read_parquet(parquet_files(snapshots[-1]), hive_partitioning=False, glob=False)
        known = rows.select("billing_month", "issue_on", "next_issue_on").cast(pl.Date).rows()
    except pl.exceptions.PolarsError:
        raise CycleUnknown(f"Снимок реестра cycles не читается: {snapshots[-1]}", "Замените файл снимка") from None
    return {
        BillingMonth.of(first_day): Cycle(BillingMonth.of(first_day), issue_on, next_issue_on)
        for first_day, issue_on, next_issue_on in sorted(known)
    }


def _snapshots(book: Book) -> list[tuple[date, Path]]:
    folders = [folder for folder in (book.landing / CYCLES.name).glob(f"{_DATED}*") if folder.is_dir()]
    return sorted((date.fromisoformat(folder.name.removeprefix(_DATED)), folder) for folder in folders)
