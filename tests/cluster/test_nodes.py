"""A month over a Ray cluster of two nodes: the bytes of one process, whatever is lost on the way."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from ray.cluster_utils import Cluster as Nodes

from pipeline.errors import RaschetError
from pipeline.generator import generate
from pipeline.polars_settings import ONE_PROCESS
from pipeline.storage import cluster as over
from pipeline.storage.cluster import Cluster, ClusterDiffers, ClusterLost, ClusterUnreachable
from pipeline.storage.parts import PartFailed, spread
from tests.cluster import tasks
from tests.robustness.small import AFTER, DECEMBER
from tests.town.books import ROOT, changed, copied, debris, environment, faults, published_bytes, version_of

pytestmark = pytest.mark.timeout(1800)
RUN = ("run", "--month", str(DECEMBER), "--as-of", AFTER)
PART_SIZE = 16
PARTS = 4


@pytest.fixture(scope="module")
def nodes() -> Iterator[Nodes]:
    """Two nodes of one processor each, as `ray start` makes them; the first is the head."""
    with pytest.MonkeyPatch.context() as patch:
        # worker processes import what tests send them
        patch.setenv("PYTHONPATH", str(ROOT))
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        # what a command tells its tasks they must not have from here
        patch.delenv("POLARS_MAX_THREADS", raising=False)
        found = Nodes(initialize_head=True, head_node_args=NODE)
        try:
            found.add_node(**NODE)
            found.wait_for_nodes()
            yield found
        finally:
            found.shutdown()


NODE = {"num_cpus": 1, "object_store_memory": 80 << 20, "include_dashboard": False}


@pytest.fixture
def two_nodes(nodes: Nodes) -> Nodes:
    """Two living nodes again, whatever an earlier test has killed."""
    for node in list(nodes.worker_nodes):
        if not node.remaining_processes_alive():
            nodes.remove_node(node)
            nodes.add_node(**NODE)
    nodes.wait_for_nodes()
    return nodes


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An opened book of 64 accounts."""
    root = tmp_path_factory.mktemp("opened") / "book"
    generate(root, accounts=PART_SIZE * PARTS, months=2, seed=7, stories=False)
    ran(root, "open")
    return root


@pytest.fixture(scope="module")
def alone(opened: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The month in one process."""
    book = copied(opened, tmp_path_factory.mktemp("alone") / "book")
    ran(with_setting(book, "workers: 1"), "compute", str(DECEMBER), AFTER)
    assert len(list(book.glob(f"published/run_month={DECEMBER}/open_items/part-*.parquet"))) == PARTS
    return book


def with_setting(book: Path, line: str) -> Path:
    settings = book / "settings.yaml"
    kept = [one for one in settings.read_text(encoding="utf-8").splitlines() if not one.startswith("workers")]
    settings.write_text("\n".join([*kept, line, ""]), encoding="utf-8")
    return book


def ran(book: Path, *words: str, harms: str = "", marks: Path | None = None) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, with small parts."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.cluster.harm", str(PART_SIZE), harms, str(marks or book.parent), str(book),
         *words],
        cwd=ROOT, env=environment(book.parent / "dagster"), capture_output=True, text=True, check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done


def require_same(book: Path, alone: Path) -> None:
    """The very bytes that one process publishes, and nothing else in the book."""
    assert changed(published_bytes(alone, DECEMBER), published_bytes(book, DECEMBER)) == []
    assert version_of(book, DECEMBER).content_hash == version_of(alone, DECEMBER).content_hash
    assert faults(book) == []
    assert debris(book) == []


@pytest.mark.parametrize("harms", [
    pytest.param("", marks=pytest.mark.deep), pytest.param("worker", marks=pytest.mark.deep),
    pytest.param("node", marks=pytest.mark.deep), "worker,node",
])
def test_a_month(harms: str, two_nodes: Nodes, opened: Path, alone: Path, tmp_path: Path) -> None:
    book = with_setting(copied(opened, tmp_path / "book"), f"cluster: {two_nodes.address}")
    marks = tmp_path / "marks"
    marks.mkdir()

    ran(book, *RUN, harms=harms, marks=marks)

    assert {mark.name for mark in marks.iterdir()} == set(filter(None, harms.split(",")))
    require_same(with_setting(book, "workers: 1"), alone)


@pytest.fixture
def connected(two_nodes: Nodes) -> Iterator[Cluster]:
    """This process as the one that spreads parts."""
    import ray

    yield Cluster(two_nodes.address)
    over._connected.cache_clear()
    ray.shutdown()


def test_tasks_and_their_errors(connected: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = [f"part-{number:03d}" for number in range(6)]
    answers = spread(tasks.told, parts, connected)

    assert [part for part, _, _ in answers] == parts
    assert {threads for _, _, threads in answers} == {1}
    assert os.getpid() not in {process for _, process, _ in answers}
    with pytest.raises(PartFailed, match=r"part-001 не посчитана: ValueError") as mistake:
        spread(tasks.wrong, parts, connected)
    assert "Иванова" not in str(mistake.value) + "".join(mistake.value.__notes__)
    with pytest.raises(RaschetError, match="part-000 не считается"):
        spread(tasks.refused, parts, connected)
    with pytest.raises(PartFailed, match="KeyError"):
        spread(tasks.unpicklable, parts, connected)
    monkeypatch.setattr(over, "_digest", lambda: "another program")
    with pytest.raises(ClusterDiffers, match="другая версия программы"):
        spread(tasks.told, parts, connected)


@pytest.mark.deep
def test_a_part_is_not_tried_for_ever(connected: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(over, "RETRIES", 1)

    with pytest.raises(ClusterLost, match="больше 1 раз"):
        spread(tasks.dying, ["part-000", "part-001"], connected)


def test_a_stopped_command_leaves_no_task_behind(connected: Cluster, tmp_path: Path) -> None:
    parts = [f"part-{number:03d}" for number in range(12)]

    def stopped() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        over.over_cluster(partial(tasks.noted, str(tmp_path)), parts, connected, ONE_PROCESS, stopped)

    began = len(list(tmp_path.iterdir()))
    assert began < len(parts)
    assert spread(tasks.told, parts[:2], connected)
    assert len(list(tmp_path.iterdir())) == began


@pytest.mark.parametrize("address", ["127.0.0.1:1", "auto"])
def test_no_cluster_there(address: str) -> None:
    with pytest.raises(ClusterUnreachable, match=address):
        spread(tasks.told, ["part-000", "part-001"], Cluster(address))
