"""What is dear to make is made once a session: by whichever process asks first, read by all others.

Here: where it lies, and who makes it. Not here: what is made (fixtures), which tests run in which process
(`processes.py`).
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from tests.town.books import RanBook

#: Names the folder of the session that has started this one.
VARIABLE: Final = "RASCHET_TESTS_SHARED"


def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a session keeps what all its processes read: also those of another environment (`tests/cluster`)."""
    own = tmp_path_factory.getbasetemp()
    beside = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    return Path(os.environ.get(VARIABLE) or beside / "shared")


def made_once(tmp_path_factory: pytest.TempPathFactory, name: str, make: Callable[[Path], RanBook]) -> RanBook:
    """What `make` makes in a folder of its own: by whichever process asks first, read by all others."""
    folder = shared_folder(tmp_path_factory) / name
    folder.mkdir(parents=True, exist_ok=True)
    told = folder / "ran.json"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not told.exists():
            ran = make(folder)
            told.write_text(json.dumps({"root": str(ran.root), "said": ran.said}), encoding="utf-8")
    known = json.loads(told.read_text(encoding="utf-8"))
    return RanBook(Path(known["root"]), known["said"])
