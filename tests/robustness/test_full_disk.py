"""A full disk: one clear line, what was published stays, and once there is space again the run ends the same."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

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
FILLER = "filler"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of a few megabytes: needs the right to mount."""
    folder = tmp_path / "disk"
    folder.mkdir()
    try:
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m", "tmpfs", str(folder)], check=True, capture_output=True
        )
    except (OSError, subprocess.CalledProcessError) as fault:
        why = f"no small disk can be mounted here ({fault}): this needs root and the program mount"
        if os.environ.get("RASCHET_CI"):
            pytest.fail(why)
        pytest.skip(why)
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def leave(disk: Path, kilobytes: int) -> None:
    """Fill the disk up to this space."""
    size = shutil.disk_usage(disk).free - kilobytes * 1024
    with (disk / FILLER).open("wb") as file:
        file.write(bytes(size))


@pytest.mark.parametrize(("kilobytes", "home"), [
    # the book alone: while the tables of the month are written
    pytest.param(300, "elsewhere", id="book"),
    # and as it is in a fresh clone: the record of Dagster lies on the same disk
    pytest.param(1500, "beside", id="book-and-record", marks=pytest.mark.deep),
    pytest.param(0, "beside", id="nothing-left", marks=pytest.mark.deep),
])
def test_a_full_disk(steps: Steps, small_disk: Path, tmp_path: Path, kilobytes: int, home: str) -> None:
    book = copied(steps.early, small_disk / "book")
    record = small_disk / "dagster" if home == "beside" else tmp_path / "dagster"
    before = published_bytes(book, DECEMBER)
    leave(small_disk, kilobytes)

    called = raschet(book, *RUN, home=record)

    assert called.returncode == 2, called.stdout + called.stderr
    assert called.stderr.startswith("Ошибка: На диске кончилось место")
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
