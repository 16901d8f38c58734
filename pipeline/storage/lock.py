"""One writer per book: `fcntl` lock on `.lock` in its root. The system frees it when its process dies.

Re-entrant inside one process, because a month runs its Dagster steps in the process that took the lock.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from pipeline.billing_month import MOSCOW
from pipeline.errors import RaschetError
from pipeline.storage.book import Book
from pipeline.storage.files import space_for
from pipeline.storage.remote.working_copy import require_in_hand

FILE: Final = ".lock"


class BookLocked(RaschetError):
    """Another process is writing into the book."""


class BookReadOnly(RaschetError):
    """The book's folder cannot be written to."""


@dataclass(slots=True)
class _Held:
    handle: int
    process: int
    times: int
    noted: dict[str, str] = field(default_factory=dict)


_held: dict[Path, _Held] = {}
_guard: Final = threading.Lock()


@contextmanager
def lock(book: Book, *, even_handed_over: bool = False) -> Iterator[None]:
    """Hold the book while the block runs; BookLocked at once, without waiting, when somebody else holds it.

    HandedOver for a working copy that has given its book back to the store, unless `even_handed_over`.
    """
    if not even_handed_over:
        require_in_hand(book.root)
    with lock_folder(book.require().root):
        yield


@contextmanager
def lock_folder(root: Path) -> Iterator[None]:
    """The same for a folder that may hold no book yet."""
    file = root / FILE
    _take(file)
    try:
        yield
    finally:
        _give_back(file)


def noted(book: Book) -> dict[str, str]:
    """What this process remembers of a book for as long as it holds it: nobody else has written there since.

    The same mapping at every call while the lock is held, to read and add to; an empty one that nobody keeps otherwise.
    """
    with _guard:
        held = _held.get(book.root / FILE)
        return {} if held is None or held.process != os.getpid() else held.noted


def _take(file: Path) -> None:
    with _guard:
        held = _held.get(file)
        if held is not None and held.process == os.getpid():
            held.times += 1
            return
        handle = _opened(file)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            raise _locked(file) from None
        _sign(handle)
        _held[file] = _Held(handle, os.getpid(), 1)


def _opened(file: Path) -> int:
    try:
        with space_for(file):
            return os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as refused:
        if refused.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
            raise BookReadOnly(
                f"В папку участка {file.parent} нельзя писать",
                "Дайте себе право записи или укажите другую папку: --book",
            ) from None
        raise


def _give_back(file: Path) -> None:
    with _guard:
        held = _held.get(file)
        if held is None or held.process != os.getpid():
            return
        held.times -= 1
        if held.times == 0:
            del _held[file]
            os.close(held.handle)


def _sign(handle: int) -> None:
    """Who holds it and since when. The file stays for ever: removing it would let two processes lock two files."""
    since = datetime.now(MOSCOW).isoformat(sep=" ", timespec="seconds")
    # a full disk must not forbid the lock itself: the signature is only for people
    try:
        os.ftruncate(handle, 0)
        os.pwrite(handle, json.dumps({"pid": os.getpid(), "since": since}).encode(), 0)
    except OSError:
        return


def _locked(file: Path) -> BookLocked:
    try:
        signed = json.loads(file.read_text(encoding="utf-8"))
        since = datetime.fromisoformat(signed["since"]).astimezone(MOSCOW)
        holder = f"процессом {signed['pid']} с {since:%d.%m.%Y %H:%M:%S}"
    except (OSError, ValueError, KeyError, TypeError):
        holder = "другим процессом"
    return BookLocked(f"Участок занят {holder}", "Дождитесь окончания того запуска и повторите команду")
