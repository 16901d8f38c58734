"""The sample town as it is asked about: facts and explanations of its accounts, read once each."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from pipeline.reports.explain.assembling import explained
from pipeline.reports.explain.explanation import Explanation
from pipeline.reports.explain.facts import Facts, read_facts
from pipeline.reports.explain.finding import find
from pipeline.storage.book import Book
from tests.reports.explain.asked_once import AskedOnce
from tests.town.books import MAY


@pytest.fixture(scope="session")
def facts_of(town_book: Path) -> Callable[[str], Facts]:
    """Everything published in May about an account of the town."""
    book, asked = Book.at(town_book), AskedOnce()

    @cache
    def read(account_id: str) -> Facts:
        found = find(book, MAY, account_id)
        with asked.remembering():
            return read_facts(book, found.version, found.account_id, found.position)

    return read


@pytest.fixture(scope="session")
def explanation_of(town_book: Path, facts_of: Callable[[str], Facts]) -> Callable[[str], Explanation]:
    """The whole answer about an account of the town."""
    book = Book.at(town_book)
    return cache(lambda account_id: explained(book, facts_of(account_id), written=account_id))
