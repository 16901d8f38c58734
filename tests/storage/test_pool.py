"""The pool of processes and the process that started it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

PROGRAM = """
import functools, pathlib, sys
from tests.storage.test_pool import at_work
from pipeline.storage.parts import spread
if __name__ == "__main__":
    spread(functools.partial(at_work, pathlib.Path(sys.argv[1])), ["part-000", "part-001"], 2)
"""
PATIENCE_S = 300
#: A part works far longer than anybody waits: what ends in time has been ended.
WORK_S = 10 * PATIENCE_S


def at_work(folder: Path, part: str) -> None:
    """A part that takes long."""
    (folder / part).write_text(str(os.getpid()), encoding="utf-8")
    time.sleep(WORK_S)


def lives(process: int) -> bool:
    """Whether a process runs; one that ended and was not waited for does not."""
    stat = Path(f"/proc/{process}/stat")
    try:
        return stat.read_text(encoding="utf-8").rsplit(") ", 1)[1][0] != "Z"
    except FileNotFoundError:
        return False


def until(is_so: object) -> bool:
    """Whether it becomes so in time."""
    assert callable(is_so)
    end = time.monotonic() + PATIENCE_S
    while not is_so() and time.monotonic() < end:
        time.sleep(0.1)
    return bool(is_so())


def test_processes_of_a_killed_run_end_with_it(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM, encoding="utf-8")
    parts = tmp_path / "parts"
    parts.mkdir()
    run = subprocess.Popen([sys.executable, program, parts], env={**os.environ, "PYTHONPATH": os.getcwd()})
    assert until(lambda: sum(part.stat().st_size > 0 for part in parts.iterdir()) == 2)
    workers = [int(part.read_text(encoding="utf-8")) for part in parts.iterdir()]

    run.send_signal(signal.SIGKILL)
    run.wait()

    assert until(lambda: not any(lives(worker) for worker in workers))
