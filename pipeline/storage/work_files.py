"""Files of one run between its steps: quick to write and to read, gone when the step that needs them is done.

They are nobody's truth: a lost one is made anew from the copies of the deliveries, so they are renamed into place but
not synced. Not here: what is staged for other rooms or published (`files.py`).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import polars as pl

from pipeline.contracts.table import Table
from pipeline.storage.files import remove_folder, space_for
from pipeline.storage.run import MonthRun

_FOLDER: Final = "_between"
_PRIVATE: Final = 0o700
_PRIVATE_FILE: Final = 0o600


def folder_for(run: MonthRun, name: str, table: Table | None = None) -> Path:
    """A folder of work files; rows with names and phones under the personal folder."""
    is_personal = table is not None and bool(table.personal_columns)
    folder = (run.personal if is_personal else run.folder) / _FOLDER / name
    with space_for(folder):
        if is_personal:
            run.book.personal.mkdir(mode=_PRIVATE, exist_ok=True)
            for private in (run.personal.parent, run.personal, run.personal / _FOLDER, folder):
                private.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
        folder.mkdir(parents=True, exist_ok=True)
    return folder


def clear(run: MonthRun) -> None:
    """Remove all work files of a run."""
    for home in (run.folder, run.personal):
        remove_folder(home / _FOLDER)


def write_arrow(path: Path, frame: pl.DataFrame) -> Path:
    """A frame as an Arrow file, whole or absent; nobody but the owner reads it, whatever it holds."""
    # nodes of a cluster share folders and may share process numbers
    private = path.with_name(f".{path.name}.{os.uname().nodename}-{os.getpid()}.tmp")
    with space_for(path):
        private.touch(_PRIVATE_FILE)
        frame.write_ipc(private, compression="lz4")
        private.replace(path)
    return path


def read_arrow(folder: Path, empty: pl.DataFrame) -> pl.DataFrame:
    """Files of a folder one under another, by name; `empty` where there are none."""
    files = sorted(folder.glob("[!.]*.arrow"))
    return pl.concat([empty, *(pl.read_ipc(file) for file in files)])
