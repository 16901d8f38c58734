"""Disks of tests: small ones, really mounted, since what a full one does is seen and not imagined; and the memory of
the system, where books that live for a second are written."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

FILLER = "filler"
MEMORY: Final = Path("/dev/shm")
#: The books of both processes take some 2 GB at most; these with the servers that they start, Spark and Ray 5 GB more.
DISK_BYTES: Final = 4 << 30
MEMORY_BYTES: Final = 8 << 30


def in_memory(
    place: Path = MEMORY, *, on_disk: int = DISK_BYTES, beside: int = MEMORY_BYTES,
    system: Path = Path("/proc/meminfo"), container: Path = Path("/sys/fs/cgroup"),
) -> bool:
    """Whether temporary folders may lie in the memory of the system: there is room on its disk and in the memory
    itself, a container's included, and programs may run from there.

    Tests make and delete thousands of small files; a disk spends longer on finding places for them than the tests on
    their work.
    """
    try:
        disk = os.statvfs(place)
        known = dict(line.split(":") for line in system.read_text(encoding="utf-8").splitlines())
        free = int(known["MemAvailable"].split()[0]) << 10
    except (OSError, KeyError):
        return False
    is_roomy = disk.f_bavail * disk.f_frsize >= on_disk and min(free, _left_to(container)) >= beside
    return is_roomy and not disk.f_flag & os.ST_NOEXEC


def _left_to(container: Path) -> int:
    """Bytes that a container may still take; a machine of its own knows no such limit."""
    names = (("memory.max", "memory.current"), ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"))
    for limit, used in names:
        try:
            return int((container / limit).read_text()) - int((container / used).read_text())
        except (OSError, ValueError):
            # no such file, or the word `max`
            continue
    return sys.maxsize


@contextmanager
def mounted(folder: Path, megabytes: int) -> Iterator[Path]:
    """A disk of so many megabytes in an empty folder: needs the right to mount, and skips without it."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as fault:
        why = f"no small disk can be mounted here ({fault}): this needs root and the program mount"
        if os.environ.get("RASCHET_CI"):
            pytest.fail(why)
        pytest.skip(why)
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def leave(disk: Path, size: int) -> None:
    """Fill the disk up to so many bytes."""
    with (disk / FILLER).open("wb") as file:
        file.write(bytes(shutil.disk_usage(disk).free - size))
