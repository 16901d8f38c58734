"""Rows of closed months that bear an id of the cycle, for a book in parts: found by hashes of ids, over all workers.

Of an old file only its ids are read; its rows only where an id came again. Documents are also asked for by account, in
the months that are billed now, where an older one may hold their place. What is found lies in work files for all parts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Final

import polars as pl

from pipeline.billing_month import BillingMonth
from pipeline.contracts import billing, ledger, metering
from pipeline.storage.delivery_files import empty_rows, outside_rows, taken
from pipeline.storage.files import parquet_files
from pipeline.storage.homes import HASH, ID, hashed, homes_in
from pipeline.storage.known import standing
from pipeline.storage.landing import Delivery
from pipeline.storage.manifest import published_version
from pipeline.storage.parts import spread
from pipeline.storage.run import MonthRun
from pipeline.storage.shapes import inside
from pipeline.storage.stored_rows import known_deliveries
from pipeline.storage.work_files import folder_for, read_arrow, write_arrow

#: Starting a process costs as much as looking through so many files.
_LANE_FILES: Final = 64
_MOST_LANES: Final = 32
_DOCUMENT: Final = ("document_id", "supersedes_document_id", "account_id", "billing_month")


@dataclass(frozen=True)
class Sought:
    """What is looked for: files of the cycle's hashes in order, accounts with documents of other months than the one
    that is `billed`, all months of the cycle's documents, and the directory of accounts."""

    documents: Path
    replaced: Path
    readings: Path
    payments: Path
    accounts: Path
    late: pl.DataFrame
    billed: date

    @property
    def months(self) -> list[date]:
        """Months that are billed now."""
        return [*self.late["billing_month"].drop_nulls().unique().sort(), self.billed]


_Look = tuple[Callable[..., Any], Delivery | Path]


def seen_before(
    run: MonthRun, closed: pl.DataFrame, refused: pl.DataFrame, back: Sequence[BillingMonth], sought: Sought
) -> pl.DataFrame:
    """Find documents, their lines and readings of closed months (see `known_feeds`); payments are returned."""
    looks: list[_Look] = [
        *((_documents_in, one) for one in known_deliveries(run.book, closed, billing.BILLING_DOCUMENTS)),
        *((_readings_in, one) for one in known_deliveries(run.book, closed, metering.METER_READINGS)),
        *((_posted_in, file) for file in _posted(run, back)),
    ]
    posted = _over(run, looks, refused, sought)
    again = _again(run, sought)
    if again.len():
        lines = known_deliveries(run.book, closed, billing.CHARGES)
        _over(run, [(partial(_lines_in, again), one) for one in lines], refused, sought)
    return posted


def known_feeds(run: MonthRun) -> dict[str, pl.DataFrame]:
    """What `seen_before` has found, by table: few rows, for every part to look at."""
    return {
        table.name: read_arrow(folder_for(run, f"known_{table.name}"), empty_rows(table))
        for table in (billing.BILLING_DOCUMENTS, billing.CHARGES, metering.METER_READINGS)
    }


def is_among(hashes: pl.Series, sorted_hashes: pl.Series) -> pl.Series:
    """Which hashes are in a list of hashes in order: a search by halves, no table is built."""
    if sorted_hashes.is_empty():
        return pl.repeat(False, hashes.len(), eager=True)
    place = sorted_hashes.search_sorted(hashes.fill_null(0)).clip(0, sorted_hashes.len() - 1)
    return (sorted_hashes[place] == hashes).fill_null(False)


def hashes_in(file: Path) -> pl.Series:
    """A file of hashes, read once a process."""
    return _read(file, file.stat().st_mtime_ns)


def forget_hashes() -> None:
    """Give back what this process has read of them."""
    _read.cache_clear()


@lru_cache(maxsize=4)
def _read(file: Path, _written_at: int) -> pl.Series:
    return pl.read_ipc(file)[HASH]


def _over(run: MonthRun, looks: Sequence[_Look], refused: pl.DataFrame, sought: Sought) -> pl.DataFrame:
    lanes = min(_MOST_LANES, 1 + len(looks) // _LANE_FILES)
    task = partial(_lane, run, list(looks), refused, sought, lanes)
    found = spread(task, [str(lane) for lane in range(lanes)], run.book.workers)
    return pl.concat([ledger.POSTED_PAYMENTS.empty_inside(), *found])


def _lane(
    run: MonthRun, looks: list[_Look], refused: pl.DataFrame, sought: Sought, lanes: int, lane: str
) -> pl.DataFrame:
    """Rows of feeds are written, payments are returned."""
    payments = [ledger.POSTED_PAYMENTS.empty_inside()]
    for number, (look, one) in list(enumerate(looks))[int(lane)::lanes]:
        if isinstance(one, Path):
            payments.append(_posted_in(one, sought))
            continue
        numbers = look(one, sought)
        if numbers.len():
            rows = taken(one, where=pl.col("row_number").is_in(numbers.implode())).rows
            folder = folder_for(run, f"known_{one.table.name}")
            write_arrow(folder / f"{number:05d}.arrow", standing(rows, one.table, refused))
    return pl.concat(payments)


def _documents_in(one: Delivery, sought: Sought) -> pl.Series:
    """Documents whose id came again or that one of the cycle replaces, and of the months that are billed now those that
    may matter: of the month itself, replacing another, or of an account that has such a document again."""
    rows, _ = outside_rows(one, columns=_DOCUMENT)
    again = is_among(_hashes(rows, "document_id"), hashes_in(sought.documents))
    replaced = is_among(_hashes(rows, "document_id"), hashes_in(sought.replaced))
    rows = rows.with_columns(_is_named=again | replaced)
    is_billed = pl.col("billing_month").is_in(sought.months)
    written = rows.filter(is_billed).get_column("account_id").unique().to_frame(ID)
    strange = written.join(homes_in(sought.accounts, written[ID]), on=ID, how="anti")[ID]
    rows = rows.with_columns(hashed("account_id")).join(
        sought.late.with_columns(_is_late=True), on=["billing_month", HASH], how="left", maintain_order="left"
    )
    matters = pl.any_horizontal(
        pl.col("billing_month") == sought.billed, pl.col("supersedes_document_id").is_not_null(),
        pl.col("_is_late").fill_null(False), pl.col("account_id").is_in(strange.implode()),
    )
    return rows.filter(pl.col("_is_named") | (is_billed & matters).fill_null(False))["row_number"]


def _readings_in(one: Delivery, sought: Sought) -> pl.Series:
    rows, _ = outside_rows(one, columns=["reading_id"])
    return rows.filter(is_among(_hashes(rows, "reading_id"), hashes_in(sought.readings)))["row_number"]


def _lines_in(again: pl.Series, one: Delivery, sought: Sought) -> pl.Series:
    return outside_rows(one, columns=["document_id"])[0].filter(
        pl.col("document_id").is_in(again.implode())
    )["row_number"]


def _again(run: MonthRun, sought: Sought) -> pl.Series:
    """Ids of documents of closed months that came again."""
    found = known_feeds(run)["billing_documents"]
    return found.filter(is_among(_hashes(found, "document_id"), hashes_in(sought.documents)))["document_id"].unique()


def _posted(run: MonthRun, back: Sequence[BillingMonth]) -> list[Path]:
    versions = [published_version(run.book, month) for month in back]
    return [file for version in versions if version is not None
            for file in parquet_files(version.folder / ledger.POSTED_PAYMENTS.name)]


def _posted_in(file: Path, sought: Sought) -> pl.DataFrame:
    """Payments of a published file whose id came again."""
    table = ledger.POSTED_PAYMENTS
    stored = pl.scan_parquet(file, hive_partitioning=False, glob=False)
    ids = stored.select("payment_id").collect()
    again = ids.filter(is_among(_hashes(ids, "payment_id"), hashes_in(sought.payments)))["payment_id"]
    if again.is_empty():
        return table.empty_inside()
    rows = stored.filter(pl.col("payment_id").is_in(again.implode()))
    return rows.select(inside(column) for column in table.columns).collect()


def _hashes(rows: pl.DataFrame, column: str) -> pl.Series:
    return rows.select(hashed(column)).to_series()
