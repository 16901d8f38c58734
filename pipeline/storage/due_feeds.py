"""Which deliveries the book's settings expect by the cut, and which of them did not come.

A feed is due on the first day of the cycle that has its `due_day` (the last of the month where the month is shorter).
It has come when a delivery of the table, or for a provider a registry of that provider, arrived in the cycle; a
register has come when it has any snapshot. An empty file has come, a missing one has not.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from datetime import date, timedelta
from typing import Final

import polars as pl

from pipeline.contracts.payments import REGISTRIES
from pipeline.contracts.table import Stage
from pipeline.storage.arrivals import Arrivals
from pipeline.storage.cycles import Cycle
from pipeline.storage.landing import LANDED, BadDelivery
from pipeline.storage.settings import DueFeed

_OF_PROVIDER: Final = ("payments", "payment_reversals", "registries")
LATE_FEEDS: Final = {"table_name": pl.String(), "provider_code": pl.String(), "due_on": pl.Date()}


def late_feeds(feeds: Sequence[DueFeed], arrived: Arrivals, routed: Container[str] = ()) -> pl.DataFrame:
    """Feeds that are late and may be; BadDelivery for those that may not. Rows of tables `routed` to parts came."""
    late = [(feed, day) for feed in feeds if (day := due_on(feed, arrived.cycle)) and day <= arrived.until
            and not _has_come(feed, arrived, routed)]
    forbidden = [(feed, day) for feed, day in late if not feed.may_be_late]
    if forbidden:
        listed = "; ".join(f"{_named(feed)} (срок {day:%d.%m.%Y})" for feed, day in forbidden)
        raise BadDelivery(
            f"Не поступили обязательные поставки: {listed}",
            "Положите файлы в landing и повторите запуск или разрешите опоздание (may_be_late) в settings.yaml",
        )
    return pl.DataFrame([(feed.table, feed.provider, day) for feed, day in late], schema=LATE_FEEDS, orient="row")


def due_on(feed: DueFeed, cycle: Cycle) -> date | None:
    """The day of the cycle by which the feed should be in; None when the cycle has no such day."""
    day = cycle.issue_on
    while day <= cycle.last_day:
        is_last = (day + timedelta(days=1)).month != day.month
        if day.day == feed.due_day or (is_last and day.day < feed.due_day):
            return day
        day += timedelta(days=1)
    return None


def _has_come(feed: DueFeed, arrived: Arrivals, routed: Container[str]) -> bool:
    table = LANDED.get(feed.table)
    if table is None:
        raise BadDelivery(f"В настройках участка ждут таблицу «{feed.table}», такой нет",
                          "Исправьте feeds в settings.yaml")
    if feed.provider is not None and feed.table in _OF_PROVIDER:
        return not arrived.of(REGISTRIES).filter(pl.col("provider_code") == feed.provider).is_empty()
    mine = [one for one in arrived.read if one.table.name == feed.table]
    if table.stage is Stage.REGISTER or any(one.arrived_on is not None for one in mine):
        return bool(mine)
    return feed.table in routed or not arrived.of(table).is_empty()


def _named(feed: DueFeed) -> str:
    return feed.table if feed.provider is None else f"{feed.table} от {feed.provider}"
