"""One command measured as a whole process tree: wall seconds, CPU seconds, the biggest process.

CPU is user and system time of the command and of all its descendants that have ended; the peak is that of the biggest
single process, as the kernel counts it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final


@dataclass(frozen=True)
class Measured:
    """Seconds and MiB of one command."""

    wall_s: float
    cpu_s: float
    peak_mib: int


class CommandFailed(Exception):
    """A measured command ended badly; its last words are the message."""


#: A process starts with the peak of the one that starts it. So a small one stands between, runs the command and tells
#: status, CPU seconds and peak (KiB) of what it ran in a file.
_BETWEEN: Final = """
import os, subprocess, sys
child = subprocess.Popen(sys.argv[2:])
_, status, used = os.wait4(child.pid, 0)
with open(sys.argv[1], "w") as told:
    print(os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime, used.ru_maxrss, file=told)
"""


def measured(command: Sequence[str], *, log: Path, **environment: str) -> Measured:
    """Run a command to its end; what it says goes to `log`."""
    with log.open("wb") as said, tempfile.NamedTemporaryFile("r", encoding="utf-8") as told:
        started = time.perf_counter()
        subprocess.run(
            [sys.executable, "-S", "-c", _BETWEEN, told.name, *command], stdout=said, stderr=subprocess.STDOUT,
            env=_environment(environment), check=True,
        )
        wall = time.perf_counter() - started
        code, cpu, peak = told.read().split()
    if int(code) != 0:
        raise CommandFailed(f"{' '.join(command)}\n{log.read_text(encoding='utf-8', errors='replace')[-3000:]}")
    return Measured(wall, float(cpu), int(peak) // 1024)


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    return {**os.environ, **more}
