"""Nights for real: the daemon runs, its clock passes 03:00, the schedule ticks, the month is computed and published.

The clock is moved (`clocked.py`); code server, webserver, daemon, queue and runs are the real ones.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import pytest

from pipeline.billing_month import BillingMonth
from pipeline.cli import servers
from pipeline.cli.instance import SETTINGS
from pipeline.cli.servers import LOCATION, Running, web_interface
from pipeline.generator import generate
from pipeline.jobs import month_config
from pipeline.resources import BOOK_VARIABLE
from pipeline.storage.book import Book
from pipeline.storage.manifest import published_version
from pipeline.storage.opening import open_book
from pipeline.storage.verify import verify
from tests.dagster.clocked import set_clock
from tests.dagster.graphql import launch, runs, start_schedule, ticks, wait_for_location, wait_for_run

DECEMBER = BillingMonth(2025, 12)
MOSCOW = ZoneInfo("Europe/Moscow")
NIGHTLY = {"repositoryLocationName": LOCATION, "repositoryName": "__repository__", "scheduleName": "nightly"}
#: Half a minute is enough on an idle machine; a busy one has not been seen to need more than five.
SECONDS = 900
Found = TypeVar("Found")
pytestmark = [pytest.mark.servers, pytest.mark.timeout(3600)]


def moscow(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2026, 1, day, hour, minute, second, tzinfo=MOSCOW)


@dataclass
class Centre:
    """A book with its servers, whose clock the test sets and whose daemon it stops and starts."""

    book: Book
    running: Running
    clock: Path

    def set_clock(self, moment: datetime) -> None:
        set_clock(self.clock, moment)

    def stop_the_daemon(self) -> None:
        servers._stop([self.running.processes["daemon"]])

    def start_the_daemon(self) -> None:
        home, port = self.running.logs.parent, 0
        command = _clocked(self.clock)(home, port, port)["daemon"]
        told = {BOOK_VARIABLE: str(self.book.root)}
        self.running.processes["daemon"] = servers._started(command, home, told, self.running.logs / "daemon-again.log")

    def sleep_until(self, morning: datetime) -> str:
        """The daemon sleeps over the nights until a morning and makes up for them; the run of the last one."""
        self.stop_the_daemon()
        self.set_clock(morning)
        self.start_the_daemon()
        return self.wait_for_night(morning.date() - timedelta(days=1))

    def wait_for_night(self, as_of: date) -> str:
        """Until December is published as of a day; the run that did it."""
        return waited(lambda: self._published(as_of), f"December as of {as_of}: {runs(self.running.address)}")

    def _published(self, as_of: date) -> str | None:
        version = published_version(self.book, DECEMBER)
        return version.run_id if version is not None and version.as_of == as_of else None

    def nights(self) -> list[str]:
        """Nights that the schedule has run, in order."""
        keys = [run["tags"].get("dagster/run_key", "") for run in runs(self.running.address)]
        return [key.partition(":")[2] for key in keys if key]


_commands = servers._commands


def _clocked(clock: Path) -> Callable[[Path, int, int], dict[str, list[str]]]:
    """The commands of `raschet ui`, with the clock of webserver and daemon in the test's hand."""

    def commands(home: Path, web_port: int, code_port: int) -> dict[str, list[str]]:
        kept = (home / "workspace.yaml").read_text(encoding="utf-8") if code_port == 0 else ""
        made = _commands(home, web_port, code_port)
        if kept:
            (home / "workspace.yaml").write_text(kept, encoding="utf-8")
        for name in ("webserver", "daemon"):
            python, m, module, *words = made[name]
            made[name] = [python, m, "tests.dagster.clocked", str(clock), module, *words]
        return made

    return commands


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    folder = tmp_path_factory.mktemp("nights")
    generate(folder / "book", accounts=30, months=2, seed=7, stories=False)
    book, home, clock = Book.at(folder / "book"), folder / "dagster", folder / "clock"
    open_book(book)
    set_clock(clock, moscow(12, 12))
    home.mkdir()
    settings = SETTINGS.read_text(encoding="utf-8")
    quicker = settings.replace("poll_interval_seconds: 30", "poll_interval_seconds: 1")
    assert quicker != settings
    (home / "dagster.yaml").write_text(quicker, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAGSTER_HOME", str(home))
        patch.setenv("PYTHONPATH", str(SETTINGS.parent))
        patch.setattr(servers, "_commands", _clocked(clock))
        with web_interface(book.root, port=servers._any_free()) as running:
            wait_for_location(running.address, LOCATION)
            yield Centre(book, running, clock)


def test_a_night_ticks_and_missed_ones_are_caught_up(centre: Centre) -> None:
    start_schedule(centre.running.address, NIGHTLY)

    centre.set_clock(moscow(13, 2, 59, 58))
    centre.wait_for_night(date(2026, 1, 12))

    # asleep over two: the last one counts all that the one before would have counted
    last = centre.sleep_until(moscow(15, 9))
    wait_for_run(centre.running.address, last)

    assert centre.nights() == ["2026-01-13", "2026-01-15"]
    assert_all_is_well(centre, 2)


@pytest.mark.deep
def test_two_nights_in_a_row_and_one_missed(centre: Centre) -> None:
    start_schedule(centre.running.address, NIGHTLY)
    for night in (16, 17):
        centre.set_clock(moscow(night, 2, 59, 58))
        centre.wait_for_night(date(2026, 1, night - 1))

    wait_for_run(centre.running.address, centre.sleep_until(moscow(18, 9)))

    assert centre.nights()[-3:] == ["2026-01-16", "2026-01-17", "2026-01-18"]
    assert_all_is_well(centre, len(centre.nights()))


def assert_all_is_well(centre: Centre, nights: int) -> None:
    assert [run["status"] for run in runs(centre.running.address)] == ["SUCCESS"] * nights
    assert [tick["status"] for tick in ticks(centre.running.address, NIGHTLY)] == ["SUCCESS"] * nights
    assert [found.faults for found in verify(centre.book)] == [(), ()]


def test_a_run_whose_process_was_killed_goes_on_in_its_folder(centre: Centre) -> None:
    address = centre.running.address
    killed = launch(address, LOCATION, "month", "2025-12", month_config(date(2026, 1, 19)))
    work = centre.book.work(DECEMBER, killed)
    waited(lambda: (work / "account_index").exists(), "the first tables of the run")

    os.kill(json.loads((centre.book.root / ".lock").read_text(encoding="utf-8"))["pid"], signal.SIGKILL)

    assert wait_for_run(address, killed) == "FAILURE"
    retry = waited(lambda: retry_of(address, killed), "a second try")
    assert wait_for_run(address, retry["runId"]) == "SUCCESS"
    version = published_version(centre.book, DECEMBER)
    assert version is not None
    assert (retry["rootRunId"], version.run_id, version.as_of) == (killed, killed, date(2026, 1, 19))
    assert [found.faults for found in verify(centre.book)] == [(), ()]


def retry_of(address: str, run_id: str) -> dict[str, Any] | None:
    return next((run for run in runs(address) if run["parentRunId"] == run_id), None)


def waited(found: Callable[[], Found | None], what: str) -> Found:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        if answer := found():
            return answer
        time.sleep(0.1)
    raise AssertionError(f"not within {SECONDS} s: {what}")
