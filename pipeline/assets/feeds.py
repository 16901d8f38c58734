"""Feeds of the book as the catalogue shows them: what is due, from whom, by which day, and when it last came.

They are external assets: other people deliver them. A month's run reports a feed as materialised when it has taken in
something new of it; the freshness of each follows the book's calendar (`feeds` of its settings).
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

import dagster as dg

from pipeline.assets.room import GROUPS, OWNER
from pipeline.billing_month import MOSCOW_NAME
from pipeline.contracts.catalogue import TABLES
from pipeline.contracts.ingest import DELIVERIES
from pipeline.contracts.meanings import row
from pipeline.resources import book_root
from pipeline.storage.book import Book
from pipeline.storage.run import MonthRun
from pipeline.storage.settings import DueFeed

LANDING: Final = "landing"
RECEIVED_ON: Final = "received_on"
#: A month has 28 days at least: later due days are looked at on the 28th.
LAST_COMMON_DAY: Final = 28
#: The night after the due day takes the delivery in at 03:00, people look at nine.
LOOKED_AT: Final = 9
#: Dagster wants it no longer than the shortest distance between two deadlines, which is February's.
SHORTEST_MONTH: Final = timedelta(days=28)


def due_tables(book: Book) -> dict[str, DueFeed]:
    """The feed that is due last in the month, for every table of the settings."""
    last: dict[str, DueFeed] = {}
    for feed in book.settings.feeds:
        if feed.table not in last or feed.due_day > last[feed.table].due_day:
            last[feed.table] = feed
    return last


def feed_specs(book: Book) -> list[dg.AssetSpec]:
    """One external asset for every table that the book's settings expect."""
    return [
        dg.AssetSpec(
            key=feed_key(table),
            group_name=GROUPS["ingest"],
            owners=[OWNER],
            kinds={"parquet"},
            tags={"room": "ingest"},
            freshness_policy=freshness_of(feed),
            description=(
                f"Поставка {table}: ожидается к {feed.due_day}-му числу каждого месяца"
                f"{', может опоздать' if feed.may_be_late else ''}.\n\nОдна строка: {row(table)}."
            ),
        )
        for table, feed in sorted(due_tables(book).items())
        if table in TABLES
    ]


def feed_key(table: str) -> dg.AssetKey:
    return dg.AssetKey([LANDING, table])


def freshness_of(feed: DueFeed) -> dg.FreshnessPolicy:
    """Late when nothing new has come in the month that ends on the morning after the due day."""
    day = min(feed.due_day + 1, LAST_COMMON_DAY)
    return dg.FreshnessPolicy.cron(
        deadline_cron=f"0 {LOOKED_AT} {day} * *", lower_bound_delta=SHORTEST_MONTH, timezone=MOSCOW_NAME
    )


def feeds_come(run: MonthRun, instance: dg.DagsterInstance) -> Iterator[dg.AssetMaterialization]:
    """A materialisation for every due feed of which this run holds a newer day than the last one told."""
    came = run.read(DELIVERIES).group_by("table_name").agg(last="received_at").sort("table_name")
    newest = {table: max(moments).date() for table, moments in came.rows()}
    for table in due_tables(run.book):
        received_on = newest.get(table)
        if received_on is not None and received_on > _last_told(instance, table):
            yield dg.AssetMaterialization(feed_key(table), metadata={RECEIVED_ON: received_on.isoformat()})


def _last_told(instance: dg.DagsterInstance, table: str) -> date:
    event = instance.get_latest_materialization_event(feed_key(table))
    told = event.asset_materialization.metadata.get(RECEIVED_ON) if event and event.asset_materialization else None
    return date.fromisoformat(str(told.value)) if told else date.min


feeds = feed_specs(Book.at(book_root()))
