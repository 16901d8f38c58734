"""What a writer notes of a file is believed for the bytes that it wrote, and for no others."""

from __future__ import annotations

import json

import polars as pl
import pytest

from pipeline.contracts.ledger import ADVANCES
from pipeline.storage import describe
from pipeline.storage.book import Book
from pipeline.storage.content import content_hash
from pipeline.storage.describe import described_files
from pipeline.storage.files import sha256_of, write_parquet
from pipeline.storage.lock import lock
from pipeline.storage.publish import publish
from pipeline.storage.run import STAGED, MonthRun
from tests.storage.samples import DECEMBER, NIGHT, written

NAME = f"{ADVANCES.name}/part-000"


@pytest.fixture
def run(opened: Book) -> MonthRun:
    with lock(opened):
        return written(MonthRun.begin(opened, DECEMBER, "r1", NIGHT), 12_345)


def read_whole(run: MonthRun, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Files that describing the run reads whole."""
    read: list[str] = []

    def noticed(frame: pl.DataFrame) -> str:
        read.append(",".join(frame.columns))
        return content_hash(frame)

    monkeypatch.setattr(describe, "content_hash", noticed)
    described_files(run.folder, [NAME], 1)
    return read


def test_a_note_says_what_reading_would(run: MonthRun, monkeypatch: pytest.MonkeyPatch) -> None:
    file = run.folder / f"{NAME}.parquet"

    found = described_files(run.folder, [NAME], 1)[NAME]

    assert found["sha256"] == sha256_of(file)
    assert found["content_hash"] == content_hash(pl.read_parquet(file))
    assert found["totals"] == {"rows": 2, "amount_rub": "123.46"}
    assert read_whole(run, monkeypatch) == []


def test_other_bytes_are_read(run: MonthRun, monkeypatch: pytest.MonkeyPatch) -> None:
    file = run.folder / f"{NAME}.parquet"
    write_parquet(file, pl.read_parquet(file).head(1))

    assert described_files(run.folder, [NAME], 1)[NAME]["content_hash"] == content_hash(pl.read_parquet(file))
    assert len(read_whole(run, monkeypatch)) == 1


@pytest.mark.parametrize("note", ["", "[]", json.dumps({"sha256": "0" * 64, "content_hash": "1" * 64})])
def test_a_note_that_says_nothing_of_these_bytes_is_no_note(
    run: MonthRun, monkeypatch: pytest.MonkeyPatch, note: str
) -> None:
    (file,) = (run.folder / STAGED).glob(f"*/{NAME}.json")
    file.write_text(note, encoding="utf-8")

    assert len(read_whole(run, monkeypatch)) == 1


def test_notes_go_with_what_is_staged(run: MonthRun) -> None:
    with lock(run.book):
        version = publish(run)

    assert list(version.folder.rglob(f"{ADVANCES.name}/*.json")) == []
    assert version.content["tables"][ADVANCES.name]["parts"]["part-000"] == content_hash(
        pl.read_parquet(version.folder / f"{NAME}.parquet")
    )
