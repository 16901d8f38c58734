"""What a part has to judge: its rows of every big table, from the pieces that were routed to it.

Rows that only the whole book can judge leave their part first: those that hang on an id of another part, and payments
that are not ordinary. They lie in work files of their own. Not here: judging for the whole book (`whole.py`), staging.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Final

import polars as pl

from pipeline.contracts import billing, events, metering, payments, registers
from pipeline.contracts.table import Table
from pipeline.domain.ingest.accounts import KNOWN_ACCOUNT, WRITTEN, with_known_account
from pipeline.domain.ingest.counts import counts_by_fate
from pipeline.domain.ingest.fates import ACCEPTED, of
from pipeline.domain.ingest.month import FEEDS_OF_ACCOUNTS, OF_ACCOUNTS, Ground, ground_of
from pipeline.domain.ingest.ordinary import Ordinary, judged_ordinary
from pipeline.storage.crossing import GROUP, hanging_together
from pipeline.storage.delivery_files import Stretch, empty_rows
from pipeline.storage.files import ROW_GROUP, read_parquet
from pipeline.storage.homes import HASH, MEANT, PART, forget_directories, hashed
from pipeline.storage.landing import LANDED
from pipeline.storage.parts import UNPLACED
from pipeline.storage.routing import FURTHER, NOBODY, Piece, Window
from pipeline.storage.run import MonthRun
from pipeline.storage.seen_before import forget_hashes, hashes_in, is_among
from pipeline.storage.work_files import folder_for, read_arrow, write_arrow

ASIDE: Final = "aside"
ORDINARY: Final = "ordinary"
MEANT_FILE: Final = "meant"
#: Spellings in documents of closed months, which every part looks at.
EVERY_PART: Final = -2
_GROUND: Final = (registers.SERVICES, registers.SERVICE_CONTRACTS, registers.CREDITORS, registers.CHANNELS,
                  registers.HOUSES, events.COURT_CASES, events.QUARANTINE_DECISIONS)
_DOCUMENTS: Final = (billing.BILLING_DOCUMENTS, billing.CHARGES)
_READINGS: Final = (registers.METERS, metering.METER_READINGS)
SET_ASIDE: Final = (*_DOCUMENTS, *_READINGS)
_ROW: Final = ("delivery_id", "row_number")


@dataclass(frozen=True)
class Routes:
    """What every part task is told: where its rows lie, and which of them the whole book judges.

    `shared` are hashes of ids of several parts, with the parts; `together` a file of hashes of payments that are not
    ordinary, `registries` those announced more than once.
    """

    pieces: Mapping[str, list[Piece]]
    window: Window
    shared: pl.DataFrame
    together: Path
    registries: list[str] = field(default_factory=list)

    def is_shared(self, part: str) -> bool:
        """Whether rows of the part hang on ids of another."""
        return number_of(part) in self.shared[PART]


@dataclass(frozen=True)
class Payments:
    """Ordinary payments of a part: their counts by delivery and fate, and what money as a whole must know of them."""

    counts: pl.DataFrame
    ordinary: Ordinary


def number_of(part: str) -> int:
    """The number of a part; -1 for rows of nobody."""
    return NOBODY if part == UNPLACED else int(part.removeprefix("part-"))


def rows_of(run: MonthRun, routes: Routes, part: str, table: Table) -> pl.DataFrame:
    """All rows of a table that were routed to a part, judged by their contract."""
    stretches = [
        routes.window.rows(piece.delivery, stretch).drop("fate").with_columns(pl.lit(False).alias(FURTHER))
        for piece in routes.pieces.get(part, ()) if piece.delivery.table.name == table.name
        for stretch in _handfuls(piece.stretch)
    ]
    # files of districts, put in the order of their ids: what lies in order need not be sorted again
    key = table.primary_key[0]
    stretches.sort(key=lambda rows: str(rows[key][0]) if rows.height else "")
    empty = empty_rows(table).drop("fate").with_columns(pl.lit(False).alias(FURTHER))
    written = read_arrow(folder_for(run, f"{table.name}/{part}", table), empty)
    return pl.concat([*stretches, written]).with_columns(pl.lit(None, dtype=pl.String()).alias("fate"))


def _handfuls(stretch: Stretch) -> Iterator[Stretch]:
    """A stretch in smaller ones: what is thrown away while its rows are judged by their contract stays small."""
    end = stretch.offset + stretch.rows
    for offset in range(stretch.offset, end, ROW_GROUP):
        yield Stretch(offset, min(ROW_GROUP, end - offset))


def own_rows(run: MonthRun, routes: Routes, part: str) -> dict[str, pl.DataFrame]:
    """Rows of a part that it judges by itself, by table; payments are not among them."""
    rows = {table.name: rows_of(run, routes, part, table) for table in (*OF_ACCOUNTS, *FEEDS_OF_ACCOUNTS)}
    if routes.is_shared(part):
        for table in SET_ASIDE:
            gone = pl.read_ipc(aside(run, table) / f"{part}.arrow")
            rows[table.name] = rows[table.name].join(gone, on=list(_ROW), how="anti", maintain_order="left")
    return rows


def ground_for(run: MonthRun, part: str | None = None) -> Ground:
    """What the rows of a part (or of the whole book) are judged by, from what ingest has staged."""
    meant = read_arrow(folder_for(run, MEANT_FILE), pl.DataFrame(schema=MEANT))
    if part is not None:
        meant = meant.filter(pl.col(PART).fill_null(NOBODY).is_in([number_of(part), EVERY_PART]))
    files = [file for table in _GROUND for file in run.staged_files(table.name)]
    ground = _ground_of_book(tuple((file.parent.name, file, file.stat().st_mtime_ns) for file in files))
    return replace(ground, spellings=meant.unique(WRITTEN).drop(PART))


@lru_cache(maxsize=1)
def _ground_of_book(files: tuple[tuple[str, Path, int], ...]) -> Ground:
    """What is the same for every part, read once a process: contracts of a region are as many as the accounts of ten
    parts. `files` are staged registers and events: table, file, when it was written."""
    staged = {name: read_parquet([file]) for name, file, _ in files}
    return ground_of(staged, pl.DataFrame(schema=MEANT).drop(PART))


def set_apart(run: MonthRun, part: str, routes: Routes) -> Payments:
    """Write the rows that the whole book judges, and judge the ordinary payments of the part.

    From here on rows have their parts, and no directory of the book is asked.
    """
    forget_directories()
    forget_hashes()
    ground = ground_for(run, part)
    if routes.is_shared(part):
        _set_aside(run, routes, part, ground)
    paid = rows_of(run, routes, part, payments.PAYMENTS)
    is_again = is_among(paid.select(hashed("payment_id")).to_series(), hashes_in(routes.together))
    is_corrected = paid["registry_id"].is_in(routes.registries).fill_null(False)
    is_together = is_again | paid["payment_id"].is_null() | is_corrected
    together = paid.filter(is_together)
    if together.height:
        write_arrow(aside(run, payments.PAYMENTS) / f"{part}.arrow", together)
    told, ordinary = judged_ordinary(ground.judged(payments.PAYMENTS, paid.filter(~is_together)))
    write_arrow(folder_for(run, ORDINARY) / f"{part}.arrow", of(told, ACCEPTED))
    return Payments(counts_by_fate({payments.PAYMENTS.name: told}), ordinary)


def aside(run: MonthRun, table: Table) -> Path:
    """Folder of the rows of a table that were set aside."""
    return folder_for(run, f"{ASIDE}/{table.name}")


def rows_aside(run: MonthRun, table: Table) -> pl.DataFrame:
    """Rows of a table that were set aside, of all parts."""
    empty = empty_rows(table).with_columns(pl.lit(False).alias(FURTHER))
    return read_arrow(aside(run, table), empty.select(*[name for name in empty.columns if name != "fate"], "fate"))


def _set_aside(run: MonthRun, routes: Routes, part: str, ground: Ground) -> None:
    seeds = routes.shared.filter(pl.col(PART) == number_of(part))[HASH].unique()
    rows = {table.name: rows_of(run, routes, part, table) for table in SET_ASIDE}
    documents = {
        name: with_known_account(rows[name], ground.spellings).with_columns(
            pl.coalesce(KNOWN_ACCOUNT, "account_id", "document_id").alias(GROUP)
        ) for name in ("billing_documents", "charges")
    }
    readings = {name: rows[name].with_columns(pl.col("meter_id").alias(GROUP)) for name in ("meters", "meter_readings")}
    _write_group(run, part, documents, seeds, {
        "billing_documents": ("document_id", "supersedes_document_id"), "charges": ("document_id",),
    })
    _write_group(run, part, readings, seeds, {"meters": ("meter_id",), "meter_readings": ("reading_id",)})


def _write_group(
    run: MonthRun, part: str, rows: Mapping[str, pl.DataFrame], seeds: pl.Series, ids: Mapping[str, tuple[str, ...]]
) -> None:
    links = [rows[name].select(GROUP, hashed(column)) for name, columns in ids.items() for column in columns]
    groups = hanging_together(pl.concat(links), seeds)
    for name, frame in rows.items():
        gone = frame.filter(pl.col(GROUP).is_in(groups.implode())).drop(GROUP, KNOWN_ACCOUNT, strict=False)
        write_arrow(aside(run, LANDED[name]) / f"{part}.arrow", gone)
