"""Closing happens once and only when it may; verify finds every change."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from pipeline.contracts.ledger import ADVANCES
from pipeline.storage.book import Book
from pipeline.storage.close import CannotClose, close
from pipeline.storage.lock import lock
from pipeline.storage.manifest import CLOSED, MANIFEST, Version, content_hash_of
from pipeline.storage.publish import NothingPublished
from pipeline.storage.status import Standing, open_month, status
from pipeline.storage.verify import faults_at_closing, faults_since_closing, is_described_here, verify
from tests.storage.samples import DECEMBER, JANUARY, NIGHT

Month = Callable[..., Version]


@pytest.fixture
def two_months(opened: Book, month_of: Month) -> Book:
    month_of()
    close(opened, DECEMBER, NIGHT)
    month_of(JANUARY, "r2")
    close(opened, JANUARY, NIGHT)
    return opened


def faults(book: Book) -> list[str]:
    return [f"{month.month}: {fault}" for month in verify(book) for fault in month.faults]


def test_closing_needs_the_whole_cycle(opened: Book, month_of: Month) -> None:
    with pytest.raises(NothingPublished):
        close(opened, DECEMBER, NIGHT)
    month_of()
    with pytest.raises(CannotClose, match=r"на 19\.01\.2026, а цикл кончается 20\.01\.2026"):
        close(opened, DECEMBER, NIGHT + timedelta(days=2))
    with pytest.raises(CannotClose, match="ждём реестр"):
        close(opened, DECEMBER, NIGHT + timedelta(days=1), unmet=["ждём реестр почты"])
    closed = close(opened, DECEMBER, NIGHT + timedelta(days=1))
    assert closed.version.is_closed and not closed.was_closed_before


def test_closing_twice_writes_nothing(two_months: Book) -> None:
    file = two_months.published(DECEMBER).resolve() / CLOSED
    before = file.read_bytes()
    again = close(two_months, DECEMBER, NIGHT + timedelta(days=99), unmet=["что угодно"])
    assert again.was_closed_before
    assert file.read_bytes() == before


def test_a_changed_file_cannot_be_closed(opened: Book, month_of: Month) -> None:
    version = month_of()
    spoil(version.folder)
    with pytest.raises(CannotClose, match="файл advances/part-000 изменён"):
        close(opened, DECEMBER, NIGHT)


def test_an_untouched_book_has_no_faults(two_months: Book) -> None:
    found = verify(two_months)
    assert [(str(month.month), month.is_closed, month.faults) for month in found] == [
        ("2025-11", True, ()), ("2025-12", True, ()), ("2026-01", True, ()),
    ]
    assert all(month.files > 0 for month in found)


def spoil(folder: Path) -> None:
    file = folder / ADVANCES.name / "part-000.parquet"
    pl.read_parquet(file).head(1).write_parquet(file)


def test_verify_finds_a_changed_a_lost_and_an_extra_file(two_months: Book) -> None:
    folder = two_months.published(DECEMBER).resolve()
    spoil(folder)
    (folder / "open_items" / "part-000.parquet").rename(folder / "open_items" / "part-001.parquet")
    assert faults(two_months) == [
        "2025-12: нет файла open_items/part-000", "2025-12: лишний файл open_items/part-001",
        "2025-12: файл advances/part-000 изменён после публикации",
    ]


def test_verify_finds_content_that_differs_from_the_manifest(two_months: Book) -> None:
    folder = two_months.published(JANUARY).resolve()
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest["content"]["tables"]["advances"]["totals"]["amount_rub"] = "1.00"
    manifest["content_hash"] = content_hash_of(manifest["content"])
    (folder / MANIFEST).write_text(json.dumps(manifest))
    assert faults(two_months) == [
        "2026-01: манифест изменён после закрытия", "2026-01: цепочка закрытых месяцев разорвана",
        "2026-01: содержание таблицы advances не сходится с манифестом",
    ]


def test_verify_finds_a_broken_chain(two_months: Book) -> None:
    folder = two_months.published(DECEMBER).resolve()
    closed = json.loads((folder / CLOSED).read_text())
    (folder / CLOSED).write_text(json.dumps({**closed, "chain_hash": "0" * 64}))
    assert faults(two_months) == [
        "2025-12: цепочка закрытых месяцев разорвана", "2026-01: цепочка закрытых месяцев разорвана",
    ]


def test_verify_finds_a_link_that_leads_elsewhere(two_months: Book) -> None:
    link = two_months.published(JANUARY)
    link.unlink()
    link.symlink_to(two_months.published(DECEMBER).resolve())
    assert "2026-01: под ссылкой лежит другой месяц: 2025-12" in faults(two_months)


def test_verify_finds_a_manifest_that_cannot_be_read(two_months: Book) -> None:
    (two_months.published(JANUARY).resolve() / MANIFEST).write_text("{")
    assert faults(two_months) == ["2026-01: опубликованная версия не читается: нет её манифеста"]


def test_verify_writes_nothing(two_months: Book) -> None:
    before = sorted((str(file), file.stat().st_mtime_ns) for file in two_months.root.rglob("*"))
    verify(two_months)
    assert sorted((str(file), file.stat().st_mtime_ns) for file in two_months.root.rglob("*")) == before


def test_the_chain_is_the_same_wherever_the_same_inputs_close(two_months: Book) -> None:
    version = Version.of(two_months.published(JANUARY).resolve())
    assert version is not None and version.closed is not None
    assert "closed_at" in version.closed
    assert version.chain_hash != version.content_hash


def test_status_names_open_closed_stale_and_next(opened: Book, month_of: Month) -> None:
    def standings() -> list[tuple[str, Standing]]:
        return [(str(month.month), month.standing) for month in status(opened)]

    assert standings() == [("2025-11", Standing.OPENING), ("2025-12", Standing.NOT_RUN)]
    month_of()
    assert standings() == [("2025-11", Standing.OPENING), ("2025-12", Standing.OPEN)]
    close(opened, DECEMBER, NIGHT)
    assert standings()[1:] == [("2025-12", Standing.CLOSED), ("2026-01", Standing.NOT_RUN)]
    assert open_month(opened) == JANUARY
    month_of(JANUARY, "r2")
    folder = opened.published(DECEMBER).resolve()
    manifest = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps({**manifest, "content_hash": "another"}))
    assert standings()[2] == ("2026-01", Standing.STALE)


def test_a_book_that_was_not_opened_has_no_open_month(book: Book) -> None:
    assert open_month(book) is None
    assert status(book) == []


def test_the_process_that_published_looks_at_the_bytes_alone_while_it_holds_the_book(
    opened: Book, month_of: Month
) -> None:
    with lock(opened):
        version = month_of()
        assert is_described_here(opened, version)
        # its own manifest is known, so equal bytes say what the manifest says: no value is read again
        assert faults_at_closing(opened, version) == []
        spoil(version.folder)
        assert faults_at_closing(opened, version) == ["файл advances/part-000 изменён после публикации"]
    # another process may have written since
    assert not is_described_here(opened, version)


def test_a_manifest_of_another_hand_is_not_taken_for_our_own(opened: Book, month_of: Month) -> None:
    with lock(opened):
        version = month_of()
        manifest = json.loads((version.folder / MANIFEST).read_text())
        manifest["content"]["tables"]["advances"]["totals"]["amount_rub"] = "1.00"
        manifest["content_hash"] = content_hash_of(manifest["content"])
        (version.folder / MANIFEST).write_text(json.dumps(manifest))
        forged = Version.of(version.folder)
        assert forged is not None
        assert not is_described_here(opened, forged)
        assert faults_at_closing(opened, forged) == ["содержание таблицы advances не сходится с манифестом"]


def test_a_closed_month_is_known_by_its_bytes_and_its_link(two_months: Book) -> None:
    version = Version.of(two_months.published(DECEMBER).resolve())
    assert version is not None
    assert faults_since_closing(version) == []
    assert faults_since_closing(version, "0" * 64) == ["цепочка закрытых месяцев разорвана"]
    spoil(version.folder)
    assert faults_since_closing(version) == ["файл advances/part-000 изменён после публикации"]
    (version.folder / MANIFEST).write_text("{}")
    spoiled = Version(version.folder, version.manifest, version.closed)
    assert "манифест изменён после закрытия" in faults_since_closing(spoiled)
