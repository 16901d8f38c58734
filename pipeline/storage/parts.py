"""How accounts are cut into parts and how parts are spread over processes: the one place that knows either.

An account's part follows from its position in the account index alone, never from the machine.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import lru_cache, partial
from multiprocessing import get_context, parent_process
from multiprocessing.util import Finalize
from pathlib import Path
from threading import Thread
from typing import Final, TypeVar

import polars as pl

from pipeline.errors import RaschetError
from pipeline.polars_settings import ALLOCATOR, ONE_PROCESS
from pipeline.storage.cluster import Cluster, Workers, over_cluster
from pipeline.storage.progress import Counter

PART_SIZE: Final = 65_536
UNPLACED: Final = "unplaced"
WHOLE: Final = "whole"
_PACKAGE: Final = str(Path(__file__).resolve().parents[1])
# Their text names columns and types; the text of other errors may quote values of rows.
_SPEAKS_OF_CODE: Final = (
    TypeError, AttributeError, NameError, ImportError, AssertionError, NotImplementedError,
    pl.exceptions.ColumnNotFoundError, pl.exceptions.SchemaError, pl.exceptions.ShapeError,
    pl.exceptions.DuplicateError, pl.exceptions.SchemaFieldNotFoundError,
)
_SPEAKS_CAREFULLY: Final = ("ContractBroken", "NoRuleInForce", "RuleFileError")

Outcome = TypeVar("Outcome")


class PartFailed(RaschetError):
    """A task failed on one part; says where in our code, and no value of any row."""


def part_name(number: int) -> str:
    """`part-000`, `part-001`, …"""
    return f"part-{number:03d}"


def parts_of(accounts: int) -> list[str]:
    """Names of all parts of a book of so many positions; one part at least."""
    return [part_name(number) for number in range(max(1, -(-accounts // PART_SIZE)))]


def part_of(position: pl.Expr) -> pl.Expr:
    """Part name of each position of the account index; missing positions are `unplaced`."""
    number = (position // PART_SIZE).cast(pl.String).str.zfill(3)
    return pl.when(position.is_null()).then(pl.lit(UNPLACED)).otherwise(pl.concat_str(pl.lit("part-"), number))


def spread(task: Callable[[str], Outcome], parts: Sequence[str], workers: Workers) -> list[Outcome]:
    """Results in order of parts: in this process for one, else over one pool of processes or over a cluster.

    What stands in no part (`UNPLACED`) is next to nothing: beside one part of accounts it is worth no second process.
    """
    attempt = partial(_attempt, task)
    # where the accounts fill no part, nobody knows how many of them are done
    counter = Counter(len(parts), PART_SIZE if part_name(1) in parts else 0)
    if workers == 1 or sum(part != UNPLACED for part in parts) <= 1:
        return [_told(counter.counted(attempt(part)), part) for part in parts]
    if isinstance(workers, Cluster):
        outcomes = over_cluster(attempt, parts, workers, ONE_PROCESS, counter.one_more)
    else:
        outcomes = _over_pool(attempt, parts, workers, counter)
    return [_told(outcome, part) for part, outcome in zip(parts, outcomes, strict=True)]


def _over_pool(
    attempt: Callable[[str], Outcome | RaschetError], parts: Sequence[str], workers: int, counter: Counter
) -> list[Outcome | RaschetError]:
    """Every part as a task of the pool; a process that dies breaks the pool, and the next call makes another.

    However it ends, no task is left behind: who called gives the book back and others may write there.
    """
    futures: list[Future[Outcome | RaschetError]] = []
    try:
        with _environment_of_children():
            futures.extend(_pool(workers).submit(attempt, part) for part in parts)
        for _ in as_completed(futures):
            counter.one_more()
        return [future.result() for future in futures]
    except BrokenProcessPool:
        _pool.cache_clear()
        raise PartFailed(
            "Процесс, считавший часть участка, остановлен системой (обычно не хватило памяти)",
            "Уменьшите workers в settings.yaml участка и повторите команду",
        ) from None
    finally:
        wait([future for future in futures if not future.cancel()])


@lru_cache(maxsize=1)
def _pool(workers: int) -> ProcessPoolExecutor:
    """The pool of this process, kept for all rooms of a run: importing the rooms costs a new process two seconds.

    A forked process would hang in polars, hence spawn; each has one polars thread, or cores would be fought over. A run
    of the web interface is itself a child process, which at its end waits for its children: they are let go before.
    """
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_end_with_parent)
    # before the pool's own queues are closed (10): a worker is told to end through them
    Finalize(None, pool.shutdown, exitpriority=100)
    return pool


def _end_with_parent() -> None:
    """A process of the pool ends when the one that started it is killed: left alone it would go on writing into a book
    that another run has taken since, and then wait for work for ever."""
    def watch() -> None:
        parent = parent_process()
        if parent is not None:
            parent.join()
            os._exit(1)

    Thread(target=watch, daemon=True).start()


@contextmanager
def _environment_of_children() -> Iterator[None]:
    """Children inherit the environment as it is when they start; ours is put back afterwards. What the user has set
    stands, but for the threads."""
    before = {name: os.environ.get(name) for name in ONE_PROCESS}
    os.environ.update(ONE_PROCESS)
    if given := before[ALLOCATOR]:
        os.environ[ALLOCATOR] = given
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _attempt(task: Callable[[str], Outcome], part: str) -> Outcome | RaschetError:
    """Exceptions come back as values: not every one of them survives pickling."""
    try:
        return task(part)
    except RaschetError as fault:
        return fault
    except Exception as fault:
        return PartFailed(f"Часть {part} не посчитана: {described(fault)}")


def _told(outcome: Outcome | RaschetError, part: str) -> Outcome:
    if isinstance(outcome, RaschetError):
        outcome.add_note(f"часть {part}")
        raise outcome
    return outcome


def described(fault: Exception) -> str:
    """Type and places of an error in our code; its text only where that cannot quote a row."""
    frames = traceback.extract_tb(fault.__traceback__)
    places = [
        f"{Path(frame.filename).relative_to(_PACKAGE)}:{frame.lineno}"
        for frame in frames
        if frame.filename.startswith(_PACKAGE) and Path(frame.filename) != Path(__file__)
    ]
    where = f" ({' → '.join(places)})" if places else ""
    is_safe = isinstance(fault, _SPEAKS_OF_CODE) or type(fault).__name__ in _SPEAKS_CAREFULLY
    return f"{type(fault).__name__}{f': {fault}' if is_safe else ''}{where}"
