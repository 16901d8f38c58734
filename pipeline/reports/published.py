"""SQL over one published version of a month: a view for each published table that a query names.

    with published_month(folder) as month:
        month.rows("SELECT creditor_id, SUM(outstanding_rub)::DECIMAL(18,2) AS debt_rub FROM open_items GROUP BY ALL")

Money comes back as Decimal, moments in Moscow time. Not here: any question of one report.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import gettempdir
from typing import Any, Final

import duckdb
import polars as pl

from pipeline.contracts.catalogue import tables_of
from pipeline.contracts.table import MOSCOW, Kind, Stage, Table
from pipeline.storage.files import parquet_files

#: With the program around it within 1 GiB, whatever the size of the book; DuckDB spills beyond it.
MEMORY_LIMIT: Final = "800MB"
_MAIN: Final = "main"
_WORD: Final = re.compile(r"\w+")
SQL_TYPES: Final[dict[Kind, str]] = {
    Kind.TEXT: "VARCHAR", Kind.CODES: "VARCHAR[]", Kind.DATE: "DATE", Kind.MONTH: "DATE",
    Kind.MOMENT: "TIMESTAMPTZ", Kind.YES_NO: "BOOLEAN", Kind.COUNT: "INTEGER", Kind.INTEGER: "BIGINT",
    Kind.MONEY: "DECIMAL(18,2)", Kind.TARIFF: "DECIMAL(18,6)", Kind.VOLUME: "DECIMAL(18,7)",
}


@dataclass(frozen=True)
class PublishedMonth:
    """An open connection to one version; further folders may be attached beside it."""

    connection: duckdb.DuckDBPyConnection
    #: By table: schemas and files of the views that no query has named yet. To make a view opens a file, and a query
    #: names a few tables.
    _awaited: dict[str, list[tuple[str, Table, list[Path]]]] = field(default_factory=dict, repr=False)

    def attach(self, schema: str, folder: Path, *, part: str | None = None, empty: Set[str] = frozenset()) -> None:
        """The same views over another folder, as `schema.table`: the month before, a scenario; of one part only.

        Tables named in `empty` have no rows, whatever their files hold.
        """
        if schema != _MAIN:
            self.connection.execute(f'CREATE SCHEMA "{schema}"')
        for table in tables_of(Stage.PUBLISHED):
            files = [] if table.name in empty else _files(table, folder, part)
            self._awaited.setdefault(table.name, []).append((schema, table, files))

    def execute(self, sql: str, parameters: Mapping[str, Any] | None = None) -> duckdb.DuckDBPyConnection:
        """The cursor of one statement; every statement that names a table goes through here."""
        self._make_views(sql)
        return self.connection.execute(sql, parameters)

    def view(self, name: str, table: Table, folder: Path, *, part: str | None = None) -> None:
        """One table of a folder (or a part of it) under a name of its own, whatever is attached."""
        self.connection.execute(f"CREATE OR REPLACE VIEW {name} AS {_selected(table, _files(table, folder, part))}")

    def rows(self, sql: str, **parameters: Any) -> list[dict[str, Any]]:
        """Rows of a query; `$name` in it takes a parameter. Order is the query's own: let it ORDER BY."""
        cursor = self.execute(sql, parameters or None)
        names = [column[0] for column in cursor.description or []]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def value(self, sql: str, **parameters: Any) -> Any:
        """The only value of a query; None when it gives no row."""
        row = self.execute(sql, parameters or None).fetchone()
        return row[0] if row else None

    def frame(self, sql: str, schema: Mapping[str, Any], **parameters: Any) -> pl.DataFrame:
        """Rows of a query as a frame of the given polars schema, columns by position."""
        rows = self.execute(sql, parameters or None).fetchall()
        return pl.DataFrame(rows, schema=dict(schema), orient="row")

    def write(self, sql: str, file: Path, **parameters: Any) -> None:
        """Rows of a query straight into one Parquet file, for results of a region's size."""
        self._make_views(sql)
        relation = self.connection.sql(sql, params=parameters or None)
        relation.write_parquet(str(file), compression="zstd")

    def _make_views(self, sql: str) -> None:
        for name in self._awaited.keys() & set(_WORD.findall(sql)):
            for schema, table, files in self._awaited.pop(name):
                self.connection.execute(f'CREATE VIEW "{schema}"."{name}" AS {_selected(table, files)}')


@contextmanager
def published_month(
    folder: Path, *, threads: int | None = None, memory: str = MEMORY_LIMIT, part: str | None = None,
    empty: Set[str] = frozenset(),
) -> Iterator[PublishedMonth]:
    """A connection whose views are the tables in `folder` (a version or the link of a month, resolved once).

    With `part` the views are of its files alone: accounts keep their part, so two months meet part by part. Tables
    named in `empty` have no rows.
    """
    connection = duckdb.connect()
    try:
        connection.execute(f"SET TimeZone = '{MOSCOW}'")
        connection.execute(f"SET memory_limit = '{memory}'")
        # by default it would spill into whatever folder the command was called from
        connection.execute("SET temp_directory = $folder", {"folder": f"{gettempdir()}/raschet-{os.getpid()}"})
        connection.execute("SET enable_external_file_cache = false")
        connection.execute("SET preserve_insertion_order = false")
        if threads is not None:
            connection.execute(f"SET threads = {int(threads)}")
        month = PublishedMonth(connection)
        month.attach(_MAIN, folder.resolve(), part=part, empty=empty)
        yield month
    finally:
        connection.close()


def _files(table: Table, folder: Path, part: str | None = None) -> list[Path]:
    return [file for file in parquet_files(folder / table.name) if part in (None, file.stem)]


def _selected(table: Table, files: list[Path]) -> str:
    """The files by name (a path may hold what a glob would read otherwise), or no row of the table's columns.

    A column that files of an older contract do not have is empty, as it is for the month that reads them.
    """
    present = set(pl.read_parquet_schema(files[0])) if files else set()
    columns = ", ".join(
        f'"{column.name}"' if column.name in present else f'NULL::{SQL_TYPES[column.kind]} AS "{column.name}"'
        for column in table.columns
    )
    if not files:
        return f"SELECT {columns} WHERE FALSE"
    names = ", ".join("'" + str(file).replace("'", "''") + "'" for file in files)
    return f"SELECT {columns} FROM read_parquet([{names}], hive_partitioning = false)"
