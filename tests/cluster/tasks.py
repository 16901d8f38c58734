"""Part tasks of tests, where the nodes of a cluster can import them."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import polars as pl

from pipeline.errors import RaschetError


def told(part: str) -> tuple[str, int, int]:
    """The part, the process, the threads that polars may use."""
    return part, os.getpid(), pl.thread_pool_size()


def wrong(part: str) -> str:
    """A mistake of ours on one part, whose text quotes a row."""
    if part == "part-001":
        raise ValueError("Иванова Мария Петровна")
    return part


def refused(part: str) -> str:
    """An error for people."""
    raise RaschetError(f"{part} не считается", "Почините")


def unpicklable(part: str) -> str:
    """An error that no process can send."""
    fault = KeyError(part)
    fault.lock = threading.Lock()  # type: ignore[attr-defined]
    raise fault


def noted(folder: str, part: str) -> str:
    """Takes a while, and says that it has begun."""
    Path(folder, part).touch()
    time.sleep(1)
    return part


def dying(part: str) -> str:
    """Never ends well."""
    os.kill(os.getpid(), signal.SIGKILL)
    return part
