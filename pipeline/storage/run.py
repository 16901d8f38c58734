"""One run of one month: where every asset reads what came before and writes what it computed.

Tables lie in the work folder in the published shape; what ingest stages lies beside them in the inside shape. A file
appears whole or not at all, and writing it again gives the same bytes, so a retry simply goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

import polars as pl

from pipeline.billing_month import BillingMonth, end_of_day
from pipeline.contracts.catalogue import TABLES
from pipeline.contracts.table import Table
from pipeline.errors import RaschetError
from pipeline.rules.registry import RuleBook, RuleReading
from pipeline.storage import start
from pipeline.storage.book import Book
from pipeline.storage.files import parquet_files, read_parquet, scan_as, space_for, write_json, write_parquet
from pipeline.storage.parts import WHOLE, parts_of, spread
from pipeline.storage.shapes import inside
from pipeline.storage.state import State
from pipeline.storage.table_files import meant_totals, write_long_table, write_table

STAGED: Final = "staged"
RULES: Final = "_rules"
_INDEX: Final = "account_index"
_PRIVATE: Final = 0o600

Outcome = TypeVar("Outcome")
Keywords = ParamSpec("Keywords")


class NotComputed(RaschetError):
    """A table or a staged frame is read before anybody wrote it."""


@dataclass(frozen=True)
class MonthRun:
    """One run of one month as of a day. Picklable: every task of a part gets its own, `in_part`, and reads no rules."""

    book: Book
    month: BillingMonth
    run_id: str
    as_of: date
    state: State
    in_part: bool = False

    @classmethod
    def begin(cls, book: Book, month: BillingMonth, run_id: str, as_of: date) -> MonthRun:
        """Pass the state gate, clear debris and start a clean work folder. The caller holds the lock of the book."""
        state = start.begin(book, month, run_id, as_of)
        return cls(book, month, run_id, as_of, state)

    @classmethod
    def resume(cls, book: Book, month: BillingMonth, run_id: str) -> MonthRun:
        """The run that `begin` started, for each later step."""
        as_of, state = start.resume(book, month, run_id)
        return cls(book, month, run_id, as_of, state)

    @property
    def cut(self) -> datetime:
        """The last moment that counts: end of `as_of` in Moscow."""
        return end_of_day(self.as_of)

    @property
    def folder(self) -> Path:
        """The work folder; the finished version once the run is published."""
        work, version = self._folders
        return version if version.is_dir() and not work.is_dir() else work

    @cached_property
    def _folders(self) -> tuple[Path, Path]:
        """Under way and finished: which of the two it is, is asked thousands of times a month."""
        return self.book.work(self.month, self.run_id), self.book.version(self.month, self.run_id)

    @property
    def personal(self) -> Path:
        """Folder of the run's personal data."""
        return self.book.personal_of(self.month, self.run_id)

    @cached_property
    def rule_book(self) -> RuleReading:
        """The rules with the book's overrides; remembers which values were read.

        A task of a part is given what it needs: what it asked here, another process would remember and the manifest
        would never tell. RuntimeError there, in however few processes it runs.
        """
        if self.in_part:
            raise RuntimeError("a task of a part reads no rules: its room reads them and passes them on")
        return RuleBook.read().with_overrides(self.book.settings.rules).reading()

    # ---- tables of the month

    def write(self, table: Table, part: str, frame: pl.DataFrame) -> None:
        """Write one part of a table from its inside shape: converted, sorted by key, past the gate."""
        write_table(self._file(table, part), table, frame)

    def write_long(self, table: Table, part: str, pieces: Iterable[pl.DataFrame]) -> None:
        """The same from pieces in the order of the key, ROW_GROUP rows each: a table that is too long to be held."""
        write_long_table(self._file(table, part), table, pieces, self.folder / STAGED / f"_{table.name}")

    def read(self, table: Table, part: str | None = None, *, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """A table of this run in the inside shape; all parts in order of their names without `part`.

        `columns` are inside names: no other column leaves the disk.
        """
        read = [column for column in table.columns if columns is None or column.inside_name in columns]
        rows = self._frame(self.folder / table.name, table.name, part, [column.name for column in read])
        return rows.select(inside(column) for column in read)

    def where(self, table: Table, part: str, rows: pl.Expr, *, columns: Sequence[str]) -> pl.DataFrame:
        """Rows of one part for which `rows` (over outside names) holds, in the inside shape: where few rows are wanted,
        the columns of all others are not even decoded."""
        files = [file for file in parquet_files(self.folder / table.name) if file.stem == part]
        if not files:
            raise self._missing(f"{table.name}/{part}")
        read = {column.inside_name: inside(column) for column in table.columns}
        return scan_as(files, table.outside_schema).filter(rows).select(read[name] for name in columns).collect()

    def has(self, table: Table) -> bool:
        """Whether any part of the table is written."""
        return bool(parquet_files(self.folder / table.name))

    def totals(self, table: Table) -> dict[str, Any]:
        """{"rows": n, "<money column>": Decimal} of the written table."""
        files = parquet_files(self.folder / table.name)
        if not files:
            raise self._missing(table.name)
        return meant_totals(files)

    def parquet(self, name: str) -> str:
        """Glob of a table's files, in the outside shape, for SQL."""
        return str(self.folder / name / "*.parquet")

    # ---- what ingest stages

    def write_staged(self, name: str, part: str, frame: pl.DataFrame) -> None:
        """Keep a frame as it is for later rooms. Registers with personal columns go under the personal folder."""
        folder = self._staged(name)
        if self.personal in folder.parents:
            self._make_private(folder)
        mode = _PRIVATE if self.personal in folder.parents else None
        write_parquet(folder / f"{part}.parquet", frame, mode=mode, codec="lz4", statistics=False)

    def read_staged(
        self, name: str, part: str | None = None, *, columns: Sequence[str] | None = None
    ) -> pl.DataFrame:
        """A staged frame, or some of its columns; all parts in order of their names without `part`."""
        return self._frame(self._staged(name), name, part, columns)

    def staged_files(self, name: str) -> list[Path]:
        """Files of a staged frame in order of their parts; none before it is staged."""
        return parquet_files(self._staged(name))

    def has_staged(self, name: str) -> bool:
        """Whether any part is staged."""
        return bool(self.staged_files(name))

    def staged_parquet(self, name: str) -> str:
        """Glob of staged files, in the inside shape, for SQL."""
        return str(self._staged(name) / "*.parquet")

    def register(self, table: Table, part: str | None = None) -> pl.DataFrame:
        """A register or the events of a kind, as of the cut, in the inside shape.

        With `part` the rows that its accounts need; a register that knows no accounts, like services, is read whole.
        """
        files = parquet_files(self._staged(table.name))
        if part is not None and files and files[0].stem != WHOLE:
            return self.read_staged(table.name, part)
        rows = self.read_staged(table.name)
        # a person with flats in two parts lies in both
        return rows if len(files) == 1 else rows.unique(table.primary_key).sort(table.primary_key)

    # ---- parts

    @property
    def parts(self) -> list[str]:
        """Parts of the account index of this run: staged by ingest, else as published."""
        if staged := self.staged_files(_INDEX):
            # in order of positions: the last row tells how many they are, without the accounts of the whole book
            last = pl.scan_parquet(staged, glob=False).select(_INDEX).tail(1).collect().to_series()
            return parts_of(last[0] + 1 if last.len() else 0)
        files = parquet_files(self.folder / _INDEX)
        if not files:
            raise self._missing(_INDEX)
        return [file.stem for file in files]

    def map_parts(
        self, task: Callable[Concatenate[MonthRun, str, Keywords], Outcome], parts: Sequence[str] | None = None,
        *extra: Keywords.args, **keywords: Keywords.kwargs,
    ) -> list[Outcome]:
        """`task(run, part, **keywords)` for every part, results in order; `task` is a function of a module."""
        chosen = self.parts if parts is None else list(parts)
        return spread(partial(_on_part, task, replace(self, in_part=True), keywords), chosen, self.book.workers)

    # ---- rules and personal data

    def record_rules(self, room: str) -> None:
        """Keep which rule values a room has read, for the manifest."""
        write_json(self.folder / STAGED / RULES / f"{room}.json", {"values": self.rule_book.values_read()})

    def write_personal(self, name: str, frame: pl.DataFrame) -> Path:
        """Write a frame with names, phones or texts: a private file in a private folder, never published."""
        file = self.personal / f"{name}.parquet"
        self._make_private(file.parent)
        write_parquet(file, frame, mode=_PRIVATE)
        return file

    def read_personal(self, name: str) -> pl.DataFrame:
        """A frame that `write_personal` wrote."""
        file = self.personal / f"{name}.parquet"
        if not file.is_file():
            raise self._missing(name)
        return read_parquet([file])

    # ---- steps

    def _file(self, table: Table, part: str) -> Path:
        return self.folder / table.name / f"{part}.parquet"

    def _staged(self, name: str) -> Path:
        table = TABLES.get(name)
        is_personal = table is not None and bool(table.personal_columns)
        return (self.personal if is_personal else self.folder) / STAGED / name

    def _make_private(self, folder: Path) -> None:
        with space_for(folder):
            below = [above for above in folder.parents if above.is_relative_to(self.book.personal)]
            for private in [*reversed(below), folder]:
                private.mkdir(mode=0o700, parents=True, exist_ok=True)
                private.chmod(0o700)

    def _frame(
        self, folder: Path, name: str, part: str | None, columns: Sequence[str] | None = None
    ) -> pl.DataFrame:
        files = [file for file in parquet_files(folder) if part is None or file.stem == part]
        if not files:
            raise self._missing(name if part is None else f"{name}/{part}")
        return read_parquet(files, columns)

    def _missing(self, name: str) -> NotComputed:
        return NotComputed(
            f"Таблица {name} месяца {self.month} ещё не рассчитана в этом запуске", "Запустите месяц целиком"
        )


def _on_part(task: Callable[..., Outcome], run: MonthRun, keywords: dict[str, Any], part: str) -> Outcome:
    return task(run, part, **keywords)
