"""How a run of a month starts: the state gate, debris of earlier runs, `run.json`."""

from __future__ import annotations

import subprocess
from datetime import date, datetime
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from pipeline.billing_month import MOSCOW, BillingMonth
from pipeline.errors import RaschetError
from pipeline.storage.book import SCRATCH, Book
from pipeline.storage.files import read_json, remove_folder, space_for, write_json
from pipeline.storage.manifest import Version, published_version
from pipeline.storage.memory import require_memory
from pipeline.storage.space import require_space
from pipeline.storage.state import State

RUN: Final = "run.json"


class MonthClosed(RaschetError):
    """A closed month is never computed again."""


class PredecessorNotClosed(RaschetError):
    """The month before is missing or still open."""


class RunUnknown(RaschetError):
    """No run of this id has begun, or it is already published."""


def begin(book: Book, month: BillingMonth, run_id: str, as_of: date) -> State:
    """Gate, clean start, memory and disk, `run.json`. One run of a book is under way: the caller holds the lock."""
    version = state_of(book, month)
    _require_unpublished(book, month, run_id)
    require_memory(book, version)
    _clear_debris(book, month, run_id)
    remark = require_space(book, month)
    started = {
        "month": str(month), "run_id": run_id, "as_of": as_of.isoformat(),
        "state": {"month": str(version.month), "run_id": version.folder.name, "content_hash": version.content_hash},
        "code_version": code_version(), "started_at": now(), "remarks": [remark] if remark else [],
    }
    folder = book.work(month, run_id)
    with space_for(folder):
        folder.mkdir(parents=True)
        write_json(folder / RUN, started)
    return State.of(book, version)


def resume(book: Book, month: BillingMonth, run_id: str) -> tuple[date, State]:
    """As-of day and state of a run under way, or already renamed into a version."""
    started = started_of(book, month, run_id)
    told = started["state"]
    if told is None:
        return date.fromisoformat(started["as_of"]), State.before_opening(book)
    state_month = BillingMonth.parse(told["month"])
    state = State(book, state_month, book.version(state_month, told["run_id"]), told["content_hash"])
    return date.fromisoformat(started["as_of"]), state


def started_of(book: Book, month: BillingMonth, run_id: str) -> dict[str, Any]:
    """What `begin` wrote down."""
    for folder in (book.work(month, run_id), book.version(month, run_id)):
        if (folder / RUN).is_file():
            return read_json(folder / RUN)
    raise RunUnknown(f"Запуск месяца {month} не найден", "Запустите месяц целиком, с приёма поставок")


def remarks_of(book: Book, month: BillingMonth, run_id: str) -> list[str]:
    """What was to be said when a run began, in Russian sentences."""
    return [str(remark) for remark in started_of(book, month, run_id).get("remarks", [])]


def state_of(book: Book, month: BillingMonth) -> Version:
    """The closed version from which a month may start, or the reason why it may not."""
    book.require()
    own, before = published_version(book, month), published_version(book, month.previous)
    if month < book.settings.first_month:
        raise PredecessorNotClosed(f"Участок ведётся с {book.settings.first_month}, месяца {month} в нём нет",
                                   "Укажите более поздний месяц")
    if own is not None and own.is_closed:
        raise MonthClosed(f"Месяц {month} закрыт и не пересчитывается",
                          "Поздние поставки попадут в открытый месяц; проверить закрытый: raschet verify")
    if before is None and month == book.settings.first_month:
        raise PredecessorNotClosed("Участок ещё не открыт: нет начального состояния", "Выполните raschet open")
    if before is None:
        raise PredecessorNotClosed(f"Месяц {month.previous} ещё не рассчитан",
                                   f"Сначала рассчитайте и закройте {month.previous}")
    if not before.is_closed:
        raise PredecessorNotClosed(f"Месяц {month.previous} ещё не закрыт",
                                   f"Закройте его: raschet close --month {month.previous} или задание close_month; "
                                   f"несколько месяцев подряд: raschet run --from {month.previous} --month {month}")
    return before


def now() -> str:
    """The moment by the clock, Moscow; for people, never part of what is hashed."""
    return datetime.now(MOSCOW).isoformat(timespec="microseconds")


@cache
def code_version() -> str:
    """`git describe` in a checkout, else the version of the package."""
    home = Path(__file__).resolve().parents[2]
    if (home / ".git").exists():
        told = subprocess.run(
            ["git", "-C", str(home), "describe", "--always", "--dirty", "--tags"],
            capture_output=True, text=True, check=False,
        )
        if told.returncode == 0 and told.stdout.strip():
            return told.stdout.strip()
    try:
        return metadata.version("raschet")
    except metadata.PackageNotFoundError:
        return "unknown"


def _require_unpublished(book: Book, month: BillingMonth, run_id: str) -> None:
    published = published_version(book, month)
    if published is not None and published.folder.name == run_id:
        raise RunUnknown(f"Этот запуск уже опубликовал месяц {month}", "Запустите месяц заново, новым запуском")


def _clear_debris(book: Book, month: BillingMonth, run_id: str) -> None:
    """Whatever crashed runs left: every work folder, what their queries kept, and this run's own half-made traces."""
    work = book.root / "work"
    for folder in [*work.glob("*/*"), *work.glob(f"{SCRATCH}*")]:
        remove_folder(folder)
    remove_folder(book.version(month, run_id))
    kept = {folder.name for folder in book.versions(month).glob("*")}
    for folder in (book.personal / str(month)).glob("*"):
        if folder.name not in kept:
            remove_folder(folder)
