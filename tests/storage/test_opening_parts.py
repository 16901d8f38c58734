"""A book of several parts opens to the state that it has in one, and what only the whole book shows is seen."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline.contracts import debt, ingest, ledger, metering
from pipeline.generator import generate
from pipeline.storage import opening, parts
from pipeline.storage.book import Book
from pipeline.storage.manifest import published_version
from pipeline.storage.opening import CannotOpen, open_book

TABLES = (ledger.OPEN_ITEMS, ledger.ADVANCES, metering.METER_MEMORY, debt.DEBTORS, ingest.ACCOUNT_INDEX,
          ingest.DELIVERIES)
ACCOUNTS, PART = 250, 100


@pytest.fixture
def book(tmp_path: Path) -> Book:
    generate(tmp_path / "book", accounts=ACCOUNTS, months=1, seed=4, stories=False)
    return Book.at(tmp_path / "book")


@pytest.fixture
def in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("parts", "homes", "opening_parts"):
        monkeypatch.setattr(f"pipeline.storage.{module}.PART_SIZE", PART)
    monkeypatch.setattr(Book, "workers", 1)


def opened(book: Book) -> dict[str, list[pl.DataFrame]]:
    version = published_version(book, book.opening_month)
    assert version is not None
    return {
        table.name: [
            pl.read_parquet(file, glob=False) for file in sorted((version.folder / table.name).glob("*.parquet"))
        ]
        for table in TABLES
    }


def test_parts_hold_what_the_whole_holds(book: Book, tmp_path: Path, in_parts: None) -> None:
    totals = open_book(book)
    cut = opened(book)
    with pytest.MonkeyPatch.context() as whole:
        for module in ("parts", "homes", "opening_parts"):
            whole.setattr(f"pipeline.storage.{module}.PART_SIZE", 65_536)
        generate(tmp_path / "whole", accounts=ACCOUNTS, months=1, seed=4, stories=False)
        other = Book.at(tmp_path / "whole")
        assert open_book(other) == totals

    assert {len(frames) for name, frames in cut.items() if name != "deliveries"} == {3}
    for table in TABLES:
        (one,) = opened(other)[table.name]
        assert pl.concat(cut[table.name]).sort(table.primary_key).equals(one.sort(table.primary_key)), table.name


def test_few_rows_start_no_process_and_many_are_routed_by_several_to_the_same_state(
    book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    over_pool, asked = parts._over_pool, []

    def noted(*words: Any) -> Any:
        asked.append(words)
        return over_pool(*words)

    monkeypatch.setattr(parts, "_over_pool", noted)
    monkeypatch.setattr(Book, "workers", 2)
    other = Book.at(Path(shutil.copytree(book.root, tmp_path / "other")))

    alone = open_book(book)
    assert asked == []
    monkeypatch.setattr(opening, "_WORTH_A_POOL", 0)
    several = open_book(other)

    assert asked != [] and several == alone
    for table in TABLES:
        for one, same in zip(opened(book)[table.name], opened(other)[table.name], strict=True):
            assert same.equals(one), table.name


def test_accounts_lie_in_the_part_of_their_position(book: Book, in_parts: None) -> None:
    open_book(book)
    frames = opened(book)
    homes = [set(frame["account_id"]) for frame in frames["account_index"]]

    assert [len(home) for home in homes] == [PART, PART, ACCOUNTS - 2 * PART]
    for name in ("open_items", "meter_memory", "advances"):
        assert all(set(rows["account_id"]) <= home for rows, home in zip(frames[name], homes, strict=True))


def test_one_meter_in_two_parts_opens_nothing(book: Book, in_parts: None) -> None:
    (file,) = (book.landing / "opening_meters").rglob("*.parquet")
    meters = pl.read_parquet(file)
    first, last = meters["account_id"].min(), meters["account_id"].max()
    twin = meters.filter(pl.col("account_id") == first).with_columns(account_id=pl.lit(last, dtype=pl.String))
    pl.concat([meters, twin.head(1)]).write_parquet(file)

    with pytest.raises(CannotOpen, match="opening_meters: duplicate_id — 2"):
        open_book(book)
    assert published_version(book, book.opening_month) is None
    assert not list((book.root / "work").rglob("*.parquet"))


def test_a_refused_total_leaves_nothing_behind(book: Book) -> None:
    def refuse(_totals: object) -> None:
        raise ValueError("wrong total")

    with pytest.raises(ValueError, match="wrong total"):
        open_book(book, confirm=refuse)

    assert published_version(book, book.opening_month) is None
    assert not list((book.root / "work").rglob("*.parquet"))
