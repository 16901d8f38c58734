"""docs/performance.md and its charts, written from the figures in bench/results/. Nothing here measures."""

from __future__ import annotations

import json
import math
import os
import platform
import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from pipeline.rendering.charts import Point, bars, lines

ROOT: Final = Path(__file__).resolve().parents[1]
PAGE: Final = ROOT / "docs" / "performance.md"
IMAGES: Final = ROOT / "docs" / "images"
NAMES: Final = {"raschet": "Raschet", "pandas": "pandas", "duckdb": "DuckDB", "spark": "Spark SQL"}
Figures = dict[str, Any]

HEAD: Final = """# Performance

Written by `make bench` from `bench/results/*.json`; [bench/README.md](../bench/README.md) says what each of
them is. CPU seconds (user and system, all processes of the command) mean more than wall seconds: they suffer less from
what else a machine does. Timing never decides a test.
"""


def write(results: Path, page: Path = PAGE, images: Path = IMAGES) -> None:
    """The page and its charts."""
    images.mkdir(parents=True, exist_ok=True)
    kept = {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in sorted(results.glob("*.json"))}
    page.write_text("\n".join([HEAD, *_machine(kept), *_month(kept, images), *_stages(kept, images),
                               *_peers(kept, images), *_history(kept, images)]) + "\n", encoding="utf-8")


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    model = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
         if line.startswith("model name")), platform.machine(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cores": os.cpu_count(), "model": model, "memory_gib": round(memory / 2**30),
        "python": platform.python_version(), "load_before": round(os.getloadavg()[0], 1), "commit": _commit(),
    }


def _commit() -> str:
    """The last commit that changed the program; empty without git."""
    said = subprocess.run(
        ["git", "-C", str(ROOT), "log", "-1", "--format=%h", "--", "pipeline"], capture_output=True, text=True,
        check=False,
    )
    return said.stdout.strip()


def _machine(kept: dict[str, Figures]) -> Iterator[str]:
    told = {tuple(one["machine"][name] for name in ("model", "cores", "memory_gib", "python")) for one in kept.values()}
    for model, cores, memory, python in sorted(told):
        yield f"Machine: {model}, {cores} cores, {memory} GiB, Python {python}."
    if kept:
        loads = [one["machine"]["load_before"] for one in kept.values()]
        yield (f"Load when a measurement began: {min(loads)} to {max(loads)} (a free machine is near 0). Under load a "
               "measurement says more CPU and much more wall than on a free machine.\n")
    for commit in sorted({one["machine"].get("commit", "") for one in kept.values()}):
        names = (f"`{name}`" for name, one in kept.items() if one["machine"].get("commit", "") == commit)
        yield f"- program {f'`{commit}`' if commit else 'of an unknown commit'}: {', '.join(names)}"
    if kept:
        yield ""


def _month(kept: dict[str, Figures], images: Path) -> Iterator[str]:
    told = [one for name, one in kept.items() if name.startswith("month-")]
    if not told:
        return
    told.sort(key=lambda one: (one["accounts"], one["workers"]))
    yield "## The whole month against the floor\n"
    yield ("`raschet run` of the first month: staging, contracts, every published table, all checks, publish, report. "
           "The floor reads the same inputs once and writes the same outputs once, with our codec, and computes "
           "nothing.\n")
    yield from _table(
        ["Accounts", "Workers", "Wall, s", "CPU, s", "Peak of a process, MiB", "Floor CPU, s", "Times the floor",
         "Accounts per CPU second"],
        [[f"{one['accounts']:,}", one["workers"], f"{one['wall_s']:.1f}", f"{one['cpu_s']:.1f}", one["peak_mib"],
          f"{one['floor_cpu_s']:.1f}", f"{one['of_floor']:.1f}", f"{one['accounts'] / one['cpu_s']:,.0f}"]
         for one in told],
    )
    of_workers = {(one["accounts"], one["workers"]): one for one in told}
    for (accounts, workers), one in of_workers.items():
        if workers == 1 and (accounts, 2) in of_workers:
            faster = one["wall_s"] / of_workers[accounts, 2]["wall_s"]
            yield f"Two workers against one at {accounts:,}: {faster:.2f} ×.\n"
    sizes = [one for one in told if one["workers"] == max(each["workers"] for each in told)]
    for small, large in pairwise(sizes):
        grown = math.log(large["cpu_s"] / small["cpu_s"]) / math.log(large["accounts"] / small["accounts"])
        yield f"Growth of CPU from {small['accounts']:,} to {large['accounts']:,} accounts: exponent {grown:.2f}.\n"
    yield _chart(images, "performance-month.svg", "CPU of the month and of the floor", bars(
        [point for one in told for point in (
            Point(f"{one['accounts']:,} × {one['workers']}", round(one["cpu_s"]), "month"),
            Point(f"{one['accounts']:,} × {one['workers']}", round(one["floor_cpu_s"]), "floor"),
        )], unit="CPU s", title="CPU of the month and of the floor", stacked=False,
    ))


def _stages(kept: dict[str, Figures], images: Path) -> Iterator[str]:
    for one in (one for name, one in kept.items() if name.startswith("stages-")):
        parts = -(-one["accounts"] // 65_536)
        checks = [stage for stage in one["stages"] if stage["stage"].startswith("check ")]
        rooms = [stage for stage in one["stages"] if not stage["stage"].startswith("check ")]
        told = [*rooms, {"stage": "checks, all", "cpu_s": sum(stage["cpu_s"] for stage in checks)}]
        total = sum(stage["cpu_s"] for stage in told)
        yield f"## Where the CPU goes: {one['accounts']:,} accounts, {parts} parts\n"
        yield from _table(["Stage", "CPU, s", "CPU, s a part", "Share"], [
            [stage["stage"], f"{stage['cpu_s']:.2f}", f"{stage['cpu_s'] / parts:.2f}", f"{stage['cpu_s'] / total:.0%}"]
            for stage in told
        ])
        dearest = sorted(checks, key=lambda stage: -stage["cpu_s"])[:5]
        yield "Dearest checks: " + ", ".join(
            f"`{stage['stage'].removeprefix('check ')}` {stage['cpu_s']:.2f} s" for stage in dearest) + ".\n"
        yield _chart(images, "performance-stages.svg", "CPU of the stages", bars(
            [Point(stage["stage"], round(stage["cpu_s"] * 1000 / parts)) for stage in told], unit="ms of CPU a part",
            title="CPU of the stages",
        ))


def _peers(kept: dict[str, Figures], images: Path) -> Iterator[str]:
    told = [one for name, one in kept.items() if name.startswith("peers-")]
    if not told:
        return
    yield "## Beside other engines\n"
    yield ("The ledger, ageing and meter job on the accounts to which nothing rare happens; every engine reads the "
           "same rows, and all answers were the same rows (count and sum of row hashes of each table). Raschet does "
           "and writes more in its figure: balances, billed documents, registries, meter memory, estimates, every "
           "contract and total.\n")
    for one in sorted(told, key=lambda each: each["accounts"]):
        ours = one["engines"]["raschet"]
        yield from _table(
            [f"{one['accounts']:,} accounts, {one['accounts_in_the_job']:,} in the job", "Wall, s", "CPU, s",
             "Least to most", "Peak, MiB", "CPU against ours", "Memory against ours"],
            [[NAMES[name], f"{found['wall_s']:.1f}", f"{found['cpu_s']:.1f}",
              f"{found['cpu_min_s']:.1f} to {found['cpu_max_s']:.1f}", f"{found['peak_mib']:.0f}",
              f"{found['cpu_s'] / ours['cpu_s']:.2f} ×", f"{found['peak_mib'] / ours['peak_mib']:.2f} ×"]
             for name, found in one["engines"].items()],
        )
        yield _chart(images, f"performance-peers-{one['accounts']}.svg", "CPU of the engines", bars(
            [Point(NAMES[name], round(found["cpu_s"])) for name, found in one["engines"].items()], unit="CPU s",
            title="CPU of the engines",
        ))


def _history(kept: dict[str, Figures], images: Path) -> Iterator[str]:
    for one in (one for name, one in kept.items() if name.startswith("history-")):
        months = one["months"]
        yield f"## {len(months)} months in a row: {one['accounts']:,} accounts\n"
        second, last = months[1], months[-1]
        per_item = (last["cpu_s"] / last["open_items"]) / (second["cpu_s"] / second["open_items"])
        yield (f"Month 2: {second['cpu_s']:.1f} CPU s, {second['open_items']:,} open items. Month {len(months)}: "
               f"{last['cpu_s']:.1f} CPU s, {last['open_items']:,} open items. Per open item {per_item:.2f} ×.\n")
        yield _chart(images, "performance-history.svg", "CPU of each month", lines(
            [Point(month["month"], round(month["cpu_s"] * 10)) for month in months], unit="CPU, tenths of a second",
            title="CPU of each month",
        ))


def _table(heads: list[str], rows: list[list[Any]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|---|{'---:|' * (len(heads) - 1)}"
    for row in rows:
        yield f"| {' | '.join(str(cell) for cell in row)} |"
    yield ""


def _chart(images: Path, name: str, title: str, drawn: str) -> str:
    (images / name).write_text(str(drawn), encoding="utf-8")
    return f"![{title}](images/{name})\n"
