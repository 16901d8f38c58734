"""The same month again: the same bytes, and nothing is sent or granted twice."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from pipeline.billing_month import BillingMonth
from pipeline.contracts.debt import DISPATCHES, LISTS
from pipeline.contracts.eligibility import ENTITLEMENTS
from pipeline.storage import journal
from pipeline.storage.book import Book
from tests.town.books import (
    AS_OF,
    FIRST,
    LAST,
    MAY,
    RUN,
    SAMPLE,
    changed,
    command_months,
    copied,
    debris,
    faults,
    published_bytes,
    raschet,
    raschet_here,
    succeeded,
    version_of,
)
from tests.town.direct import published


@pytest.fixture(scope="module")
def rerun(town_book: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A copy of the town, run once more, on two threads of polars where the first run had one; and what it said."""
    book = copied(town_book, tmp_path_factory.mktemp("again") / "book")
    return book, succeeded(raschet(book, *RUN, POLARS_MAX_THREADS="2"))


def test_a_rerun_publishes_the_same_bytes(town_book: Path, rerun: tuple[Path, str]) -> None:
    book, _ = rerun

    assert version_of(book).run_id != version_of(town_book).run_id
    assert changed(published_bytes(town_book), published_bytes(book)) == []
    assert version_of(book).content_hash == version_of(town_book).content_hash


def test_closed_months_verify_themselves_and_write_nothing(town_book: Path, rerun: tuple[Path, str]) -> None:
    book, said = rerun
    before, after = (
        {str(file.relative_to(root)): (file.stat().st_size, file.read_bytes())
         for file in root.rglob("versions/*/*/**/*") if file.is_file() and LAST not in file.parts}
        for root in (town_book, book)
    )

    assert said.count("закрыт раньше; файлы сверены, ничего не записано") == 5
    assert before == after


def test_a_rerun_leaves_no_debris_and_grants_nothing_twice(town_book: Path, rerun: tuple[Path, str]) -> None:
    book, _ = rerun
    one, other = (journal.read(Book.at(root), ENTITLEMENTS) for root in (town_book, book))

    assert debris(book) == debris(town_book) == []
    assert faults(book) == []
    assert one.equals(other)
    assert one["entitlement_id"].is_unique().all()
    assert one.select("account_id", "document_id").is_unique().all()


def dispatched(book: Path) -> pl.DataFrame:
    return journal.read(Book.at(book), DISPATCHES)


def test_nothing_is_dispatched_twice(town_copy: Path) -> None:
    def handed_over() -> dict[str, str]:
        return {name: succeeded(raschet_here(town_copy, "dispatch", name, "--on", AS_OF)) for name in LISTS}

    first = handed_over()
    left = dispatched(town_copy)
    again = handed_over()
    assert dispatched(town_copy).equals(left)

    published(Book.at(town_copy), MAY, date.fromisoformat(AS_OF))
    anew = handed_over()

    assert "передано строк" in first["sms_list"] and "передано строк" in first["court_list"]
    assert all("передавать нечего" in said for said in [*again.values(), *anew.values()])
    assert dispatched(town_copy).equals(left)
    assert not left.is_empty()
    assert left.select("episode_id", "stage_code").is_unique().all()
    for name in LISTS:
        listed = town_copy / "published" / f"run_month={LAST}" / name
        assert pl.read_parquet(sorted(listed.glob("*.parquet"))).is_empty(), "what has left is not listed again"
    assert faults(town_copy) == []


@pytest.mark.deep
def test_six_months_by_the_command_are_those_of_the_town(town_book: Path, tmp_path: Path) -> None:
    """The town takes its first four months without Dagster: nothing that it publishes is another."""
    book = command_months(tmp_path / "book", SAMPLE / "landing").root

    for month in BillingMonth.range(BillingMonth.parse(FIRST), MAY):
        assert changed(published_bytes(town_book, month), published_bytes(book, month)) == [], month
        assert version_of(book, month).content_hash == version_of(town_book, month).content_hash, month
    assert changed(*({str(file.relative_to(root)): file.read_bytes() for file in root.glob("journal/*/*.parquet")}
                     for root in (town_book, book))) == []
