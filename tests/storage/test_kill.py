"""A process killed at any moment leaves every published month whole, and the next run goes on to the same bytes."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from datetime import timedelta

import pytest

from pipeline.contracts.ledger import ADVANCES
from pipeline.storage.book import Book
from pipeline.storage.close import close
from pipeline.storage.manifest import published_version
from pipeline.storage.verify import verify
from tests.storage.samples import DECEMBER, JANUARY, NIGHT, computed

# Publishes January over and over, with one of two contents, until somebody kills it.
WORKER = """
import sys
from itertools import count
from pathlib import Path
from pipeline.storage.book import Book
from tests.storage.samples import JANUARY, NIGHT, computed
print("ready", flush=True)
for number in count():
    computed(Book.at(Path(sys.argv[1])), JANUARY, f"{sys.argv[2]}-{number}", NIGHT, 100 + number % 2)
"""
CONTENTS = {"1.01", "1.02"}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_kill_leaves_the_published_month_whole(opened: Book, seed: int) -> None:
    moments = random.Random(seed)
    computed(opened, DECEMBER, "r", NIGHT, 5)
    close(opened, DECEMBER, NIGHT)
    first = computed(opened, JANUARY, "first", NIGHT, 100)
    for attempt in range(2):
        with subprocess.Popen(
            [sys.executable, "-c", WORKER, str(opened.root), f"w{attempt}"], stdout=subprocess.PIPE, text=True
        ) as worker:
            assert worker.stdout is not None and worker.stdout.readline() == "ready\n"
            time.sleep(moments.uniform(0.0, 2.5))
            worker.kill()
            worker.wait()
        assert [month.faults for month in verify(opened)] == [(), (), ()]
        version = published_version(opened, JANUARY)
        assert version is not None and version.totals(ADVANCES.name)["amount_rub"] in CONTENTS
    again = computed(opened, JANUARY, "last", NIGHT, 100)
    assert again.content_hash == first.content_hash
    assert again.manifest["files"] == first.manifest["files"]
    assert [folder.name for folder in (opened.root / "work").glob("*/*")] == []
    assert close(opened, JANUARY, NIGHT + timedelta(days=1)).version.is_closed
