"""Disks of a few megabytes, really mounted: what a full one does is seen and not imagined."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

FILLER = "filler"


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
