"""What a scenario is computed from: the very deliveries, registers, journals and months of the version it is compared
with, as links, and the overrides.

Links lead to files of the real book that never change (copies of deliveries by content, closed months). What a month
writes goes beside them: a link to a single file is never written through. Not here: folders (`scenario.py`).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import polars as pl

from pipeline.billing_month import MOSCOW_NAME
from pipeline.contracts.catalogue import tables_of
from pipeline.contracts.debt import DISPATCHES
from pipeline.contracts.eligibility import ENTITLEMENTS
from pipeline.contracts.ingest import DELIVERIES
from pipeline.contracts.registers import ACCOUNTS, CHANNELS
from pipeline.contracts.table import Stage, Table
from pipeline.storage import journal
from pipeline.storage.arrivals import input_path
from pipeline.storage.book import Book
from pipeline.storage.files import parquet_files, read_parquet, write_bytes, write_parquet
from pipeline.storage.landing import AS_OF, LANDED, RECEIVED, Delivery, deliveries_in
from pipeline.storage.manifest import Version, published_months, published_version, versions_of
from pipeline.storage.overrides import BadOverride, Overrides
from pipeline.storage.scenario import SECTION
from pipeline.storage.settings import FILE, settings_text
from pipeline.storage.shapes import to_outside
from pipeline.storage.state import State

_SEEN: Final = "seen"
_DAY: Final = pl.col("received_at").dt.convert_time_zone(MOSCOW_NAME).dt.date()
_FILE: Final = ["table_name", "delivery_id", "day", "dated_by_code", "files"]


@dataclass(frozen=True, slots=True)
class Laid:
    """A scenario ready for its rooms, and what the overridden channels were before."""

    book: Book
    channels_before: Mapping[str, bool]


def laid_out(book: Book, base: Version, overrides: Overrides, root: Path) -> Laid:
    """The scenario's book in an empty folder, ready for the rooms of the month."""
    settings = replace(
        book.settings, rules={**book.settings.rules, **overrides.rules},
        sections={**book.settings.sections, SECTION: {"month": str(base.month), "compared_with": base.run_id}},
    )
    write_bytes(root / FILE, settings_text(settings).encode())
    (root / "personal").mkdir(mode=0o700)
    scenario = Book.at(root)
    _link_months(book, base, scenario)
    now, earlier = _files_of(State.of(book, base)), _files_before(book, base)
    _link_inputs(book, pl.concat([now, earlier]), scenario)
    # a file without a folder goes on through several months: it is read again with what it has of this one
    again = earlier.filter(pl.col("dated_by_code") == "rows")
    landed = pl.concat([now, again]).unique(["table_name", "delivery_id", "day"], keep="first", maintain_order=True)
    for one in landed.rows(named=True):
        _land(scenario, LANDED[one["table_name"]], one["delivery_id"], one)
    _land_earlier_accounts(book, base, now, scenario)
    _link_journals(book, base, scenario)
    return Laid(scenario, _override_channels(scenario, overrides))


def _link_months(book: Book, base: Version, scenario: Book) -> None:
    """Every month before, as it is published now: the links are resolved once."""
    for month in published_months(book):
        version = published_version(book, month) if month < base.month else None
        if version is not None:
            _link(scenario.published(month), version.folder)


def _files_of(state: State) -> pl.DataFrame:
    """Deliveries that one month read: a row of `_FILE` each; those re-admitted come back by their decisions."""
    return _as_files(state.read(DELIVERIES).filter(pl.col("status_code") != "readmitted"))


def _files_before(book: Book, base: Version) -> pl.DataFrame:
    before = published_version(book, base.month.previous)
    read = State.of(book, before).keyed(DELIVERIES) if before else DELIVERIES.empty_inside()
    return _as_files(read)


def _as_files(deliveries: pl.DataFrame) -> pl.DataFrame:
    # the rows of a file without a folder say its days: one file, however many
    day = pl.when(pl.col("dated_by_code") != "rows").then(_DAY)
    return (
        deliveries.filter(pl.col("table_name").is_in(list(LANDED)))
        .select("table_name", "delivery_id", "dated_by_code", "files", day=day)
        .select(_FILE).unique().sort(_FILE, nulls_last=True)
    )


def _link_inputs(book: Book, files: pl.DataFrame, scenario: Book) -> None:
    wanted = files.select("table_name", "delivery_id").unique().sort("table_name", "delivery_id")
    for name, delivery_id in wanted.rows():
        table = LANDED[name]
        link = input_path(scenario, table, delivery_id)
        if not link.is_symlink():
            _link(link, input_path(book, table, delivery_id))


def _land(scenario: Book, table: Table, delivery_id: str, one: dict[str, object]) -> None:
    """The delivery where the landing had it: as many copies, of the same day."""
    folder = scenario.landing / table.name
    if one["day"] is not None:
        folder /= f"{AS_OF if table.stage is Stage.REGISTER else RECEIVED}={one['day']}"
    for copy in range(int(str(one["files"]))):
        _link(folder / f"{delivery_id}-{copy + 1}.parquet", input_path(scenario, table, delivery_id).resolve())


def _land_earlier_accounts(book: Book, base: Version, now: pl.DataFrame, scenario: Book) -> None:
    """Snapshots of accounts before the one that counts: positions in the index follow the first arrival."""
    counted = now.filter(pl.col("table_name") == ACCOUNTS.name)["day"].to_list()
    for one in deliveries_in(book.landing, Stage.REGISTER, until=base.as_of):
        is_earlier = one.table is ACCOUNTS and one.arrived_on is not None and one.arrived_on < max(counted)
        if is_earlier and input_path(book, one.table, one.delivery_id).is_file():
            _land_copy(book, one, scenario)


def _land_copy(book: Book, one: Delivery, scenario: Book) -> None:
    link = input_path(scenario, one.table, one.delivery_id)
    if not link.is_symlink():
        _link(link, input_path(book, one.table, one.delivery_id))
    _land(scenario, one.table, one.delivery_id, {"day": one.arrived_on, "files": one.files})


def _override_channels(scenario: Book, overrides: Overrides) -> dict[str, bool]:
    """The register of channels with other answers to «is it the centre's own online channel»; the answers before."""
    if not overrides.channels:
        return {}
    files = sorted((scenario.landing / CHANNELS.name).rglob("*.parquet"))
    known = dict(row for file in files for row in read_parquet([file]).select("channel_code", "is_own_online").rows())
    for code in overrides.channels:
        if code not in known:
            raise BadOverride(f"В реестре channels нет канала «{code}»", f"Есть каналы: {', '.join(sorted(known))}")
    told = pl.col("channel_code").replace_strict(dict(overrides.channels), default=None, return_dtype=pl.Boolean)
    for file in files:
        rows = read_parquet([file]).with_columns(pl.coalesce(told, "is_own_online").alias("is_own_online"))
        file.unlink()
        write_parquet(file, rows)
    return {code: bool(known[code]) for code in overrides.channels}


def _link_journals(book: Book, base: Version, scenario: Book) -> None:
    """What had left and what had been granted when the version was made, not since."""
    for table in tables_of(Stage.JOURNAL):
        if table is DISPATCHES:
            left = to_outside(_dispatched_before(book, base), table)
            write_parquet(scenario.journal / table.name / f"{_SEEN}.parquet", left)
            continue
        for file in parquet_files(book.journal / table.name):
            if table is not ENTITLEMENTS or file.stem < str(base.month):
                _link(scenario.journal / table.name / file.name, file)


def _dispatched_before(book: Book, base: Version) -> pl.DataFrame:
    """Without what left by the lists of this version or of a later one: it was made before they went out."""
    later = [version.run_id for version in versions_of(book, base.month) if version.published_at >= base.published_at]
    return journal.read(book, DISPATCHES).filter(
        pl.col("run_month") <= base.month.first_day, ~pl.col("run_id").is_in(later)
    )


def _link(link: Path, target: Path) -> None:
    """Relative, so that a book may be moved with its scenarios."""
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(os.path.relpath(target, link.parent))
