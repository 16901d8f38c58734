"""A full disk: one clear line, what was published stays, and once there is space again the run ends the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.storage.book import Book
from pipeline.storage.space import certain_bytes
from tests.disks import FILLER, leave, mounted
from tests.robustness.small import DECEMBER, RUN, Steps
from tests.town.books import (
    changed,
    copied,
    debris,
    faults,
    published_bytes,
    raschet,
    raschet_here,
    succeeded,
    version_of,
)

SIZE_MB = 24


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of a few megabytes."""
    with mounted(tmp_path / "disk", SIZE_MB) as folder:
        yield folder


@pytest.mark.parametrize(("kilobytes", "home"), [
    # the book alone: while the tables of the month are written, with hardly more than lets the run begin
    pytest.param(40, "elsewhere", id="book"),
    # and as it is in a fresh clone: the record of Dagster lies on the same disk
    pytest.param(1500, "beside", id="book-and-record", marks=pytest.mark.deep),
    pytest.param(0, "beside", id="nothing-left", marks=pytest.mark.deep),
])
def test_a_full_disk(steps: Steps, small_disk: Path, tmp_path: Path, kilobytes: int, home: str) -> None:
    book = copied(steps.early, small_disk / "book")
    record = small_disk / "dagster" if home == "beside" else tmp_path / "dagster"
    before = published_bytes(book, DECEMBER)
    # the space of what a run certainly writes lets it begin; what its rooms hand each other does not fit beside that
    begins = certain_bytes(Book.at(book), DECEMBER) if home == "elsewhere" else 0
    leave(small_disk, begins + kilobytes * 1024)

    called = raschet(book, *RUN, home=record)

    assert called.returncode == 2, called.stdout + called.stderr
    assert called.stderr.startswith(f"Ошибка: На диске {'кончилось место' if begins else ''}")
    assert "Освободите место" in called.stderr
    assert called.stderr.count("\n") == 1
    assert changed(before, published_bytes(book, DECEMBER)) == []
    assert faults(book) == []

    (small_disk / FILLER).unlink()
    said = succeeded(raschet_here(book, *RUN, home=record))

    assert "Telemetry" not in said
    assert changed(published_bytes(steps.closed, DECEMBER), published_bytes(book, DECEMBER)) == []
    assert version_of(book, DECEMBER).chain_hash == version_of(steps.closed, DECEMBER).chain_hash
    assert debris(book) == []
