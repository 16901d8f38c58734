"""Parts over a Ray cluster: the same tasks as in the process pool, on the nodes of several machines.

A part task is a pure function that writes whole files under fixed names into a folder that every node shares, so a task
whose process or node is lost is simply counted again elsewhere and leaves the same bytes. Ray is imported only here and
only when a book asks for it (`cluster:` in its settings). What a node needs: `docs/scale.md`.
Not here: how an error of a task is told (`parts.py`).
"""

from __future__ import annotations

import hashlib
import logging
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, Final, TypeVar

from pipeline.errors import RaschetError

#: How often a part is counted again after its process or its node was lost.
RETRIES: Final = 5
_PROGRAM: Final = Path(__file__).resolve().parents[1]
_PATIENCE_S: Final = 10

Outcome = TypeVar("Outcome")


class ClusterUnreachable(RaschetError):
    """The cluster does not answer, or Ray is not installed here."""


class ClusterDiffers(RaschetError):
    """A node holds another version of the program: its bytes could differ."""


class ClusterLost(RaschetError):
    """Processes or nodes were lost more often than a part is tried."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running Ray cluster by the address of its head, `host:port`; its nodes work on the parts."""

    address: str


#: Who works on parts at once: so many processes of this machine, or the nodes of a cluster.
Workers = int | Cluster


def over_cluster(
    attempt: Callable[[str], Outcome | RaschetError], parts: Sequence[str], cluster: Cluster,
    environment: Mapping[str, str], one_more: Callable[[], object],
) -> list[Outcome | RaschetError]:
    """What `attempt` returns for each part, in order of parts. Each part takes one processor of some node.

    `environment`: of the processes that count, as those of the pool have it. `one_more` is called when a part is done.
    """
    ray = _connected(cluster.address, tuple(environment.items()))
    counted = ray.remote(num_cpus=1, max_retries=RETRIES, scheduling_strategy="SPREAD")(_counted)
    # one copy for each node, however many parts
    shared, program = ray.put(attempt), program_digest()
    waiting: list[Any] = []
    try:
        tasks = [counted.remote(shared, part, program) for part in parts]
        waiting = tasks
        while waiting:
            _done, waiting = ray.wait(waiting)
            one_more()
        answers: list[Outcome | RaschetError] = ray.get(tasks)
    except ray.exceptions.RayTaskError as refused:
        raise ClusterDiffers(
            f"Узел кластера не может начать счёт ({type(refused.cause).__name__}): на нём другая программа",
            "Поставьте на все узлы одну и ту же версию Расчёта и её замок версий (docs/scale.md)",
        ) from None
    except ray.exceptions.RayError as lost:
        raise ClusterLost(
            f"Кластер терял процессы или узлы больше {RETRIES} раз подряд ({type(lost).__name__}); "
            "опубликованные месяцы не изменились",
            "Проверьте память и связь узлов (ray status) и повторите команду",
        ) from None
    finally:
        _let_go(ray, waiting)
    return answers


def _let_go(ray: Any, waiting: list[Any]) -> None:
    """No task is left behind, also when a person stops the command: who called gives the book back."""
    for task in waiting:
        ray.cancel(task)
    if waiting:
        ray.wait(waiting, num_returns=len(waiting), timeout=_PATIENCE_S)


def program_digest() -> str:
    """What computes: this package's files, Python and polars. Nodes that differ in it are refused."""
    return _digest()


@cache
def _digest() -> str:
    digest = hashlib.sha256(f"{sys.version_info[:3]} polars {metadata.version('polars')}".encode())
    for file in sorted(_PROGRAM.rglob("*")):
        if file.is_file() and file.suffix != ".pyc":
            digest.update(file.relative_to(_PROGRAM).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def _counted(attempt: Callable[[str], Outcome | RaschetError], part: str, program: str) -> Outcome | RaschetError:
    """One task, in a process of a node."""
    if program_digest() != program:
        return ClusterDiffers(
            "На одном из узлов кластера другая версия программы: часть не посчитана",
            "Поставьте на все узлы одну и ту же версию Расчёта и её замок версий (docs/scale.md)",
        )
    return attempt(part)


@cache
def _connected(address: str, environment: tuple[tuple[str, str], ...]) -> Any:
    """Ray, connected once a process: its worker processes stay warm from one room to the next."""
    try:
        import ray
    except ModuleNotFoundError:
        raise ClusterUnreachable(
            "В settings.yaml участка указан cluster, а Ray в этом окружении не установлен",
            "Соберите окружение кластера: make cluster (docs/scale.md)",
        ) from None
    try:
        # Ray itself waits for minutes before it says that nobody is there
        host, port = address.rsplit(":", 1)
        socket.create_connection((host, int(port)), _PATIENCE_S).close()
        ray.init(address, log_to_driver=False, logging_level=logging.ERROR, runtime_env={"env_vars": dict(environment)})
    except (OSError, RuntimeError, ValueError) as fault:
        raise ClusterUnreachable(
            f"Кластер {address} не отвечает или этот компьютер в него не входит ({type(fault).__name__})",
            "Адрес пишется как 10.0.0.1:6379; проверьте ray status. Головной узел: ray start --head, "
            "остальные: ray start --address (docs/scale.md)",
        ) from None
    return ray
