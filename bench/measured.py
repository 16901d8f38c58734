"""One command measured as a whole process tree: wall seconds, CPU seconds, the biggest process.

CPU is user and system time of the command and of all its descendants that have ended; the peak is that of the biggest
single process, as the kernel counts it.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Measured:
    """Seconds and MiB of one command."""

    wall_s: float
    cpu_s: float
    peak_mib: int


class CommandFailed(Exception):
    """A measured command ended badly; its last words are the message."""


def measured(command: Sequence[str], *, log: Path, **environment: str) -> Measured:
    """Run a command to its end; what it says goes to `log`."""
    with log.open("wb") as said:
        started = time.perf_counter()
        child = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT, env=_environment(environment))
        _, status, used = os.wait4(child.pid, 0)
        wall = time.perf_counter() - started
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise CommandFailed(f"{' '.join(command)}\n{log.read_text(encoding='utf-8', errors='replace')[-3000:]}")
    return Measured(wall, used.ru_utime + used.ru_stime, used.ru_maxrss // 1024)


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    return {**os.environ, **more}
