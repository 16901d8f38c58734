"""May a month be closed: what still stands in the way, in words a person can act on.

Here: the calendar, the version, awaited registries. Not here: hashes and the chain (`verify.py`, `close.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import polars as pl

from pipeline.billing_month import BillingMonth
from pipeline.contracts.ingest import AWAITED_REGISTRIES
from pipeline.contracts.queue import WORK_QUEUE
from pipeline.storage.book import Book
from pipeline.storage.close import CannotClose
from pipeline.storage.cycles import Cycle, cycle_of
from pipeline.storage.files import parquet_files, read_parquet
from pipeline.storage.manifest import published_version

_REGISTRY_FEEDS: Final = {"registries", "payments"}


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One reason not to close yet. `can_be_waived`: a person may close anyway and say why."""

    text: str
    can_be_waived: bool = False


def obstacles(book: Book, month: BillingMonth, as_of: date) -> list[Obstacle]:
    """Everything that stands in the way on `as_of`; nothing when the month may close."""
    cycle = cycle_of(book, month, as_of)
    version = published_version(book, month)
    if version is None:
        if not cycle.has_ended(as_of):
            return [Obstacle(f"месяц не рассчитан: выполните raschet run --month {month}")]
        return [Obstacle(f"месяц не рассчитан: raschet run --month {month} рассчитает его целиком и закроет навсегда, "
                         "если ничто не мешает")]
    found = []
    if not cycle.has_ended(as_of):
        found.append(Obstacle(f"документы следующего месяца выйдут {cycle.next_issue_on:%d.%m.%Y}"))
    elif version.as_of < cycle.last_day:
        found.append(Obstacle(
            f"месяц рассчитан по {version.as_of:%d.%m.%Y}, а поступления считаются по {cycle.last_day:%d.%m.%Y}: "
            f"raschet run --month {month} досчитает его и закроет навсегда, если ничто не мешает"
            f"{_still_open(version.folder / WORK_QUEUE.name)}"
        ))
    return found + _registries(book, version.folder / AWAITED_REGISTRIES.name, cycle, as_of)


def require_nothing_stands(month: BillingMonth, standing: list[Obstacle], *, anyway: str) -> None:
    """Late registries give way to a stated reason, everything else stands."""
    firm = [obstacle for obstacle in standing if not (obstacle.can_be_waived and anyway)]
    if not firm:
        return
    may_waive = all(obstacle.can_be_waived for obstacle in firm)
    remedy = (
        f"Дождитесь реестра или закройте с причиной: raschet close --month {month} --anyway \"причина\""
        if may_waive else f"Повторите, когда это устранено: raschet close --month {month}"
    )
    raise CannotClose(f"Месяц {month} пока нельзя закрыть: {'; '.join(obstacle.text for obstacle in firm)}", remedy)


def _still_open(folder: Path) -> str:
    """What a person had better decide before a month is closed: the whole queue, also of older months."""
    files = parquet_files(folder)
    rows = read_parquet(files).height if files else 0
    return f"; прежде решите открытые дела (raschet queue): {rows}" if rows else ""


def _registries(book: Book, folder: Path, cycle: Cycle, as_of: date) -> list[Obstacle]:
    """Registries of the cycle that are not in: one not due yet blocks, a late one unless the settings let it be late.

    One that is expected after the cycle is posted by the next month and is awaited there."""
    files = parquet_files(folder)
    if not files:
        return []
    missing = read_parquet(files).filter(
        pl.col("status_code") != "received", pl.col("expected_on") <= cycle.last_day
    ).sort("expected_on", "provider_code")
    return [
        obstacle
        for provider, channel, expected_on in missing.select("provider_code", "channel_code", "expected_on").rows()
        if (obstacle := _registry(book, provider, channel, expected_on, as_of)) is not None
    ]


def _registry(book: Book, provider: str, channel: str, expected_on: date, as_of: date) -> Obstacle | None:
    named = f"реестр {provider} ({channel})"
    if expected_on > as_of:
        return Obstacle(f"{named} ожидается {expected_on:%d.%m.%Y}")
    if _may_be_late(book, provider):
        return None
    return Obstacle(f"{named} ожидался {expected_on:%d.%m.%Y} и не поступил", can_be_waived=True)


def _may_be_late(book: Book, provider: str) -> bool:
    return any(
        feed.may_be_late and feed.table in _REGISTRY_FEEDS and feed.provider in (None, provider)
        for feed in book.settings.feeds
    )
