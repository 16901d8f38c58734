"""SQL views over all published months and journals of a book, for people with a BI tool or a database of their own.

    open_items                     all months, the month in run_month ('2026-05')
    latest.open_items              the month published last
    for_month.open_items('2026-05')  one month, the only one whose files are read
    journal.dispatches             what left the building
    about                          what this is, in words; every view and column has its comment in Russian

Names of views and columns are those of the contracts and as stable. Views keep the paths of the files: where the folder
of the book moves, they are made again. Not here: the queries of reports.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import duckdb
import polars as pl

from pipeline.contracts.catalogue import tables_of
from pipeline.contracts.table import MOSCOW, Column, Stage, Table
from pipeline.errors import RaschetError
from pipeline.rendering.column_words import described
from pipeline.reports.published import SQL_TYPES
from pipeline.storage.book import Book
from pipeline.storage.files import parquet_files, space_for
from pipeline.storage.readers import PARTITION, about, columns_of, files_of
from pipeline.storage.table_files import CONTRACT_VERSION

#: The oldest format that DuckDB of our version writes with comments: every later one reads it.
STORAGE_VERSION: Final = "v1.0.0"
_PATTERN: Final = set("*?[]{}")
_MONTH: Final = "месяц запуска, ГГГГ-ММ; месяц перед первым держит входящие остатки"


class UnreadablePath(RaschetError):
    """A path that a pattern of files cannot hold."""


def written_views(book: Book, file: Path) -> None:
    """A DuckDB file with all views, whole or not at all; an older one is replaced."""
    private = file.with_name(f".{file.name}.{os.getpid()}")
    with space_for(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        private.unlink(missing_ok=True)
        try:
            _filled(private, views(book))
            private.replace(file)
        finally:
            private.unlink(missing_ok=True)


def _filled(file: Path, statements: Iterator[str]) -> None:
    connection = duckdb.connect()
    try:
        name = str(file).replace("'", "''")
        connection.execute(f"ATTACH '{name}' AS raschet (STORAGE_VERSION '{STORAGE_VERSION}')")
        connection.execute("USE raschet")
        for statement in statements:
            connection.execute(statement)
        connection.execute("USE memory")
        connection.execute("DETACH raschet")
    finally:
        connection.close()


def views(book: Book) -> Iterator[str]:
    """Statements that make every schema, view, macro and comment, in order; they fit any empty DuckDB database."""
    if _PATTERN & set(str(book.root)):
        raise UnreadablePath(f"В пути участка {book.root} есть знаки шаблона: * ? [ ] {{ }}",
                             "Перенесите папку участка или прочитайте файлы сами")
    for schema in ("latest", "for_month", "journal"):
        yield f"CREATE SCHEMA IF NOT EXISTS {schema}"
    yield from _about(book)
    manifests = _quoted(f"{book.root}/published/{PARTITION}=*/_manifest.json")
    month = f"regexp_extract(file, '{PARTITION}=(\\d{{4}}-\\d{{2}})', 1)"
    yield f"CREATE OR REPLACE VIEW latest.month AS SELECT max({month}) AS {PARTITION} FROM glob({manifests})"
    for table in tables_of(Stage.PUBLISHED):
        yield from _published(book, table)
    for table in tables_of(Stage.JOURNAL):
        files = parquet_files(book.journal / table.name)
        yield f"CREATE OR REPLACE VIEW journal.{table.name} AS {_selected(table, book.journal, files)}"
        yield from _commented(f"journal.{table.name}", table)


def _published(book: Book, table: Table) -> Iterator[str]:
    folder, name = book.root / "published", table.name
    files = [first for month in sorted(folder.glob(f"{PARTITION}=*")) for first in parquet_files(month / name)[:1]]
    yield f"CREATE OR REPLACE VIEW main.{name} AS {_selected(table, folder, files)}"
    yield (
        f"CREATE OR REPLACE VIEW latest.{name} AS SELECT * FROM main.{name} "
        f"WHERE {PARTITION} = (SELECT {PARTITION} FROM latest.month)"
    )
    yield (
        f"CREATE OR REPLACE MACRO for_month.{name}(month_asked) AS TABLE "
        f"SELECT * FROM main.{name} WHERE {PARTITION} = month_asked"
    )
    for view in (f"main.{name}", f"latest.{name}"):
        yield from _commented(view, table)
        yield f"COMMENT ON COLUMN {view}.{PARTITION} IS {_quoted(_MONTH)}"


def _selected(table: Table, folder: Path, files: list[Path]) -> str:
    """All columns of the contract in its order; what no file has yet is empty. `files`: one of each month is enough."""
    present = {name for file in files for name in pl.read_parquet_schema(file)}
    columns = ", ".join(_column(column, present) for column in columns_of(table))
    is_monthly = table.stage is Stage.PUBLISHED
    if not files:
        return f"SELECT {f'NULL::VARCHAR AS {PARTITION}, ' if is_monthly else ''}{columns} WHERE FALSE"
    pattern = _quoted(f"{folder}/{files_of(table)}")
    hive = f"hive_partitioning = true, hive_types = {{'{PARTITION}': VARCHAR}}"
    return (
        f"SELECT {f'{PARTITION}, ' if is_monthly else ''}{columns} FROM read_parquet({pattern}, union_by_name = true, "
        f"{hive if is_monthly else 'hive_partitioning = false'})"
    )


def _column(column: Column, present: set[str]) -> str:
    return f'"{column.name}"' if column.name in present else f'NULL::{SQL_TYPES[column.kind]} AS "{column.name}"'


def _commented(view: str, table: Table) -> Iterator[str]:
    yield f"COMMENT ON VIEW {view} IS {_quoted(about(table))}"
    for column in columns_of(table):
        yield f'COMMENT ON COLUMN {view}."{column.name}" IS {_quoted(described(table, column))}'


def _about(book: Book) -> Iterator[str]:
    told = {
        "участок": book.settings.name, "папка": str(book.root), "версия таблиц": CONTRACT_VERSION,
        "время": f"моменты времени показывайте по Москве: SET TimeZone = '{MOSCOW}'",
        "суммы": "рубли, DECIMAL(18,2); SUM приводите обратно: SUM(outstanding_rub)::DECIMAL(18,2)",
        "месяцы": "open_items — все месяцы; latest.open_items — последний; for_month.open_items('2026-05') — один",
        "когда повторить raschet views": "папка участка переехала; появилась таблица или журнал, которых ещё не было",
    }
    rows = ", ".join(f"({_quoted(name)}, {_quoted(text)})" for name, text in told.items())
    yield f"CREATE OR REPLACE VIEW about AS SELECT * FROM (VALUES {rows}) AS told(name, meaning)"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
