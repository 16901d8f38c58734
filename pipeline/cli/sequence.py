"""Several months in order: closed ones are verified, open ones run, and each is closed before the next begins.

Here: the order and when to stop. Not here: how one month runs (`execution.py`), what is printed (`months.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from datetime import date
from enum import Enum, auto

from pipeline.billing_month import BillingMonth
from pipeline.cli.execution import Executed, Listener, execute_closing, execute_month
from pipeline.cli.instance import instance_of
from pipeline.errors import RaschetError
from pipeline.storage.book import Book
from pipeline.storage.closing_gate import Obstacle, obstacles
from pipeline.storage.cycles import cycle_of
from pipeline.storage.manifest import Version, published_version
from pipeline.storage.status import open_month
from pipeline.storage.verify import faults_since_closing

#: Shows the progress of one run while it lasts.
Watched = Callable[[], AbstractContextManager[Listener]]


class MonthNotYet(RaschetError):
    """The documents of a month are not out, or the month before it may not be closed."""


class ClosedMonthDamaged(RaschetError):
    """Files of a closed month are not what they were."""


class Ended(Enum):
    """How one month of the sequence ended."""

    VERIFIED = auto()
    STOPPED = auto()
    PUBLISHED = auto()
    CLOSED = auto()


@dataclass(frozen=True)
class MonthDone:
    """What came of one month; `obstacles` say why a published month is not closed. What fails after it is published
    (`reports_made`) is told, and the month goes on: nobody waits for a drawing."""

    month: BillingMonth
    ended: Ended
    as_of: date
    executed: Executed | None = None
    obstacles: list[Obstacle] = field(default_factory=list)
    reports_made: bool = True


@dataclass(frozen=True)
class Asked:
    """What the person asked for."""

    book: Book
    first: BillingMonth
    last: BillingMonth
    as_of: date
    anyway: str = ""
    verbose: bool = False


def months_in_order(asked: Asked, watched: Watched) -> Iterator[MonthDone]:
    """Each month as it ends; stops after a month that a check stopped, raises when the next may not begin."""
    if asked.first > asked.last:
        raise MonthNotYet(f"Месяц {asked.first} позже месяца {asked.last}", "Поменяйте --from и --month местами")
    with ExitStack() as record:
        for month in BillingMonth.range(asked.first, asked.last):
            done = _one(asked, month, watched, record)
            yield done
            if done.ended is Ended.STOPPED:
                return
            if done.ended is Ended.PUBLISHED and month != asked.last:
                raise MonthNotYet(
                    f"Месяц {month} рассчитан, но его нельзя закрыть, поэтому {month.next} не начат: "
                    f"{'; '.join(obstacle.text for obstacle in done.obstacles)}",
                    _way_out(done.obstacles),
                )


def _one(asked: Asked, month: BillingMonth, watched: Watched, record: ExitStack) -> MonthDone:
    version = published_version(asked.book, month)
    if version is not None and version.is_closed:
        return _verified(version)
    _require_turn(asked.book, month)
    cycle = cycle_of(asked.book, month, asked.as_of)
    if not cycle.has_begun(asked.as_of):
        raise MonthNotYet(
            f"Документы за {month} выходят {cycle.issue_on:%d.%m.%Y}, на {asked.as_of:%d.%m.%Y} считать ещё нечего",
            "Укажите более ранний --month или более поздний --as-of",
        )
    cut = cycle.cut(asked.as_of)
    # once open, it stays so for the closing and for the months that follow
    record.enter_context(instance_of(asked.book.root))
    with watched() as listen:
        executed = execute_month(asked.book, month, as_of=cut, listen=listen, verbose=asked.verbose)
    if not executed.succeeded and not _is_published(asked.book, month, executed.run_id):
        return MonthDone(month, Ended.STOPPED, cut, executed)
    standing = _firm(obstacles(asked.book, month, asked.as_of), asked.anyway)
    if standing:
        return MonthDone(month, Ended.PUBLISHED, cut, executed, standing, reports_made=executed.succeeded)
    with watched() as listen:
        closed = execute_closing(
            asked.book, month, as_of=asked.as_of, anyway=asked.anyway, listen=listen, verbose=asked.verbose
        )
    if not closed.succeeded:
        return MonthDone(month, Ended.STOPPED, cut, closed)
    return MonthDone(month, Ended.CLOSED, cut, executed, reports_made=executed.succeeded)


def _is_published(book: Book, month: BillingMonth, run_id: str) -> bool:
    version = published_version(book, month)
    return version is not None and version.run_id == run_id


def _require_turn(book: Book, month: BillingMonth) -> None:
    """Months run one after another: say at once which one is next."""
    following = open_month(book)
    if following is None:
        raise MonthNotYet("Участок ещё не открыт", "Выполните raschet open")
    if month > following:
        raise MonthNotYet(f"Месяц {month} считать рано: открыт {following}", f"Добавьте --from {following}")
    if month < following:
        raise MonthNotYet(f"Участок ведётся с {book.settings.first_month}, месяца {month} в нём нет",
                          "Укажите более поздний месяц")


def _verified(version: Version) -> MonthDone:
    """A closed month verifies itself and writes nothing."""
    faults = faults_since_closing(version)
    if faults:
        raise ClosedMonthDamaged(f"Закрытый месяц {version.month} повреждён: {'; '.join(faults)}",
                                 "Восстановите папку участка из копии")
    return MonthDone(version.month, Ended.VERIFIED, version.as_of)


def _firm(standing: list[Obstacle], anyway: str) -> list[Obstacle]:
    return [obstacle for obstacle in standing if not (anyway and obstacle.can_be_waived)]


def _way_out(standing: list[Obstacle]) -> str:
    if all(obstacle.can_be_waived for obstacle in standing):
        return "Дождитесь реестра или укажите причину закрыть без него: --close-anyway \"причина\""
    return "Повторите, когда это устранено"
