"""The month against its own history: warned of when it is slower by half, published all the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from pipeline.billing_month import MOSCOW
from pipeline.checks import speed
from pipeline.checks.room import Finding, finding_of
from pipeline.contracts.ingest import ACCOUNT_INDEX
from pipeline.storage.book import Book
from pipeline.storage.history import Pace, pace_of, took
from pipeline.storage.manifest import MANIFEST, Version, published_version
from pipeline.storage.run import MonthRun
from tests.storage.samples import DECEMBER, NIGHT, computed

Month = Callable[..., Version]


def recorded(version: Version, seconds: int, accounts: int) -> Version:
    """The version as if its run had taken so long: outside what is hashed."""
    file = version.folder / MANIFEST
    manifest = json.loads(file.read_text(encoding="utf-8"))
    manifest["run"] |= {"seconds": seconds, "accounts": accounts}
    file.write_text(json.dumps(manifest), encoding="utf-8")
    found = Version.of(version.folder)
    assert found is not None
    return found


def nights(opened: Book, *seconds: int) -> Book:
    """The book with nights of a thousand accounts that took so long, all of them kept."""
    settings = opened.root / "settings.yaml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("keep_nights: 3", "keep_nights: 7"))
    book = Book.at(opened.root)
    for ago, took_s in enumerate(reversed(seconds), start=1):
        night = NIGHT - timedelta(days=len(seconds) + 1 - ago)
        recorded(computed(book, DECEMBER, f"night{ago}", night, 1), took_s, 1_000)
    return book


@pytest.mark.parametrize(("seconds", "passed"), [(120, True), (150, True), (151, False)])
def test_a_month_slower_by_half_warns_and_stays_published(opened: Book, seconds: int, passed: bool) -> None:
    book = nights(opened, 90, 100, 600)
    version = recorded(computed(book, DECEMBER, "last", NIGHT, 1), seconds, 1_000)

    finding = slowness_of(book, version)

    # the median of 90, 100 and 600 seconds for as many accounts
    assert (finding.passed, finding.expected, finding.found) == (passed, 100, seconds)
    assert published_version(book, DECEMBER) == version


def test_a_book_that_has_grown_may_take_longer(opened: Book) -> None:
    book = nights(opened, 100, 100, 100)
    version = recorded(computed(book, DECEMBER, "last", NIGHT, 1), 200, 2_000)

    assert pace_of(book, version) == Pace(200, 200, 2_000, 3)
    assert slowness_of(book, version).passed


def test_seconds_of_a_small_book_are_no_history_to_warn_of() -> None:
    assert not Pace(seconds=9, expected=3, accounts=60, versions=7).is_slow
    assert Pace(seconds=900, expected=300, accounts=60, versions=7).is_slow


def test_there_is_no_history_before_three_runs(opened: Book, month_of: Month) -> None:
    recorded(month_of(run_id="r1", as_of=NIGHT - timedelta(days=1)), 1, 1_000_000)
    version = recorded(month_of(run_id="r2"), 100, 1)

    assert pace_of(opened, version) is None
    assert slowness_of(opened, version).passed


def test_a_manifest_keeps_what_its_run_took_outside_of_what_is_hashed(opened: Book, month_of: Month) -> None:
    version = month_of()
    began = datetime.fromisoformat(version.manifest["run"]["started_at"])
    lasted = datetime.fromisoformat(version.published_at) - began

    assert version.manifest["run"]["seconds"] == max(1, round(lasted.total_seconds()))
    assert version.manifest["run"]["accounts"] == version.rows(ACCOUNT_INDEX.name)
    assert "seconds" not in json.dumps(version.content)
    moment = datetime(2026, 1, 1, tzinfo=MOSCOW)
    assert took(moment.isoformat(), (moment + timedelta(seconds=61.4)).isoformat(), 7) == {"seconds": 61, "accounts": 7}


def slowness_of(book: Book, version: Version) -> Finding:
    assert speed.PUBLISHED  # importing the module declares its check
    return finding_of("month_is_as_quick_as_before", MonthRun.resume(book, version.month, version.run_id))
