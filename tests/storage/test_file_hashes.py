"""Landing files that an earlier night has hashed: which of them are read again."""

import os
from pathlib import Path

import pytest

from pipeline.storage import file_hashes
from pipeline.storage.book import Book
from pipeline.storage.file_hashes import FileHashes
from pipeline.storage.files import sha256_of


@pytest.fixture
def landed(opened: Book, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that the last night has hashed, when the clock was fine enough to tell later changes."""
    monkeypatch.setattr(file_hashes, "_COARSE_NS", 0)
    file = opened.landing / "payments" / "file.parquet"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"first")
    FileHashes.of(opened).hashed([file])
    return file


def test_a_file_that_did_not_change_is_not_read(
    opened: Book, landed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = sha256_of(landed)
    monkeypatch.setattr(file_hashes, "sha256_of", lambda path: "read again")

    assert FileHashes.of(opened).hashed([landed]) == [wanted]


def test_bytes_of_the_same_size_under_the_same_time_are_seen(opened: Book, landed: Path) -> None:
    before = landed.stat()
    landed.write_bytes(b"other")
    os.utime(landed, ns=(before.st_atime_ns, before.st_mtime_ns))

    after = landed.stat()
    assert (after.st_size, after.st_mtime_ns, after.st_ino) == (before.st_size, before.st_mtime_ns, before.st_ino)
    assert FileHashes.of(opened).hashed([landed]) == [sha256_of(landed)]


def test_a_file_changed_while_the_list_was_written_is_read(
    opened: Book, landed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_hashes, "_COARSE_NS", 2_000_000_000)
    monkeypatch.setattr(file_hashes, "sha256_of", lambda path: "read again")

    assert FileHashes.of(opened).hashed([landed]) == ["read again"]
