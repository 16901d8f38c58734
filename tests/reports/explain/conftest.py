"""The sample town as it is asked about: facts and explanations of its accounts, read once each."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from pipeline.reports.explain.assembling import explained
from pipeline.reports.explain.delivered import Deliveries
from pipeline.reports.explain.explanation import Explanation
from pipeline.reports.explain.facts import Facts, read_facts
from pipeline.reports.explain.finding import find
from pipeline.storage.book import Book
from tests.town.books import MAY


@pytest.fixture(scope="session")
def facts_of(town_book: Path) -> Callable[[str], Facts]:
    """Everything published in May about an account of the town.

    Which files came and what was refused of them is the same for all accounts: asked once (`test_facts.py` compares).
    """
    book, asked = Book.at(town_book), {}
    published = Deliveries._published

    def remembered(self: Deliveries, table: str, where: str, columns: str, **parameters: Any) -> list[Any]:
        question = (self.version.folder, table, where, columns, repr(sorted(parameters.items())))
        if question not in asked:
            asked[question] = published(self, table, where, columns, **parameters)
        return list(asked[question])

    @cache
    def read(account_id: str) -> Facts:
        found = find(book, MAY, account_id)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Deliveries, "_published", remembered)
            return read_facts(book, found.version, found.account_id, found.position)

    return read


@pytest.fixture(scope="session")
def explanation_of(town_book: Path, facts_of: Callable[[str], Facts]) -> Callable[[str], Explanation]:
    """The whole answer about an account of the town."""
    book = Book.at(town_book)
    return cache(lambda account_id: explained(book, facts_of(account_id), written=account_id))
