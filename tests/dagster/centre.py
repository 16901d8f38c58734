"""A centre whose web interface runs: code server, webserver and daemon of `raschet ui` over a book of thirty accounts.

The clock of webserver and daemon is the test's (`clocked.py`); queue, schedule and runs are the real ones.
Here: how a test starts, stops and asks it. Not here: what is expected of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

import pytest

from pipeline.billing_month import BillingMonth
from pipeline.cli import servers
from pipeline.cli.instance import SETTINGS
from pipeline.cli.servers import LOCATION, Running, web_interface
from pipeline.generator import generate
from pipeline.resources import BOOK_VARIABLE
from pipeline.storage.book import Book
from pipeline.storage.manifest import Version, published_version
from pipeline.storage.opening import open_book
from tests.dagster.clocked import set_clock
from tests.dagster.graphql import runs, wait_for_location

DECEMBER: Final = BillingMonth(2025, 12)
MOSCOW: Final = ZoneInfo("Europe/Moscow")
#: Half a minute is enough on an idle machine; a busy one has not been seen to need more than five.
SECONDS: Final = 900
Found = TypeVar("Found")


def moscow(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2026, 1, day, hour, minute, second, tzinfo=MOSCOW)


@dataclass
class Centre:
    """A book with its servers, whose clock the test sets and whose daemon it stops and starts."""

    book: Book
    running: Running
    clock: Path

    @property
    def address(self) -> str:
        return self.running.address

    @property
    def december(self) -> Version:
        version = published_version(self.book, DECEMBER)
        assert version is not None
        return version

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
        return waited(lambda: self._published(as_of), f"December as of {as_of}: {runs(self.address)}")

    def _published(self, as_of: date) -> str | None:
        version = published_version(self.book, DECEMBER)
        return version.run_id if version is not None and version.as_of == as_of else None

    def nights(self) -> list[str]:
        """Nights that the schedule has run, in order."""
        keys = [run["tags"].get("dagster/run_key", "") for run in runs(self.address)]
        return [key.partition(":")[2] for key in keys if key]

    def wait_for_tables(self, run_id: str) -> None:
        """Until a run of December is at work: its first tables lie there."""
        work = self.book.work(DECEMBER, run_id)
        waited(lambda: (work / "account_index").exists(), "the first tables of the run")


@contextmanager
def served_centre(folder: Path) -> Iterator[Centre]:
    """Generated, opened and served; at noon of 12 January."""
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


def waited(found: Callable[[], Found | None], what: str) -> Found:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        if answer := found():
            return answer
        time.sleep(0.1)
    raise AssertionError(f"not within {SECONDS} s: {what}")
