"""A process that is killed before the N-th request to the store: `python -m tests.cluster.cut N BOOK push|pull`.

The number of requests is printed when it lives to the end (N = 0).
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

import boto3


def main(moment: str, book: str, act: str, *words: str) -> None:
    from pipeline.storage.book import Book
    from pipeline.storage.remote.pull import pull
    from pipeline.storage.remote.push import push

    asked = count_requests(int(moment))
    if act == "push":
        push(Book.at(Path(book)))
    else:
        pull(Path(book), *words)
    print(asked[0])


def count_requests(moment: int) -> list[int]:
    asked, guard = [0], threading.Lock()

    def heard(**_told: Any) -> None:
        with guard:
            asked[0] += 1
            if asked[0] == moment:
                os.kill(os.getpid(), signal.SIGKILL)

    boto3.setup_default_session()
    boto3.DEFAULT_SESSION.events.register("before-send.s3", heard)
    return asked


if __name__ == "__main__":
    main(*sys.argv[1:])
