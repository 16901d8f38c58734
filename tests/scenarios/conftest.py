"""Copies of books for scenarios: a scenario writes beside the book, and the shared ones are read only."""

from __future__ import annotations

from pathlib import Path

import pytest

import pipeline.definitions  # noqa: F401  declares rooms and checks
from pipeline.scenarios import Asked, WhatIf, what_if
from pipeline.storage.book import Book
from pipeline.storage.dispatch import dispatch
from pipeline.storage.manifest import published_version
from tests.robustness.small import DECEMBER
from tests.scenarios.looked import everything
from tests.town.books import MAY, RanBook, copied

#: Three lists, the bonus and penalties move, each by a rule of its own: one run answers for all of them.
SEVERAL = """
rules:
  debt.sms_months_overdue_min: 0
  debt.restriction_fees_min: 6
  penalty.free_days: 60
channels:
  own_app: {is_own_online: false}
capacity:
  court_list: 5
"""


@pytest.fixture(scope="module")
def town_of_scenarios(town_book: Path, tmp_path_factory: pytest.TempPathFactory) -> Book:
    """The sample town, to be asked what if; one of the lists of its last month has gone out since."""
    book = Book.at(copied(town_book, tmp_path_factory.mktemp("scenarios") / "book"))
    base = published_version(book, MAY)
    assert base is not None
    assert dispatch(book, "court_list", base.as_of).rows > 0
    return book


@pytest.fixture(scope="module")
def small_book(small: RanBook, tmp_path_factory: pytest.TempPathFactory) -> Book:
    """Thirty accounts, December published and open."""
    return Book.at(copied(small.root, tmp_path_factory.mktemp("small-scenarios") / "book"))


@pytest.fixture(scope="module")
def seen_before(town_of_scenarios: Book) -> dict[str, tuple[str, int, str]]:
    """The town before anybody asked what if."""
    return everything(town_of_scenarios.root)


@pytest.fixture(scope="module")
def several(town_of_scenarios: Book, seen_before: object) -> WhatIf:
    """SMS a month earlier, one channel less, five court orders a night."""
    return what_if(town_of_scenarios, Asked(MAY, SEVERAL, "several"))


@pytest.fixture(scope="module")
def cheaper(small_book: Book) -> WhatIf:
    """A small scenario with prices of its own."""
    return what_if(small_book, Asked(DECEMBER, 'rules: {debt.cost_sms_segment_rub: "1.00"}', "cheaper"))
