"""Files that are whole or absent: written privately, synced, renamed. A full disk becomes one clear error.

Here: bytes, frames as Parquet, hashes of files. Not here: which tables, which folders.
"""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal

import polars as pl

from pipeline.errors import RaschetError

ROW_GROUP: Final = 131_072
#: A sixth quicker to write than level 3, for a fortieth more bytes.
COMPRESSION_LEVEL: Final = 1
#: zstd for what stays and is sent; lz4, a quarter quicker and half as large again, for what the run itself reads.
Codec = Literal["zstd", "lz4"]
_CHUNK: Final = 1 << 20
_FULL: Final = (errno.ENOSPC, errno.EDQUOT)


class DiskFull(RaschetError):
    """No space is left; what was published stays as it was."""


@contextmanager
def space_for(path: Path) -> Iterator[None]:
    """Turn "no space left" into DiskFull; every other failure passes."""
    try:
        yield
    except OSError as fault:
        if fault.errno not in _FULL:
            raise
        raise DiskFull(
            f"На диске кончилось место: не записан {path}; опубликованные месяцы не изменились",
            "Освободите место на диске участка (прежние ночи: keep_nights, сценарии: raschet whatif --delete) "
            "и повторите команду",
        ) from None


def write_bytes(path: Path, content: bytes, *, mode: int | None = None) -> None:
    """The whole content or nothing under this name; synced before it appears."""
    with appearing(path, mode=mode) as file:
        file.write(content)


@contextmanager
def appearing(path: Path, *, mode: int | None = None) -> Iterator[BinaryIO]:
    """A private file to be filled: it takes its name when it is full and synced, or it goes."""
    with space_for(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        # a hidden name, which globs of readers skip; nodes of a cluster share folders and may share process numbers
        private = path.with_name(f".{path.name}.{os.uname().nodename}-{os.getpid()}.tmp")
        try:
            with private.open("wb") as file:
                if mode is not None:
                    os.fchmod(file.fileno(), mode)
                yield file
                file.flush()
                os.fsync(file.fileno())
            private.replace(path)
        except BaseException:
            private.unlink(missing_ok=True)
            raise


def sweep(folder: Path, name: str = "") -> None:
    """Remove private files that a killed process left in a folder, of one name where it is given. The caller holds the
    lock of the book."""
    for left in folder.glob(f".{name}.*.tmp" if name else ".*"):
        if left.is_file():
            left.unlink(missing_ok=True)


def write_json(path: Path, written: object) -> None:
    """Readable JSON with sorted keys."""
    write_bytes(path, (json.dumps(written, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode())


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object; ValueError when it is something else."""
    written = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(written, dict):
        raise ValueError(f"{path.name} holds no object")
    return written


def canonical(written: object) -> bytes:
    """One spelling of a JSON value, for hashing."""
    return json.dumps(written, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def write_parquet(
    path: Path, frame: pl.DataFrame, *, notes: Mapping[str, str] | None = None, mode: int | None = None,
    codec: Codec = "zstd", level: int = COMPRESSION_LEVEL, statistics: bool = True,
) -> None:
    """A frame as Parquet: fixed settings, no clock, so the same frame gives the same bytes."""
    buffer = io.BytesIO()
    frame.rechunk().write_parquet(
        buffer, compression=codec, compression_level=level if codec == "zstd" else None, statistics=statistics,
        row_group_size=ROW_GROUP, metadata=dict(notes) if notes else None,
    )
    write_bytes(path, buffer.getbuffer(), mode=mode)  # type: ignore[arg-type]


def gather_parquet(path: Path, pieces: Sequence[Path], *, notes: Mapping[str, str]) -> None:
    """Parquet files of ROW_GROUP rows each (the last may hold fewer) as one, never held in memory as a whole."""
    with appearing(path) as file:
        pl.scan_parquet(list(pieces), hive_partitioning=False, glob=False).sink_parquet(
            file.name, compression="zstd", compression_level=COMPRESSION_LEVEL, statistics=True,
            row_group_size=ROW_GROUP, metadata=dict(notes),
        )


def parquet_files(folder: Path) -> list[Path]:
    """Parquet files of a folder by name; none when there is no such folder."""
    return sorted(folder.glob("[!.]*.parquet"))


def read_parquet(files: list[Path], columns: Sequence[str] | None = None) -> pl.DataFrame:
    """Files one under another, in the given order; with `columns` nothing else leaves the disk."""
    return pl.read_parquet(
        files, columns=None if columns is None else list(columns), hive_partitioning=False, glob=False
    )


def scan_as(files: list[Path], schema: Mapping[str, Any]) -> pl.LazyFrame:
    """Files of an older contract too: a column added since reads as missing, one dropped since is left behind."""
    return pl.scan_parquet(
        files, schema=dict(schema), missing_columns="insert", extra_columns="ignore",
        hive_partitioning=False, glob=False,
    )


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def sync_folder(folder: Path) -> None:
    """Names in a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove_folder(folder: Path) -> None:
    """Remove a folder with everything in it; nothing happens when it is gone."""
    if folder.is_dir() and not folder.is_symlink():
        shutil.rmtree(folder)
