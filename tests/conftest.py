"""Fixtures of all tests: the sample town run once a session, and the option that rewrites golden files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.robustness.small import small_town
from tests.town.books import SAMPLE, RanBook, copied, run_months
from tests.town.shuffled import shuffled_landing

#: The whole town is run by the fixture of whichever test asks first.
SECONDS = 1200


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write reports/sample/ anew instead of comparing")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "ran_books" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.timeout(SECONDS))


@pytest.fixture(scope="session")
def update_golden(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture(scope="session")
def ran_books(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[RanBook]]]:
    """Whole towns that the chosen tests need, run side by side: one process each."""
    needed = {name for item in request.session.items for name in getattr(item, "fixturenames", ())}

    def plain() -> RanBook:
        return run_months(tmp_path_factory.mktemp("town") / "book", SAMPLE / "landing")

    def shuffled() -> RanBook:
        folder = tmp_path_factory.mktemp("shuffled")
        return run_months(folder / "book", shuffled_landing(SAMPLE / "landing", folder / "landing"))

    makers: dict[str, Callable[[], RanBook]] = {"town": plain, "shuffled_town": shuffled}
    with ThreadPoolExecutor(len(makers)) as workers:
        yield {name: workers.submit(maker) for name, maker in makers.items() if name in needed}


@pytest.fixture(scope="session")
def town(ran_books: dict[str, Future[RanBook]]) -> RanBook:
    """The sample town after six months, May 2026 open as of 20 June. Read only: tests that change it copy it."""
    return ran_books["town"].result()


@pytest.fixture(scope="session")
def shuffled_town(ran_books: dict[str, Future[RanBook]]) -> RanBook:
    """The same deliveries in another order of rows, files and names."""
    return ran_books["shuffled_town"].result()


@pytest.fixture(scope="session")
def town_book(town: RanBook) -> Path:
    """Root of the town's book. Read only."""
    return town.root


@pytest.fixture
def town_copy(town_book: Path, tmp_path: Path) -> Path:
    """A copy of the town's book that a test may change."""
    return copied(town_book, tmp_path / "book")


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> RanBook:
    """A book of thirty accounts with December published as of 15 January. Read only."""
    return small_town(tmp_path_factory.mktemp("small") / "book")
