"""Fixtures of all tests: the sample town run once a session, and the option that rewrites golden files.

`make test` spreads the tests over two processes. What is dear to make is made once for both (`made_once`); tests that
share what is made once a session stay together, and the longest start first (`tests/processes.py`).
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import duckdb
import pytest

from pipeline.polars_settings import settle

if "polars" not in sys.modules:
    # as the program runs it: two threads of each process would wait for each other, which on tables of a few rows costs
    # as much as the work, and memory would be fetched from the system again for every frame
    settle(os.environ)

if sys.dont_write_bytecode:
    # three thousand modules of Dagster, compiled anew by every process, would cost seconds each time
    sys.dont_write_bytecode = False
    sys.pycache_prefix = str(Path(__file__).parents[1] / ".pytest_cache" / "compiled")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix

from tests.disks import MEMORY, in_memory
from tests.processes import ByGroup, turn_of
from tests.robustness.small import small_town
from tests.shared import made_once
from tests.town.books import SAMPLE, RanBook, compute_months, copied, run_months
from tests.town.shuffled import shuffled_landing

# A killed process leaves in the memory of the system what it has written, and no test pulls the plug: to wait for the
# disk two hundred times a month is half of the time of a small one. What becomes of a sync that fails is tested apart.
os.fsync = lambda _handle: None
os.environ["PYTHONPATH"] = os.pathsep.join(
    filter(None, [str(Path(__file__).with_name("unsynced")), os.environ.get("PYTHONPATH")])
)

# nothing of a collection is garbage: see `pytest_collection_finish`
gc.disable()

if find_spec("hypothesis"):
    # the environments of a cluster and of readers have none
    from hypothesis import HealthCheck, settings

    # timing never decides a test: an example that waits for a busy machine is no counter-example
    patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
    # the same examples every time; the search for new ones is `make test-deep` (`tests/examples.py`)
    settings.register_profile("house", patient, derandomize=True, database=None, max_examples=50)
    settings.register_profile("deep", patient, derandomize=False, max_examples=250, print_blob=True)
    settings.load_profile("house")

if find_spec("pandas") is None:
    # DuckDB looks for it anew at every query, on all paths: a third of a small query, and tests ask tens of thousands
    sys.modules.setdefault("pandas", None)  # type: ignore[arg-type]

# tables of tests have a few rows: threads would cost more than they do
duckdb.execute("SET threads = 1")

#: The whole town is run by the fixture of whichever test asks first.
SECONDS = 1200


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write reports/sample/ anew instead of comparing")


def pytest_configure(config: pytest.Config) -> None:
    # the deep tests hold books as big as a region: theirs stay on the disk
    if config.option.markexpr == "not deep" and "TMPDIR" not in os.environ and in_memory():
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "ran_books" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.timeout(SECONDS))
    # a group starts where its first test stands: the long ones must not be the last
    items.sort(key=lambda item: turn_of(item.nodeid))


def pytest_collection_finish() -> None:
    # ten thousand collected tests stay to the end: to walk through them again and again for garbage was a tenth of all
    # CPU time
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    gc.enable()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByGroup:
    return ByGroup(config, log)


@pytest.fixture(scope="session")
def update_golden(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture(scope="session")
def ran_books(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[RanBook]]]:
    """Whole towns that the chosen tests need, run side by side: one process each."""
    needed = {name for item in request.session.items for name in getattr(item, "fixturenames", ())}

    def plain(folder: Path) -> RanBook:
        return run_months(folder / "book", SAMPLE / "landing")

    def shuffled(folder: Path) -> RanBook:
        return compute_months(folder / "book", shuffled_landing(SAMPLE / "landing", folder / "landing"))

    makers: dict[str, Callable[[Path], RanBook]] = {"town": plain, "shuffled_town": shuffled}
    # two threads that ask first at the same time would both make it
    tmp_path_factory.getbasetemp()
    with ThreadPoolExecutor(len(makers)) as workers:
        yield {
            name: workers.submit(made_once, tmp_path_factory, name, make)
            for name, make in makers.items() if name in needed
        }


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
    return made_once(tmp_path_factory, "small", lambda folder: small_town(folder / "book"))
