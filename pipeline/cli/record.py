"""Dagster's SQLite record, written without waiting for the disk at every event.

A month leaves some 400 events, and the storage opens and closes a database several times for each. Every close is a
checkpoint and every commit a sync: together longer than the month itself. While a run of the command line lasts, one
connection stays open to each database, so nothing is checkpointed in between, and commits are synced at checkpoints
only. A power cut may lose the last events of the record; it cannot damage it, and our own files are synced apart.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from dagster import DagsterInstance

HISTORY: Final = "history"


@contextmanager
def quick_record(instance: DagsterInstance, run_id: str) -> Iterator[None]:
    """Inside the block the record of one run is written quickly; at its end it is checkpointed once."""
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    event.listen(Engine, "connect", _relaxed)
    try:
        # asking for the events of the run makes its database
        instance.all_logs(run_id)
        with ExitStack() as kept:
            for database in _databases(Path(instance.root_directory) / HISTORY, run_id):
                connection = kept.enter_context(closing(sqlite3.connect(database)))
                # a connection takes part in the write-ahead log from its first read on
                connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
            yield
    finally:
        event.remove(Engine, "connect", _relaxed)


def _databases(history: Path, run_id: str) -> list[Path]:
    """Databases of the record that are there: none when it lies in Postgres."""
    named = [history / "runs.db", history / "runs" / "index.db", history / "runs" / f"{run_id}.db"]
    return [database for database in named if database.is_file()]


def _relaxed(connection: Any, _pool_record: object) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous = NORMAL")
