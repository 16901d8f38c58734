"""What lies in the landing folder: files by table and by the day they arrived. Names and hashes only.

    landing/<table>/received=YYYY-MM-DD/*.parquet   a delivery of that day
    landing/<register>/as_of=YYYY-MM-DD/*.parquet   a register as it was on that day
    landing/<table>/*.parquet                       no folder: each row's own date says when it arrived

A file under a hidden name is still being written and is not looked at. Anything else that is no Parquet file, or a
folder whose date cannot be read, is a mistake to mend, never passed over in silence.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Final

from pipeline.contracts.catalogue import tables_of
from pipeline.contracts.table import Stage, Table
from pipeline.errors import RaschetError
from pipeline.storage.file_hashes import FileHashes
from pipeline.storage.files import sha256_of

RECEIVED: Final = "received"
AS_OF: Final = "as_of"
#: A register without a date holds from ever; any dated snapshot replaces it.
TIMELESS: Final = date(1970, 1, 1)
_DATED: Final = re.compile(r"(received|as_of)=(\d{4}-\d{2}-\d{2})")
LANDED: Final = {
    table.name: table
    for table in tables_of(Stage.FEED, Stage.REGISTER, Stage.DIRECTORY, Stage.EVENT, Stage.OPENING)
}
_SNAPSHOTS: Final = (Stage.REGISTER, Stage.DIRECTORY)


class BadDelivery(RaschetError):
    """A file or folder of a delivery that cannot be taken in as it is."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One file by content: of which table, of which day (None: its rows say), where it lies, its name for messages,
    how many copies of it came that day."""

    table: Table
    delivery_id: str
    arrived_on: date | None
    path: Path
    shown: str
    files: int = 1

    @property
    def is_snapshot(self) -> bool:
        return self.table.stage in _SNAPSHOTS

    @property
    def dated_by(self) -> str:
        """`folder`, `rows` or `snapshot`: as the table `deliveries` says it."""
        return "snapshot" if self.is_snapshot else "rows" if self.arrived_on is None else "folder"


def deliveries_in(
    landing: Path, *stages: Stage, until: date | None = None, hashes: FileHashes | None = None
) -> list[Delivery]:
    """Deliveries of the tables of these stages that arrived by `until`, one for all copies in a folder; `hashes` spare
    reading what an earlier night has read.

    A file without a folder that is also in a dated one is a further copy of that delivery."""
    tables = [table for table in LANDED.values() if not stages or table.stage in stages]
    return _deliveries(landing, tables, until, hashes)


def deliveries_of(landing: Path, table: Table) -> list[Delivery]:
    """Deliveries of one table; no other folder is looked at."""
    return _deliveries(landing, [table], None)


def _deliveries(
    landing: Path, tables: Iterable[Table], until: date | None, hashes: FileHashes | None = None
) -> list[Delivery]:
    files = [
        (table, arrived_on, path)
        for table in tables
        for arrived_on, path in _files_of(landing / table.name, table)
        if until is None or arrived_on is None or arrived_on <= until
    ]
    paths = [path for _, _, path in files]
    ids = hashes.hashed(paths) if hashes else [sha256_of(path) for path in paths]
    landed = [
        Delivery(table, delivery_id, arrived_on, path, _shown(table, path))
        for delivery_id, (table, arrived_on, path) in zip(ids, files, strict=True)
    ]
    dated: dict[tuple[str, str], date] = {}
    for one in landed:
        if one.arrived_on is not None:
            key = (one.table.name, one.delivery_id)
            dated[key] = min(one.arrived_on, dated.get(key, one.arrived_on))
    found = [
        replace(one, arrived_on=one.arrived_on or dated.get((one.table.name, one.delivery_id))) for one in landed
    ]
    copies = Counter((one.table.name, one.delivery_id, one.arrived_on) for one in found)
    first: dict[tuple[str, str, date | None], Delivery] = {}
    for one in found:
        copy = (one.table.name, one.delivery_id, one.arrived_on)
        first.setdefault(copy, replace(one, files=copies[copy]))
    return list(first.values())


def unknown_folders(landing: Path) -> list[str]:
    """Folders of the landing that are no table of the contracts."""
    return sorted(path.name for path in _entries(landing) if path.name not in LANDED)


def has_folder(landing: Path, table: str) -> bool:
    """Whether anything of the table was ever delivered: an empty feed is a folder, a missing one is none."""
    return (landing / table).is_dir()


def _shown(table: Table, file: Path) -> str:
    folder = file.parent.name
    return f"{table.name}/{file.name}" if folder == table.name else f"{table.name}/{folder}/{file.name}"


def _files_of(folder: Path, table: Table) -> Iterator[tuple[date | None, Path]]:
    for entry in _entries(folder):
        if entry.is_file():
            yield (TIMELESS if table.stage in _SNAPSHOTS else None), _parquet(entry, table)
        else:
            arrived_on = _day_of(entry, table)
            for file in _entries(entry):
                yield arrived_on, _parquet(file, table)


def _day_of(folder: Path, table: Table) -> date:
    wanted = AS_OF if table.stage in _SNAPSHOTS else RECEIVED
    found = _DATED.fullmatch(folder.name)
    try:
        if found is not None and found[1] == wanted:
            return date.fromisoformat(found[2])
    except ValueError:
        pass
    raise BadDelivery(
        f"Папка {table.name}/{folder.name} названа не по правилам",
        f"Назовите её {wanted}=ГГГГ-ММ-ДД, по дню получения",
    )


def _parquet(file: Path, table: Table) -> Path:
    if file.is_file() and file.suffix == ".parquet":
        return file
    raise BadDelivery(
        f"{table.name}: «{file.parent.name}/{file.name}» не файл Parquet",
        "Уберите его из папки поставки или пришлите таблицу в формате Parquet",
    )


def _entries(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))


