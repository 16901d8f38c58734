"""Rows of big tables find the parts of their accounts, batch by batch, once a night.

A large file whose rows lie by account is only looked through: its ids say which stretch of it belongs to which part,
and the part reads that stretch itself. Small files, and files in another order, are read whole and written once more,
part by part. Either way a part finds all its rows and only them, and no process holds more than a batch.

What is found on the way is returned with the pieces: ids that tie rows together with their parts (`crossing.py`), and
account ids that are written otherwise than the book spells them. Not here: judging.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Final

import polars as pl

from pipeline.contracts.billing import BILLING_DOCUMENTS, CHARGES
from pipeline.contracts.payments import PAYMENTS
from pipeline.domain.ingest.accounts import KNOWN_ACCOUNT, WRITTEN, with_known_account
from pipeline.storage.crossing import tied
from pipeline.storage.delivery_files import Stretch, outside_rows, taken
from pipeline.storage.homes import HASH, ID, MEANT, PART, hashed, home_key, homes_told, parts_told
from pipeline.storage.landing import LANDED, Delivery
from pipeline.storage.parts import UNPLACED, part_name, spread
from pipeline.storage.run import MonthRun
from pipeline.storage.work_files import folder_for, write_arrow

#: Rows that are looked at together: bounds the memory of a batch, whatever the size of a file.
BATCH_ROWS: Final = 524_288
#: A smaller file is put together with others: a stretch of it would not be worth its own reading.
_LARGE: Final = 8_192
_MOST_STRETCHES: Final = 64
#: Starting a process costs as much as looking through so many rows.
_LANE_ROWS: Final = 1_000_000
_MOST_LANES: Final = 32
#: Where a row stands when a flat or a person has several homes: only in the first of them it is counted.
FURTHER: Final = "is_further"
#: Columns whose values tie rows together, over all parts.
_TIES: Final = {
    "billing_documents": ("document_id", "supersedes_document_id"), "charges": ("document_id",),
    "meter_readings": ("reading_id",), "meters": ("meter_id",), "payments": ("payment_id",),
    "accounts": ("premises_id",), "rights": ("person_id",),
}
#: Money is read whole before anything else: a file with an amount that cannot be read is refused.
_READ_WHOLE: Final = ("payments",)
_SEVERAL_HOMES: Final = ("premises", "rights", "registrations", "persons", "contacts")
LATE: Final = {"billing_month": pl.Date(), HASH: pl.UInt64()}
NOBODY: Final = -1


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows of one part that lie one after another in a delivery."""

    part: str
    delivery: Delivery
    stretch: Stretch


@dataclass(frozen=True, slots=True)
class Batch:
    """Files of a table that are looked at together, or a stretch of a large one; or rows that are taken already."""

    number: int
    table: str
    deliveries: tuple[Delivery, ...] = ()
    stretch: Stretch | None = None
    rows: pl.DataFrame | None = None
    height: int = 0


@dataclass(frozen=True)
class Window:
    """Which rows of files without a folder belong to the month, and where the arrival of their lines is told."""

    until: datetime
    since: datetime
    billed: date
    going_on: frozenset[tuple[str, str]]
    arrival_of_documents: Path | None = None

    def rows(self, delivery: Delivery, stretch: Stretch | None = None) -> pl.DataFrame:
        """Rows of a delivery (or of a stretch of it) that belong to the month, judged by their contract."""
        is_dated_by_documents = delivery.table.name == CHARGES.name and delivery.arrived_on is None
        dates = self.arrival_of_documents if is_dated_by_documents else None
        rows = taken(delivery, stretch=stretch, documents=pl.read_ipc(dates) if dates else None).rows
        if delivery.arrived_on is not None:
            return rows
        rows = rows.filter(pl.col("received_at") <= self.until)
        is_going_on = (delivery.table.name, delivery.delivery_id) in self.going_on
        return rows.filter(pl.col("received_at") >= self.since) if is_going_on else rows


@dataclass(frozen=True)
class Routed:
    """What a batch is found to hold: stretches by part, ties by table and column (`crossing.tied`), account ids that
    are written otherwise than the book spells them, documents of other months (`billing_month`, `hash` of the
    account), and the tables of which it has any row."""

    pieces: list[Piece] = field(default_factory=list)
    ties: dict[str, pl.Series] = field(default_factory=dict)
    meant: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=MEANT))
    late: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=LATE))
    tables: frozenset[str] = frozenset()


def batches(files: Sequence[tuple[Delivery, int]], readmitted: dict[str, pl.DataFrame]) -> list[Batch]:
    """Deliveries (with their rows) in batches: large ones in stretches, small ones together."""
    found = [*_large(files), *_small(files)]
    found += [Batch(0, name, rows=rows) for name, rows in readmitted.items() if rows.height]
    return [replace(batch, number=number) for number, batch in enumerate(found)]


def routed(run: MonthRun, plan: Sequence[Batch], directories: dict[str, Path], window: Window) -> list[Routed]:
    """All batches, spread over the workers of the book; results in the order of the batches."""
    lanes = lanes_for(plan)
    task = partial(_lane, run, list(plan), directories, window, lanes)
    found = [one for lane in spread(task, [str(lane) for lane in range(lanes)], run.book.workers) for one in lane]
    return [one for _, one in sorted(found, key=lambda each: each[0])]


def lanes_for(plan: Sequence[Batch]) -> int:
    """Over how many tasks batches are dealt: one, which needs no further process, where there is little to look at."""
    rows = sum(batch.height for batch in plan)
    return min(len(plan), _MOST_LANES, 1 + rows // _LANE_ROWS)


def _lane(
    run: MonthRun, plan: list[Batch], directories: dict[str, Path], window: Window, lanes: int, lane: str
) -> list[tuple[int, Routed]]:
    """Every so manieth batch: neighbours are of like size."""
    return [(batch.number, _of_batch(run, batch, directories, window)) for batch in plan[int(lane)::lanes]]


def _large(files: Sequence[tuple[Delivery, int]]) -> Iterator[Batch]:
    for one, rows in files:
        if rows >= _LARGE:
            for offset in range(0, rows, BATCH_ROWS):
                height = min(BATCH_ROWS, rows - offset)
                yield Batch(0, one.table.name, (one,), Stretch(offset, height), height=height)


def _small(files: Sequence[tuple[Delivery, int]]) -> Iterator[Batch]:
    for name in dict.fromkeys(one.table.name for one, _ in files):
        together: list[Delivery] = []
        height = 0
        for one, rows in files:
            if one.table.name == name and rows < _LARGE:
                together.append(one)
                height += rows
                if height >= BATCH_ROWS // 2:
                    yield Batch(0, name, tuple(together), height=height)
                    together, height = [], 0
        if together:
            yield Batch(0, name, tuple(together), height=height)


def _of_batch(run: MonthRun, batch: Batch, directories: dict[str, Path], window: Window) -> Routed:
    directory = directories.get(home_key(LANDED[batch.table]) or "")
    by_stretch = _by_stretch(batch, directory, window) if batch.stretch and batch.table not in _READ_WHOLE else None
    if by_stretch is not None:
        return by_stretch
    rows = batch.rows
    if rows is None:
        rows = pl.concat([window.rows(one, batch.stretch) for one in batch.deliveries])
    return _written(run, batch, rows, directory, window)


def _by_stretch(batch: Batch, directory: Path | None, window: Window) -> Routed | None:
    """Stretches of a large file by part, from its ids alone; None where its rows lie in another order, or a flat or a
    person has several homes."""
    (one,), stretch, key = batch.deliveries, batch.stretch, home_key(LANDED[batch.table]) or ""
    if one.arrived_on is None or stretch is None:
        return None
    month = ("billing_month",) if batch.table == BILLING_DOCUMENTS.name else ()
    wanted = dict.fromkeys((key, *_TIES.get(batch.table, ()), *month))
    ids, _ = outside_rows(one, stretch=stretch, columns=list(wanted))
    # lines of one document lie together: from here on its first row stands for all of them
    is_first = pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift(1)) for name in wanted)
    runs = ids.filter(is_first | (pl.int_range(pl.len()) == 0))
    told = parts_told(runs[key], directory)
    if told is None:
        return None
    parts, meant = told
    placed = runs.with_columns(parts.fill_null(NOBODY))
    starts = placed.filter(pl.col(PART).ne_missing(pl.col(PART).shift(1))).select(PART, start=pl.col("row_number") - 1)
    if starts.height > _MOST_STRETCHES:
        return None
    following = pl.col("start").shift(-1).fill_null(stretch.offset + ids.height)
    pieces = [
        Piece(_name(part), one, Stretch(start, length))
        for start, length, part in starts.select("start", (following - pl.col("start")).alias("rows"), PART).rows()
    ]
    return Routed(
        pieces, _ties(placed, batch.table), meant, _late(placed, meant, window), frozenset([batch.table])
    )


def _written(run: MonthRun, batch: Batch, rows: pl.DataFrame, directory: Path | None, window: Window) -> Routed:
    """Rows of a batch, written once more for each part; a flat or a person of two parts goes to both."""
    table = LANDED[batch.table]
    key = home_key(table) or ""
    placed, meant = _placed(rows.drop("fate"), key, directory, goes_to_all=batch.table in _SEVERAL_HOMES)
    for (part,), mine in placed.partition_by(PART, as_dict=True, maintain_order=True).items():
        folder = folder_for(run, f"{table.name}/{_name(int(str(part)))}", table)
        write_arrow(folder / f"{batch.number:05d}.arrow", mine.drop(PART))
    found = frozenset([batch.table] if rows.height else [])
    return Routed([], _ties(placed, batch.table), meant, _late(placed, meant, window), found)


def _placed(
    rows: pl.DataFrame, key: str, directory: Path | None, *, goes_to_all: bool
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows with their part, once for every home if each `goes_to_all` of them; and what other spellings mean."""
    is_first = pl.lit(False).alias(FURTHER)
    if told := parts_told(rows[key], directory):
        return rows.with_columns(told[0].fill_null(NOBODY), is_first), told[1]
    homes, meant = homes_told(rows[key], directory)
    first = homes.unique(ID, keep="first", maintain_order=True).with_columns(is_first)
    further = homes.join(first, on=[ID, PART], how="anti").with_columns(pl.lit(True).alias(FURTHER))
    # a meter of two parts is set aside with its readings (`crossing.py`): these need one home only
    homes = pl.concat([first, further if goes_to_all else further.clear()])
    placed = rows.join(homes, left_on=key, right_on=ID, how="left", maintain_order="left")
    return placed.with_columns(pl.col(PART).fill_null(NOBODY), pl.col(FURTHER).fill_null(False)), meant


def _ties(rows: pl.DataFrame, table: str) -> dict[str, pl.Series]:
    """Ids of a batch with the parts where they are, by table and column; of payments every one, to tell repeats."""
    told = {f"{table}.{column}": tied(rows, column) for column in _TIES.get(table, ())}
    if table == PAYMENTS.name:
        return told
    # lines of a document lie together: neighbours say the same
    return {name: ties.filter(ties.ne_missing(ties.shift(1))) for name, ties in told.items()}


def _late(rows: pl.DataFrame, meant: pl.DataFrame, window: Window) -> pl.DataFrame:
    """Accounts with documents of another month than the one that is billed."""
    if "billing_month" not in rows.columns:
        return pl.DataFrame(schema=LATE)
    others = rows.filter(pl.col("billing_month") != window.billed)
    placed = with_known_account(others, meant.select(WRITTEN, KNOWN_ACCOUNT))
    return placed.select("billing_month", hashed(KNOWN_ACCOUNT)).unique()


def _name(part: int) -> str:
    return UNPLACED if part == NOBODY else part_name(part)
