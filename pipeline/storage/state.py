"""The state of a month: what the month before published, read in the inside shape; older months only by key.

There is no second copy of the state: these are the published files themselves. The link is resolved once, when the
run begins, so a run reads one version whatever happens meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from pipeline.billing_month import BillingMonth
from pipeline.contracts.table import Table
from pipeline.storage.book import Book
from pipeline.storage.files import parquet_files, scan_as
from pipeline.storage.manifest import Version, published_version
from pipeline.storage.shapes import inside

RUN_MONTH: Final = "run_month"
Keys = pl.Series | Sequence[str]


@dataclass(frozen=True, slots=True)
class State:
    """The published version of one month. Without a folder it is the nothing before the opening."""

    book: Book
    month: BillingMonth
    folder: Path | None
    manifest_hash: str

    @classmethod
    def of(cls, book: Book, version: Version) -> State:
        """The state that a version is."""
        return cls(book, version.month, version.folder, version.content_hash)

    @classmethod
    def before_opening(cls, book: Book) -> State:
        """Nothing was before the opening."""
        return cls(book, book.opening_month.previous, None, "")

    @property
    def is_opening(self) -> bool:
        """The month starts from the opening feeds: it is the first of the book."""
        return self.month == self.book.opening_month

    def read(self, table: Table, part: str | None = None, *, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """A table of the state, or some of its inside columns; empty where the opening did not hold it or the part is
        new."""
        files = _files(self.folder, table.name, part)
        read = [column for column in table.columns if columns is None or column.inside_name in columns]
        if not files:
            return table.empty_inside().select(column.inside_name for column in read)
        return scan_as(files, table.outside_schema).select(inside(column) for column in read).collect()

    def slices(
        self, table: Table, rows: int, *, columns: Sequence[str] | None = None
    ) -> Iterator[pl.DataFrame]:
        """What `read` gives of a table that is too long to be held, so many rows at a time; one frame at least."""
        read = [column for column in table.columns if columns is None or column.inside_name in columns]
        if not (files := _files(self.folder, table.name, None)):
            yield table.empty_inside().select(column.inside_name for column in read)
            return
        told = scan_as(files, table.outside_schema).select(inside(column) for column in read)
        height = told.select(pl.len()).collect().item()
        for first in range(0, max(height, 1), rows):
            yield told.slice(first, rows).collect()

    def parts(self, table: Table) -> list[str]:
        """Parts in which the table lies, in order."""
        return [file.stem for file in _files(self.folder, table.name, None)]

    def holds(self, table: Table) -> bool:
        """Whether it has the table at all: a month that an older version of the program closed may not."""
        return bool(_files(self.folder, table.name, None))

    def parquet(self, name: str) -> str:
        """Glob of the table's files, in the outside shape, for SQL."""
        return str((self.folder or self.book.root) / name / "*.parquet")

    def months_back(self, months: int) -> list[BillingMonth]:
        """Up to so many published months that end with this state, the opening included."""
        first = max(self.book.opening_month, self.month.plus(1 - months))
        return list(BillingMonth.range(first, self.month))

    def keyed(
        self, table: Table, months: Iterable[BillingMonth] | None = None, *, part: str | None = None,
        columns: Sequence[str] | None = None, with_run_month: bool = False, **ids: Keys,
    ) -> pl.DataFrame:
        """Rows of older published months for given ids, in the inside shape, month by month.

        `account_ids=`, `payment_ids=`, `document_ids=`… name the key column without its plural s; several must all
        match. `months` default to all since the opening. `columns` are inside names. `with_run_month` adds the
        month that published the row.
        """
        wanted = BillingMonth.range(self.book.opening_month, self.month) if months is None else months
        frames = [
            _keyed(folder, table, part, columns, ids).with_columns(pl.lit(month.first_day).alias(RUN_MONTH))
            for month in sorted(wanted)
            if month <= self.month and (folder := self._folder_of(month)) is not None
        ]
        names = list(columns or table.inside_names)
        empty = table.empty_inside().with_columns(pl.lit(None, pl.Date).alias(RUN_MONTH))
        return pl.concat([empty.select(*names, RUN_MONTH), *frames]).select(
            *names, *([RUN_MONTH] if with_run_month else [])
        )

    def newest(
        self, table: Table, months: Iterable[BillingMonth], key: str, ids: Keys, *, part: str | None = None,
        columns: Sequence[str],
    ) -> pl.DataFrame:
        """Rows of each id in the newest month that has it, with RUN_MONTH: month by month backwards, only for ids not
        met yet. What moves now was mostly posted a month or two ago, so older months are hardly ever opened."""
        wanted = pl.Series(key, ids, dtype=pl.String).unique().drop_nulls().sort()
        found = [self.keyed(table, [], columns=columns, with_run_month=True)]
        for month in sorted(months, reverse=True):
            if wanted.is_empty():
                break
            rows = self.keyed(table, [month], part=part, columns=columns, with_run_month=True, **{f"{key}s": wanted})
            found.append(rows)
            wanted = wanted.filter(~wanted.is_in(rows[key].implode()))
        return pl.concat(found)

    def _folder_of(self, month: BillingMonth) -> Path | None:
        if month == self.month:
            return self.folder
        version = published_version(self.book, month)
        return version.folder if version else None


def _keyed(
    folder: Path, table: Table, part: str | None, columns: Sequence[str] | None, ids: dict[str, Keys]
) -> pl.DataFrame:
    files = _files(folder, table.name, part)
    wanted = [column for column in table.columns if columns is None or column.inside_name in columns]
    order = list(columns or table.inside_names)
    if not files:
        return table.empty_inside().select(order)
    rows = scan_as(files, table.outside_schema)
    for plural, keys in ids.items():
        key = plural.removesuffix("s")
        known = pl.Series(key, keys, dtype=pl.String).unique().drop_nulls()
        if known.is_empty():
            return table.empty_inside().select(order)
        # files are sorted by key: the range skips row groups; a predicate, unlike a join, spares the other columns of
        # rows that it refuses
        rows = rows.filter(
            pl.col(key).is_between(pl.lit(known.min()), pl.lit(known.max())), pl.col(key).is_in(known.implode())
        )
    return rows.select(inside(column) for column in wanted).select(order).collect()


def _files(folder: Path | None, name: str, part: str | None) -> list[Path]:
    if folder is None:
        return []
    files = parquet_files(folder / name)
    return files if part is None else [file for file in files if file.stem == part]
