"""SQL over one published version of a month: a view for every published table, whatever files it has.

    with published_month(folder) as month:
        month.rows("SELECT creditor_id, SUM(outstanding_rub)::DECIMAL(18,2) AS debt_rub FROM open_items GROUP BY ALL")

Money comes back as Decimal, moments in Moscow time. Not here: any question of one report.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
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
SQL_TYPES: Final[dict[Kind, str]] = {
    Kind.TEXT: "VARCHAR", Kind.CODES: "VARCHAR[]", Kind.DATE: "DATE", Kind.MONTH: "DATE",
    Kind.MOMENT: "TIMESTAMPTZ", Kind.YES_NO: "BOOLEAN", Kind.COUNT: "INTEGER", Kind.INTEGER: "BIGINT",
    Kind.MONEY: "DECIMAL(18,2)", Kind.TARIFF: "DECIMAL(18,6)", Kind.VOLUME: "DECIMAL(18,7)",
}


@dataclass(frozen=True)
class PublishedMonth:
    """An open connection to one version; further folders may be attached beside it."""

    connection: duckdb.DuckDBPyConnection

    def attach(self, schema: str, folder: Path, *, part: str | None = None) -> None:
        """The same views over another folder, as `schema.table`: the month before, a scenario; of one part only."""
        if schema != _MAIN:
            self.connection.execute(f'CREATE SCHEMA "{schema}"')
        for table in tables_of(Stage.PUBLISHED):
            self.connection.execute(f'CREATE VIEW "{schema}"."{table.name}" AS {_selected(table, folder, part)}')

    def view(self, name: str, table: Table, folder: Path) -> None:
        """One table of a folder under a name of its own, whatever part is attached."""
        self.connection.execute(f"CREATE VIEW {name} AS {_selected(table, folder)}")

    def rows(self, sql: str, **parameters: Any) -> list[dict[str, Any]]:
        """Rows of a query; `$name` in it takes a parameter. Order is the query's own: let it ORDER BY."""
        cursor = self.connection.execute(sql, parameters or None)
        names = [column[0] for column in cursor.description or []]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def value(self, sql: str, **parameters: Any) -> Any:
        """The only value of a query; None when it gives no row."""
        row = self.connection.execute(sql, parameters or None).fetchone()
        return row[0] if row else None

    def frame(self, sql: str, schema: Mapping[str, Any], **parameters: Any) -> pl.DataFrame:
        """Rows of a query as a frame of the given polars schema, columns by position."""
        rows = self.connection.execute(sql, parameters or None).fetchall()
        return pl.DataFrame(rows, schema=dict(schema), orient="row")

    def write(self, sql: str, file: Path, **parameters: Any) -> None:
        """Rows of a query straight into one Parquet file, for results of a region's size."""
        relation = self.connection.sql(sql, params=parameters or None)
        relation.write_parquet(str(file), compression="zstd")


@contextmanager
def published_month(
    folder: Path, *, threads: int | None = None, memory: str = MEMORY_LIMIT, part: str | None = None
) -> Iterator[PublishedMonth]:
    """A connection whose views are the tables in `folder` (a version or the link of a month, resolved once).

    With `part` the views are of its files alone: accounts keep their part, so two months meet part by part.
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
        month.attach(_MAIN, folder.resolve(), part=part)
        yield month
    finally:
        connection.close()


def _selected(table: Table, folder: Path, part: str | None = None) -> str:
    """The table's files by name (a path may hold what a glob would read otherwise), or no row of its columns.

    A column that files of an older contract do not have is empty, as it is for the month that reads them.
    """
    files = [file for file in parquet_files(folder / table.name) if part in (None, file.stem)]
    present = set(pl.read_parquet_schema(files[0])) if files else set()
    columns = ", ".join(
        f'"{column.name}"' if column.name in present else f'NULL::{SQL_TYPES[column.kind]} AS "{column.name}"'
        for column in table.columns
    )
    if not files:
        return f"SELECT {columns} WHERE FALSE"
    names = ", ".join("'" + str(file).replace("'", "''") + "'" for file in files)
    return f"SELECT {columns} FROM read_parquet([{names}], hive_partitioning = false)"
