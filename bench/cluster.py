"""Parts over two Ray nodes against the process pool: `make cluster && .venv-cluster/bin/python -m bench.cluster`.

The same tasks of a second and more, on two processors either way, in turns; the least wall time of each side counts,
for whatever else the machine does only adds. Starting the nodes and connecting to them is told apart: a run pays for it
once, the pool pays for its processes at every room.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl

from pipeline.storage.cluster import Cluster, Workers
from pipeline.storage.parts import part_name, spread

PARTS, ROUNDS, ROWS = 8, 2, 400_000
PROCESSORS = 2


def work_on(part: str) -> str:
    """About a second and a half of one processor: what a part's rooms do, sort, sum by account, encode, write whole."""
    number = int(part.removeprefix("part-"))
    rows = pl.select(
        account_id=(pl.int_range(ROWS).hash(number) % 65_536).cast(pl.String), sum_kop=pl.int_range(ROWS) * 37 % 9_999
    )
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(4):
            rows.sort("account_id", "sum_kop").with_columns(
                pl.col("sum_kop").cum_sum().over("account_id").alias("balance_kop")
            ).write_parquet(Path(folder) / f"{part}.parquet", compression="zstd")
        return str(rows.select(pl.col("sum_kop").sum()).item())


def seconds_of(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return round(time.perf_counter() - started, 2)


def main() -> None:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ["PYTHONPATH"] = str(Path(__file__).resolve().parents[1])
    import ray
    from ray.cluster_utils import Cluster as Nodes

    node = {"num_cpus": 1, "object_store_memory": 80 << 20, "include_dashboard": False}
    started = time.perf_counter()
    nodes = Nodes(initialize_head=True, head_node_args=node)
    nodes.add_node(**node)
    nodes.wait_for_nodes()
    start_s = round(time.perf_counter() - started, 2)
    parts = [part_name(number) for number in range(PARTS)]
    sides: dict[str, Workers] = {"pool": PROCESSORS, "ray": Cluster(nodes.address)}
    try:
        connect_s = seconds_of(lambda: spread(work_on, parts[:PROCESSORS], sides["ray"]))
        alone_s = seconds_of(lambda: work_on(parts[0]))
        told = {name: [] for name in sides}
        for _ in range(ROUNDS):
            for name, workers in sides.items():
                told[name].append(seconds_of(lambda workers=workers: spread(work_on, parts, workers)))  # type: ignore[misc]
    finally:
        # this process first: a node that it is connected to cannot be removed
        ray.shutdown()
        nodes.shutdown()
    print(json.dumps({
        "parts": PARTS, "task_s": alone_s, "start_two_nodes_s": start_s, "connect_and_first_tasks_s": connect_s,
        "pool_s": told["pool"], "ray_s": told["ray"], "ratio": round(min(told["ray"]) / min(told["pool"]), 3),
    }, indent=1))


if __name__ == "__main__":
    # under its importable name, so that the nodes find the task
    from bench.cluster import main as importable

    importable()
