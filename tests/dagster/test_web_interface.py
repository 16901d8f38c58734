"""Webserver and daemon as an analyst leaves them: a month launched over GraphQL is computed, checked, published; the
daemon's clock passes 03:00, the schedule ticks, and the night does the same.

One centre for all (`centre.py`): the tests follow each other as its days do. Only its clock is moved.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from pipeline.cli.servers import LOCATION, web_interface
from pipeline.errors import RaschetError
from pipeline.jobs import month_config
from pipeline.storage.manifest import Version, published_version
from pipeline.storage.verify import verify
from tests.dagster.centre import DECEMBER, Centre, moscow, served_centre, waited
from tests.dagster.graphql import failures_of, launch, launch_range, runs, start_schedule, ticks, wait_for_run

NIGHTLY = {"repositoryLocationName": LOCATION, "repositoryName": "__repository__", "scheduleName": "nightly"}
pytestmark = [pytest.mark.servers, pytest.mark.timeout(3600)]


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    with served_centre(tmp_path_factory.mktemp("centre")) as served:
        yield served


def test_a_launch_publishes_its_month_and_the_night_waits_its_turn_and_replaces_it(centre: Centre) -> None:
    start_schedule(centre.address, NIGHTLY)
    launched = launch(centre.address, LOCATION, "month", "2025-12", month_config(date(2026, 1, 10)))
    centre.wait_for_tables(launched)
    # a clock moved before that would show a run that takes fifteen hours to start
    centre.set_clock(moscow(13, 2, 59, 58))

    night = centre.wait_for_night(date(2026, 1, 12))

    ended = [wait_for_run(centre.address, run_id) for run_id in (launched, night)]
    assert ended == ["SUCCESS", "SUCCESS"], [failures_of(centre.address, run_id) for run_id in (launched, night)]
    before, version = Version.of(centre.book.root / "versions" / "2025-12" / launched), centre.december
    assert before is not None
    assert (before.run_id, before.as_of) == (launched, date(2026, 1, 10))
    assert (version.run_id, version.as_of) == (night, date(2026, 1, 12))
    times = {run["runId"]: (run["startTime"], run["endTime"]) for run in runs(centre.address)}
    assert times[launched][1] <= times[night][0]
    assert centre.nights() == ["2026-01-13"]


def test_missed_nights_are_caught_up(centre: Centre) -> None:
    start_schedule(centre.address, NIGHTLY)
    # asleep over two: the last one counts all that the one before would have counted
    last = centre.sleep_until(moscow(15, 9))
    wait_for_run(centre.address, last)

    nights = centre.nights()
    assert nights[-1] == "2026-01-15" and "2026-01-14" not in nights
    assert_all_is_well(centre, len(nights))


@pytest.mark.deep
def test_two_nights_in_a_row_and_one_missed(centre: Centre) -> None:
    start_schedule(centre.address, NIGHTLY)
    for night in (16, 17):
        centre.set_clock(moscow(night, 2, 59, 58))
        centre.wait_for_night(date(2026, 1, night - 1))

    wait_for_run(centre.address, centre.sleep_until(moscow(18, 9)))

    assert centre.nights()[-3:] == ["2026-01-16", "2026-01-17", "2026-01-18"]
    assert_all_is_well(centre, len(centre.nights()))


def assert_all_is_well(centre: Centre, nights: int) -> None:
    assert {run["status"] for run in runs(centre.address)} == {"SUCCESS"}
    assert [tick["status"] for tick in ticks(centre.address, NIGHTLY)] == ["SUCCESS"] * nights
    assert [found.faults for found in verify(centre.book)] == [(), ()]


def test_a_run_whose_process_was_killed_goes_on_in_its_folder(centre: Centre) -> None:
    address = centre.address
    killed = launch(address, LOCATION, "month", "2025-12", month_config(date(2026, 1, 19)))
    centre.wait_for_tables(killed)

    os.kill(json.loads((centre.book.root / ".lock").read_text(encoding="utf-8"))["pid"], signal.SIGKILL)

    assert wait_for_run(address, killed) == "FAILURE"
    retry = waited(lambda: retry_of(address, killed), "a second try")
    assert wait_for_run(address, retry["runId"]) == "SUCCESS"
    version = centre.december
    assert (retry["rootRunId"], version.run_id, version.as_of) == (killed, killed, date(2026, 1, 19))
    assert [found.faults for found in verify(centre.book)] == [(), ()]


def retry_of(address: str, run_id: str) -> dict[str, Any] | None:
    return next((run for run in runs(address) if run["parentRunId"] == run_id), None)


def test_a_range_of_months_runs_in_order_and_stops_at_the_first_that_is_still_open(centre: Centre) -> None:
    """A range leaves each month open, so the next one may not start from it: the message names the way."""
    address = centre.address
    backfill = launch_range(address, LOCATION, "month", ["2025-12", "2026-01"])

    # the daemon looks every half a minute
    first, second = (waited(lambda month=month: run_of(address, backfill, month), f"a run of {month}")
                     for month in ("2025-12", "2026-01"))

    assert (wait_for_run(address, first), wait_for_run(address, second)) == ("SUCCESS", "FAILURE")
    told = " ".join(failures_of(address, second))
    assert "Месяц 2025-12 ещё не закрыт" in told
    assert "raschet run --from 2025-12 --month 2026-01" in told
    assert centre.december.run_id == first
    assert published_version(centre.book, DECEMBER.next) is None


def run_of(address: str, backfill: str, month: str) -> str | None:
    """The run of a month that a range has started."""
    wanted = {"dagster/backfill": backfill, "dagster/partition": month}
    return next((str(run["runId"]) for run in runs(address) if wanted.items() <= run["tags"].items()), None)


def test_the_port_of_another_is_not_taken(centre: Centre) -> None:
    port = int(centre.address.rpartition(":")[2])

    with pytest.raises(RaschetError, match=f"Порт {port} занят"), web_interface(centre.book.root, port=port):
        pass
