"""Hashes of landing files that an earlier night has taken: an unchanged file is not read again.

A file is taken as unchanged when its path, size, times and inode are as they were, and it was not changed in the moment
when the list was written (the clock of a file system is coarse). Who changes bytes may set the time of the file back,
not the time at which the system noted the change. In doubt a file is hashed. What the month computes from is the copy
by content, never the landing file.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pipeline.storage.book import Book
from pipeline.storage.files import read_json, sha256_of, sweep, write_json

_NAME: Final = ".landing.json"
#: A file system may keep time by two seconds.
_COARSE_NS: Final = 2_000_000_000
_AT_ONCE: Final = 4
_Mark = list[int | str]


@dataclass(frozen=True, slots=True)
class FileHashes:
    """Where a book keeps the hashes of its landing files, and what it kept the last time."""

    file: Path
    root: Path
    kept: Mapping[str, _Mark] = field(default_factory=dict)
    written_ns: int = 0

    @classmethod
    def of(cls, book: Book) -> FileHashes:
        """What the last night has kept; nothing when the list cannot be read."""
        file = book.root / "work" / _NAME
        try:
            return cls(file, book.landing, read_json(file), file.stat().st_mtime_ns)
        except (OSError, ValueError):
            return cls(file, book.landing)

    def hashed(self, paths: list[Path]) -> list[str]:
        """SHA-256 of each file, read only where it is new or changed; the list is kept for the next night."""
        marks = [_mark_of(path) for path in paths]
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            hashes = list(threads.map(self._hash, paths, marks))
        told = {
            str(path.relative_to(self.root)): [*mark, sha] for path, mark, sha in zip(paths, marks, hashes, strict=True)
        }
        if told != self.kept:
            sweep(self.file.parent, _NAME)
            write_json(self.file, told)
        return hashes

    def _hash(self, path: Path, mark: _Mark) -> str:
        before = self.kept.get(str(path.relative_to(self.root)))
        changed_ns = max(int(mark[1]), int(mark[2]))
        if before and before[:-1] == mark and changed_ns + _COARSE_NS < self.written_ns:
            return str(before[-1])
        return sha256_of(path)


def _mark_of(path: Path) -> _Mark:
    told = path.stat()
    return [told.st_size, told.st_mtime_ns, told.st_ctime_ns, told.st_ino]
