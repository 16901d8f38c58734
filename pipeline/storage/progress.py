"""How far a room has come over its parts: who spreads parts tells it here, who shows it listens here.

Here: counting, the pace and what is left, in figures and in one Russian line. Not here: parts (`parts.py`), screens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Final, TypeVar

from pipeline.rendering.russian import number

Outcome = TypeVar("Outcome")


@dataclass(frozen=True, slots=True)
class Progress:
    """Parts done of all, accounts in those done (0 where parts are none of accounts), and for how many seconds."""

    done: int
    total: int
    accounts: int
    seconds: float

    @property
    def accounts_a_second(self) -> int | None:
        """The pace so far; None where nobody knows it."""
        return int(self.accounts / self.seconds) if self.accounts and self.seconds > 0 else None

    @property
    def seconds_left(self) -> int | None:
        """What is left at the pace so far; None before the first part."""
        return round(self.seconds / self.done * (self.total - self.done)) if self.done else None

    def __str__(self) -> str:
        """«12 из 67 частей, 41 000 счетов/с, осталось 0:43»; of what is no part of accounts, the numbers."""
        told = [f"{self.done} из {self.total}" + (" частей" if self.accounts else "")]
        if self.accounts_a_second:
            told.append(f"{number(self.accounts_a_second)} счетов/с")
        if self.seconds_left is not None and self.done < self.total:
            told.append(f"осталось {self.seconds_left // 60}:{self.seconds_left % 60:02d}")
        return ", ".join(told)


Listener = Callable[[Progress], None]
_listeners: Final[list[Listener]] = []


@contextmanager
def told_to(listener: Listener) -> Iterator[None]:
    """Inside the block `listener` hears of every part that is done in this process or in processes that it started."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


@dataclass(slots=True)
class Counter:
    """One spread of parts. `accounts`: how many a part holds at most, 0 where parts are none of accounts."""

    total: int
    accounts: int
    done: int = 0
    began: float = field(default_factory=monotonic)

    def one_more(self) -> None:
        """A part is done. Nothing is told of a spread of one part."""
        self.done += 1
        if self.total > 1:
            told = Progress(self.done, self.total, self.done * self.accounts, monotonic() - self.began)
            for listener in _listeners:
                listener(told)

    def counted(self, outcome: Outcome) -> Outcome:
        """The same outcome of a part, counted."""
        self.one_more()
        return outcome
