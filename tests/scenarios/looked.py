"""How tests look at a book and at a version: every file with its bytes and times, tables as frames."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import polars as pl

from pipeline.storage.files import parquet_files, read_parquet
from pipeline.storage.scenario import FOLDER


def everything(root: Path) -> dict[str, tuple[str, int, str]]:
    """Every file, folder and link of a book but its scenarios: kind and mode, time of change, content."""
    seen = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if name.split("/")[0] == FOLDER:
            continue
        told = path.lstat()
        if path.is_symlink():
            content = str(path.readlink())
        else:
            content = "" if path.is_dir() else sha256(path.read_bytes()).hexdigest()
        seen[name] = (oct(told.st_mode), told.st_mtime_ns, content)
    return seen


def table(version: Path, name: str) -> pl.DataFrame:
    """A published table of a version, outside shape."""
    return read_parquet(parquet_files(version / name))
