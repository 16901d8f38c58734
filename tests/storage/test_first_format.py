"""Months published under the first format of the manifest, by hashes of rows, are still verified and built upon."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline.contracts.ledger import ADVANCES
from pipeline.storage.book import Book
from pipeline.storage.close import close
from pipeline.storage.content import combined_hash, content_hash
from pipeline.storage.describe import described_files, tables_from
from pipeline.storage.files import sha256_of
from pipeline.storage.manifest import BY_ROWS, CLOSED, MANIFEST, Version, chained, content_hash_of
from pipeline.storage.publish import AlreadyOpened, publish_opening
from pipeline.storage.sameness import same_content, same_tables
from pipeline.storage.verify import faults_since_closing, verify
from tests.storage.samples import DECEMBER, NIGHT, OPENED_ON, advances

Month = Callable[..., Version]
FILE = f"{ADVANCES.name}/part-000.parquet"


def in_first_format(folder: Path) -> Version:
    """The version with the manifest and the closing that the first format gave it."""
    version = version_in(folder)
    names = sorted(version.manifest["files"])
    tables = tables_from(described_files(folder, names, 1, BY_ROWS), BY_ROWS)
    rewritten(version, {**version.content, "format": BY_ROWS, "tables": tables})
    return version_in(folder)


def rewritten(version: Version, content: dict[str, Any]) -> None:
    manifest = {**version.manifest, "content": content, "content_hash": content_hash_of(content)}
    (version.folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    if version.closed is not None:
        before = version.closed["previous_chain_hash"]
        closed = {
            **version.closed, "content_hash": manifest["content_hash"],
            "manifest_sha256": sha256_of(version.folder / MANIFEST),
            "chain_hash": chained(before, manifest["content_hash"]),
        }
        (version.folder / CLOSED).write_text(json.dumps(closed), encoding="utf-8")


def version_in(folder: Path) -> Version:
    version = Version.of(folder.resolve())
    assert version is not None
    return version


@pytest.fixture
def old(opened: Book) -> Version:
    """The opening as it was published under the first format."""
    return in_first_format(opened.published(opened.opening_month).resolve())


def test_its_parts_are_named_by_their_rows(old: Version) -> None:
    told = old.content["tables"][ADVANCES.name]
    rows = content_hash(pl.read_parquet(old.folder / FILE))

    assert told["parts"] == {"part-000": rows}
    assert told["content_hash"] == combined_hash({"part-000": rows})


def test_a_part_is_named_by_its_file_now(opened: Book, month_of: Month) -> None:
    version = month_of()

    told = version.content["tables"][ADVANCES.name]
    assert version.form == 2
    assert told["parts"] == {"part-000": sha256_of(version.folder / FILE)}


def test_a_month_of_now_follows_one_of_then(opened: Book, old: Version, month_of: Month) -> None:
    version = month_of()
    close(opened, DECEMBER, NIGHT)

    assert version.state_hash == old.content_hash
    assert [(str(month.month), month.is_closed, month.faults) for month in verify(opened)] == [
        ("2025-11", True, ()), ("2025-12", True, ()),
    ]
    assert faults_since_closing(old) == []


def test_rows_that_differ_from_its_manifest_are_found(opened: Book, old: Version) -> None:
    content = old.content
    content["tables"][ADVANCES.name]["parts"]["part-000"] = "0" * 64
    rewritten(old, content)

    (found,) = verify(opened)
    assert found.faults == ("содержание таблицы advances не сходится с манифестом",)


def test_opening_again_knows_the_rows_of_then(opened: Book, old: Version) -> None:
    again = publish_opening(opened, {ADVANCES.name: {"part-000": advances(("a1", "p1", 100))}}, OPENED_ON)

    assert again == old
    with pytest.raises(AlreadyOpened):
        publish_opening(opened, {ADVANCES.name: {"part-000": advances(("a1", "p2", 100))}}, OPENED_ON)


def test_equal_rows_are_the_same_by_whatever_bytes(opened: Book, month_of: Month) -> None:
    third = month_of(run_id="r3", kopecks=1, as_of=NIGHT - timedelta(days=1))
    one, other = month_of(), month_of(run_id="r2")
    encoded_anew(other)
    other = version_in(other.folder)

    assert other.content_hash != one.content_hash
    assert same_tables(one, other) and same_content(one, other)
    assert not same_tables(one, third) and not same_content(one, third)


def test_equal_totals_are_not_yet_equal_rows(opened: Book, month_of: Month) -> None:
    one, other = month_of(), month_of(run_id="r2")
    file = other.folder / FILE
    pl.read_parquet(file).with_columns(payment_id=pl.lit("p9")).write_parquet(file)
    described_anew(other)

    assert not same_tables(one, version_in(other.folder))


def encoded_anew(version: Version) -> None:
    file = version.folder / FILE
    pl.read_parquet(file).write_parquet(file, compression="uncompressed")
    described_anew(version)


def described_anew(version: Version) -> None:
    files = described_files(version.folder, sorted(version.manifest["files"]), 1)
    told = {name: {"sha256": file["sha256"], "bytes": file["bytes"]} for name, file in files.items()}
    version.manifest["files"] = told
    rewritten(version, {**version.content, "tables": tables_from(files)})
