"""Webserver and daemon as an analyst starts them: a month launched over GraphQL is computed, checked, published."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from pipeline.billing_month import BillingMonth
from pipeline.cli import servers
from pipeline.cli.servers import LOCATION, Running, web_interface
from pipeline.errors import RaschetError
from pipeline.generator import generate
from pipeline.jobs import month_config
from pipeline.storage.book import Book
from pipeline.storage.manifest import Version, published_version
from pipeline.storage.opening import open_book
from pipeline.storage.verify import verify
from tests.dagster.graphql import failures_of, launch, launch_range, runs, wait_for_location, wait_for_run

DECEMBER = BillingMonth(2025, 12)
pytestmark = [pytest.mark.servers, pytest.mark.timeout(3600)]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Book:
    root = tmp_path_factory.mktemp("town") / "book"
    generate(root, accounts=120, months=2, seed=7)
    book = Book.at(root)
    open_book(book)
    return book


@pytest.fixture(scope="module")
def running(town: Book) -> Iterator[Running]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAGSTER_HOME", str(town.root.parent / "dagster"))
        with web_interface(town.root, port=servers._any_free()) as started:
            wait_for_location(started.address, LOCATION)
            yield started


def test_a_launch_publishes_its_month_and_a_second_one_waits_its_turn_and_replaces_it(
    town: Book, running: Running
) -> None:
    first, second = (
        launch(running.address, LOCATION, "month", "2025-12", month_config(day))
        for day in (date(2026, 1, 10), date(2026, 1, 12))
    )

    ended = [wait_for_run(running.address, run_id) for run_id in (first, second)]

    version, launched = published_version(town, DECEMBER), Version.of(town.root / "versions" / "2025-12" / first)
    assert ended == ["SUCCESS", "SUCCESS"], failures(town, first) + failures(town, second)
    assert launched is not None and version is not None
    assert (launched.run_id, launched.as_of) == (first, date(2026, 1, 10))
    assert (version.run_id, version.as_of) == (second, date(2026, 1, 12))
    assert [found.faults for found in verify(town)] == [(), ()]


def test_a_range_of_months_runs_in_order_and_stops_at_the_first_that_is_still_open(
    town: Book, running: Running
) -> None:
    """A range leaves each month open, so the next one may not start from it: the message names the way."""
    backfill = launch_range(running.address, LOCATION, "month", ["2025-12", "2026-01"])

    first, second = (waited_for(running.address, backfill, month) for month in ("2025-12", "2026-01"))

    assert (wait_for_run(running.address, first), wait_for_run(running.address, second)) == ("SUCCESS", "FAILURE")
    told = " ".join(failures_of(running.address, second))
    assert "Месяц 2025-12 ещё не закрыт" in told
    assert "raschet run --from 2025-12 --month 2026-01" in told
    assert published_version(town, DECEMBER) is not None
    assert published_version(town, DECEMBER.next) is None


def waited_for(address: str, backfill: str, month: str) -> str:
    """The run of a month that a range has started; the daemon looks every half a minute."""
    deadline = time.monotonic() + 900
    wanted = {"dagster/backfill": backfill, "dagster/partition": month}
    while time.monotonic() < deadline:
        for run in runs(address):
            if wanted.items() <= run["tags"].items():
                return str(run["runId"])
        time.sleep(0.5)
    raise AssertionError(f"the range never started {month}")


def test_the_port_of_another_is_not_taken(town: Book, running: Running) -> None:
    port = int(running.address.rpartition(":")[2])

    with pytest.raises(RaschetError, match=f"Порт {port} занят"), web_interface(town.root, port=port):
        pass


def failures(town: Book, run_id: str) -> str:
    """What the record says of a failed run."""
    from dagster import DagsterInstance

    with DagsterInstance.from_config(str(Path(town.root.parent / "dagster"))) as instance:
        failed = [record for record in instance.all_logs(run_id) if "FAILURE" in str(record.dagster_event_type)]
    return "\n".join(str(record.user_message) for record in failed)
