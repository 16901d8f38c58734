"""Feeds in the catalogue: due by the book's calendar, fresh when something new of them was taken in."""

from __future__ import annotations

from datetime import date

import dagster as dg
import polars as pl
import pytest

from pipeline.assets.feeds import feed_specs, feeds_come, freshness_of
from pipeline.billing_month import start_of_day
from pipeline.contracts.ingest import DELIVERIES
from pipeline.storage.book import Book
from pipeline.storage.run import MonthRun
from pipeline.storage.settings import DueFeed

FEEDS = """feeds:
  - {table: payments, provider: bank, due_day: 5, may_be_late: true}
  - {table: payments, provider: post, due_day: 12, may_be_late: true}
  - {table: billing_documents, due_day: 30}
"""


def delivered(table: str, day: date) -> pl.DataFrame:
    """One row of `deliveries`."""
    counts = {name: 0 for name in DELIVERIES.inside_names if name.endswith(("_rows", "_kop")) or name == "files"}
    row = {
        "delivery_id": "d1", "table_name": table, "received_at": start_of_day(day), "status_code": "read",
        "dated_by_code": "folder", **counts, "files": 1,
    }
    return pl.DataFrame([row]).select(
        pl.col(name).cast(dtype) if name in row else pl.lit(None, dtype).alias(name)
        for name, dtype in DELIVERIES.inside_schema.items()
    )


@pytest.fixture
def book_with_feeds(book: Book) -> Book:
    settings = book.root / "settings.yaml"
    settings.write_text(settings.read_text(encoding="utf-8") + FEEDS, encoding="utf-8")
    return Book.at(book.root)


def test_every_expected_table_is_a_described_feed_with_its_deadline(book_with_feeds: Book) -> None:
    specs = {spec.key.to_user_string(): spec for spec in feed_specs(book_with_feeds)}

    assert set(specs) == {"landing/payments", "landing/billing_documents"}
    assert specs["landing/payments"].freshness_policy == freshness_of(DueFeed("payments", 12))
    assert all(spec.description and spec.owners and spec.kinds and spec.group_name for spec in specs.values())


@pytest.mark.parametrize(("due_day", "cron"), [(5, "0 9 6 * *"), (30, "0 9 28 * *"), (31, "0 9 28 * *")])
def test_a_feed_is_late_on_the_morning_after_its_due_day(due_day: int, cron: str) -> None:
    policy = freshness_of(DueFeed("payments", due_day))

    assert isinstance(policy, dg.FreshnessPolicy)
    assert getattr(policy, "deadline_cron", None) == cron
    assert getattr(policy, "timezone", None) == "Europe/Moscow"


def test_a_feed_is_told_once_for_every_newer_day(book_with_feeds: Book) -> None:
    instance = dg.DagsterInstance.ephemeral()
    run = MonthRun.begin(book_with_feeds, book_with_feeds.settings.first_month, "r1", date(2026, 1, 10))
    told = []
    for day in (date(2026, 1, 5), date(2026, 1, 5), date(2026, 1, 9)):
        run.write(DELIVERIES, "whole", delivered("payments", day))
        came = list(feeds_come(run, instance))
        told.append([event.asset_key.to_user_string() for event in came])
        for event in came:
            instance.report_runless_asset_event(event)

    assert told == [["landing/payments"], [], ["landing/payments"]]
