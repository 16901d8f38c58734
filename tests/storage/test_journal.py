"""A journal only grows: the same batch again changes nothing, another one under its key is refused."""

from __future__ import annotations

import polars as pl
import pytest

from pipeline.contracts.eligibility import ENTITLEMENTS
from pipeline.storage import journal
from pipeline.storage.book import Book
from tests.storage.samples import rows_of


def granted(*ids: str) -> pl.DataFrame:
    return rows_of(ENTITLEMENTS, *({"entitlement_id": id} for id in ids))


def test_batches_are_read_one_after_another(book: Book) -> None:
    assert journal.read(book, ENTITLEMENTS).equals(ENTITLEMENTS.empty_inside())
    assert journal.append(book, ENTITLEMENTS, "2025-12", granted("b", "a"))
    assert journal.append(book, ENTITLEMENTS, "2026-01", granted("c"))
    assert journal.read(book, ENTITLEMENTS)["entitlement_id"].to_list() == ["a", "b", "c"]
    assert journal.keys(book, ENTITLEMENTS) == ["2025-12", "2026-01"]


def test_the_same_batch_again_changes_nothing(book: Book) -> None:
    journal.append(book, ENTITLEMENTS, "k", granted("a", "b"))
    assert not journal.append(book, ENTITLEMENTS, "k", granted("b", "a"))
    with pytest.raises(journal.JournalConflict, match="не меняются"):
        journal.append(book, ENTITLEMENTS, "k", granted("a"))
    assert journal.read(book, ENTITLEMENTS).height == 2
    assert [file.name for file in (book.journal / "entitlements").iterdir()] == ["k.parquet"]


def test_a_key_is_a_plain_name(book: Book) -> None:
    with pytest.raises(ValueError, match="journal key"):
        journal.append(book, ENTITLEMENTS, "../x", granted("a"))
