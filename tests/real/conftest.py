"""Books of real bills and readings, run side by side: one process each, started by whichever test asks first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.real import nycha_book, nycha_file, santa_monica_book, santa_monica_file
from tests.real.ran_months import RanMonths, compute_months, run_months

SIX, ALL = "six months", "all months"
Extent = tuple[str, str]


def _bills(extent: str, root: Path) -> RanMonths:
    first, last = nycha_file.SIX_MONTHS if extent == SIX else (nycha_file.FIRST_MONTH, nycha_file.LAST_MONTH)
    rows = nycha_file.bills(nycha_file.FILE, first, last)
    book = nycha_book.made_book(root, rows)
    (compute_months if extent == SIX else run_months)(book, first, last)
    return RanMonths(rows, book, first, last)


def _readings(extent: str, root: Path) -> RanMonths:
    months = (santa_monica_file.FIRST_MONTH, santa_monica_file.LAST_MONTH)
    first, last = santa_monica_file.SIX_MONTHS if extent == SIX else months
    rows = santa_monica_file.usages(
        santa_monica_file.FILE, first, last, santa_monica_file.EVERY if extent == SIX else 1
    )
    book = santa_monica_book.made_book(root, rows)
    (compute_months if extent == SIX else run_months)(book, first, last)
    return RanMonths(rows, book, first, last)


_MADE: dict[str, Callable[[str, Path], RanMonths]] = {"test_nycha": _bills, "test_santa_monica": _readings}


@pytest.fixture(scope="session")
def real_books(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[Extent, Future[RanMonths]]]:
    """By module and extent, for the tests that were chosen."""
    asked: dict[Extent, None] = {}
    for item in request.session.items:
        name, parameters = Path(item.path).stem, getattr(getattr(item, "callspec", None), "params", {})
        if name in _MADE and "extent" in parameters:
            asked.setdefault((name, parameters["extent"]))

    def made(name: str, extent: str) -> RanMonths:
        root = tmp_path_factory.mktemp(name) / "book"
        root.mkdir()
        return _MADE[name](extent, root)

    with ThreadPoolExecutor(2) as workers:
        yield {key: workers.submit(made, *key) for key in sorted(asked, key=lambda key: (key[1] != SIX, key[0]))}


@pytest.fixture(scope="module", params=[SIX, pytest.param(ALL, marks=pytest.mark.deep)])
def extent(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def ran_months(
    request: pytest.FixtureRequest, extent: str, real_books: dict[Extent, Future[RanMonths]]
) -> RanMonths:
    """Opened and run, each month closed before the next: all months through the command line, six months without
    Dagster and reports."""
    return real_books[Path(request.path).stem, extent].result()
