"""Journals: what left the building, one file a batch, `journal/<table>/<key>.parquet`. Nothing is ever rewritten."""

from __future__ import annotations

import os
import re
from typing import Final

import polars as pl

from pipeline.contracts.gate import gate
from pipeline.contracts.table import Table
from pipeline.errors import RaschetError
from pipeline.storage.book import Book
from pipeline.storage.files import parquet_files, read_parquet, scan_as, sweep, sync_folder, write_parquet
from pipeline.storage.shapes import to_inside, to_outside

_KEY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._=-]{0,150}")


class JournalConflict(RaschetError):
    """A batch of this key is in the journal and says something else."""


def append(book: Book, table: Table, key: str, frame: pl.DataFrame) -> bool:
    """Add one batch from its inside shape; False when the very same batch is already there."""
    if not _KEY.fullmatch(key):
        raise ValueError(f"journal key {key!r}: latin letters, digits, dot, dash and underscore only")
    outside = gate(to_outside(frame, table).sort(table.primary_key), table)
    file = book.require().journal / table.name / f"{key}.parquet"
    sweep(file.parent)
    private = file.with_name(f".{key}.{os.getpid()}.batch")
    write_parquet(private, outside)
    try:
        # unlike a rename, a link never replaces a file that somebody has written meanwhile
        os.link(private, file)
    except FileExistsError:
        if not read_parquet([file]).equals(outside):
            raise JournalConflict(
                f"В журнале {table.name} уже есть пачка {key} с другим содержанием; записи журнала не меняются",
                "Сверьте переданный список с журналом",
            ) from None
        return False
    finally:
        private.unlink(missing_ok=True)
    sync_folder(file.parent)
    return True


def read(book: Book, table: Table, *, since: str = "") -> pl.DataFrame:
    """The journal in the inside shape, in order of its keys' names, from the key `since`; empty before the first."""
    files = [file for file in parquet_files(book.journal / table.name) if file.stem >= since]
    return to_inside(scan_as(files, table.outside_schema), table).collect() if files else table.empty_inside()


def keys(book: Book, table: Table) -> list[str]:
    """Keys of the batches in the journal."""
    return [file.stem for file in parquet_files(book.journal / table.name)]
