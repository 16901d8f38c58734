"""Dagster's SQLite record, written without waiting for the disk and for SQLAlchemy at every event.

A month leaves some 400 events. For each the storage makes several engines and connections of SQLAlchemy and drops them
again: every statement is compiled anew (an engine remembers those that it has compiled), every close of the last
connection is a checkpoint, every commit a sync; together longer than the month itself. While a month is computed, one
engine a database is kept with its connections, and commits are synced at checkpoints only. A power cut may lose the
last events of the record; it cannot damage it, and our own files are synced apart.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine


@contextmanager
def quick_record() -> Iterator[None]:
    """Inside the outermost block SQLite is written quickly and checkpointed once at its end. Postgres is as it was."""
    from dagster._core.storage.event_log.sqlite import sqlite_event_log
    from dagster._core.storage.runs.sqlite import sqlite_run_storage

    storages: tuple[Any, ...] = (sqlite_event_log, sqlite_run_storage)
    if isinstance(getattr(storages[0].create_engine, "__self__", None), _Engines):
        yield
        return
    engines = _Engines(storages[0].create_engine)
    for storage in storages:
        storage.create_engine = engines.of
    try:
        yield
    finally:
        for storage in storages:
            storage.create_engine = engines.create
        engines.close()


class _Engines:
    """Engines by the address of their database."""

    def __init__(self, create: Any) -> None:
        self.create = create
        self._kept: dict[str, Engine] = {}

    def of(self, address: str, **settings: Any) -> Engine:
        """The engine that was made for the address before, or a new one."""
        from sqlalchemy import QueuePool, event

        if address not in self._kept:
            engine = self.create(address, **settings | {"poolclass": QueuePool})
            event.listen(engine, "connect", _relaxed)
            # the storage disposes of its engine after each use
            engine.dispose = lambda close=True: None
            self._kept[address] = engine
        return self._kept[address]

    def close(self) -> None:
        """Close every connection: the last one of a database leaves it checkpointed."""
        for engine in self._kept.values():
            engine.pool.dispose()


def _relaxed(connection: Any, _pool_record: object) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous = NORMAL")
