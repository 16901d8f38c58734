"""Every text that a folder of a book holds, in whatever kind of file, and which secrets are in it."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

import polars as pl

#: Characters that are searched at once.
BATCH = 1 << 24
SQLITE = b"SQLite format 3\x00"


def found_in(files: Iterable[Path], secrets: Iterable[str]) -> dict[str, list[str]]:
    """Secrets that a file shows or that its name holds, by file; texts of compressed columns are looked through too."""
    meant = {written: secret for secret in secrets for written in escaped(secret)}
    told: dict[str, set[str]] = {}
    for texts in _batches(files):
        # to prepare thousands of words for a search takes longer than to search a file
        shown = texts.with_columns(
            written=pl.col("text").str.extract_many(list(meant), overlapping=True).list.unique()
        ).explode("written").drop_nulls("written")
        for file, text, written in shown.iter_rows():
            if not written.isdigit() or _stands_alone(written, text):
                told.setdefault(file, set()).add(meant[written])
    return {file: sorted(found) for file, found in told.items()}


def _batches(files: Iterable[Path]) -> Iterator[pl.DataFrame]:
    """Texts of files and their names, some megabytes at once."""
    texts: list[tuple[str, str]] = []
    size = 0
    for file in files:
        for text in (str(file), *texts_of(file)):
            texts.append((str(file), text))
            size += len(text)
        if size > BATCH:
            yield pl.DataFrame(texts, schema=["file", "text"], orient="row")
            texts, size = [], 0
    yield pl.DataFrame(texts, schema={"file": pl.String, "text": pl.String}, orient="row")


def _stands_alone(digits: str, text: str) -> bool:
    """A phone is a number of its own: the same digits inside a longer number, as a width in a chart, are none."""
    return re.search(rf"(?:^|[^0-9]){digits}(?:[^0-9]|$)", text) is not None


def found_in_text(text: str, secrets: Iterable[str]) -> list[str]:
    return sorted(secret for secret in secrets if secret in text)


def escaped(secret: str) -> set[str]:
    """As it is, and as JSON writes Cyrillic: once, and again when JSON is kept inside JSON."""
    once = json.dumps(secret)[1:-1]
    twice = json.dumps(once)[1:-1]
    return {secret, once, twice, json.dumps(twice)[1:-1]}


def texts_of(file: Path) -> Iterator[str]:
    content = file.read_bytes()
    yield content.decode("utf-8", errors="replace")
    if file.suffix == ".parquet":
        yield pl.read_parquet(file, hive_partitioning=False, glob=False).write_ndjson()
    if content.startswith(SQLITE):
        yield from _tables_of(file)


def _tables_of(file: Path) -> Iterator[str]:
    """Values whole: pages of the file may cut a long text in two."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as record:
        tables = [name for (name,) in record.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            rows = record.execute(f'SELECT * FROM "{table}"')
            yield "\n".join(str(value) for row in rows for value in row)


def files_below(folder: Path, *left_out: Path) -> list[Path]:
    """Files of a folder but for some folders of it; links lead to files that are met anyway."""
    return sorted(
        file for file in folder.rglob("*")
        if file.is_file() and not file.is_symlink() and not any(out in file.parents for out in left_out)
    )
