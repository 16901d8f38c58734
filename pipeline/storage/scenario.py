"""What-if scenarios of a book: a folder that is a small book of its own, and never a part of the real one.

    scenarios/<month>/<name>/      settings, landing, inputs, journal, months before: links to what the real book has
                                   versions/…, published/…: what the scenario computed, published for itself only
    scenarios/<month>/.<name>/     the same while it is computed; a kill leaves it, the next what-if removes it

A scenario is an ordinary book that knows nothing of the real one, so whatever a month writes stays in it. One what-if
of a book runs at a time, under a lock of its own: nights go on meanwhile. Scenarios stay until somebody deletes them.
Here: the folders. Not here: what lies in them (`scenario_inputs.py`), overrides (`overrides.py`), the calculation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from pipeline.billing_month import BillingMonth
from pipeline.errors import RaschetError
from pipeline.storage.book import Book
from pipeline.storage.files import read_json, remove_folder, space_for
from pipeline.storage.lock import BookLocked, lock
from pipeline.storage.manifest import Version, published_version, versions_of

FOLDER: Final = "scenarios"
#: What a scenario says of itself, written last: a folder without it is debris.
SCENARIO: Final = "_scenario.json"
#: Section of the settings by which a scenario is told from a real book.
SECTION: Final = "scenario"
#: The older scenario of a name while the new one takes its place.
_GONE: Final = ".gone-"
_NAME: Final = re.compile(r"[\w][\w.-]{0,59}")


class BadScenario(RaschetError):
    """The scenario cannot be made or found as asked."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One finished scenario of a month. `told` is what it says of itself: base, overrides, figures."""

    month: BillingMonth
    name: str
    folder: Path
    told: dict[str, Any]

    @property
    def book(self) -> Book:
        """The scenario as a book: whatever reads a month reads this one too."""
        return Book.at(self.folder)


def scenarios_of(book: Book, month: BillingMonth) -> list[Scenario]:
    """Finished scenarios of a month by name."""
    files = sorted((book.root / FOLDER / str(month)).glob(f"[!.]*/{SCENARIO}"))
    return [Scenario(month, file.parent.name, file.parent, read_json(file)) for file in files]


def named(book: Book, month: BillingMonth, name: str) -> Scenario:
    """A finished scenario by its name; BadScenario when there is none."""
    known = {scenario.name: scenario for scenario in scenarios_of(book, month)}
    if name not in known:
        raise BadScenario(f"У месяца {month} нет сценария «{name}»",
                          f"Есть сценарии: {', '.join(known) if known else 'ни одного'}")
    return known[name]


def base_of(book: Book, month: BillingMonth, as_of: date | None = None) -> Version:
    """The version that a scenario is compared with: the published one, or the last kept one of a night."""
    published = published_version(book.require(), month)
    if published is None:
        raise BadScenario(f"Месяц {month} ещё не рассчитан: сравнивать не с чем",
                          f"Сначала рассчитайте его: raschet run --month {month}")
    if month == book.opening_month:
        raise BadScenario(f"{month} — начальное состояние участка, его не рассчитывают",
                          f"Укажите месяц с {book.settings.first_month}")
    if as_of is None or as_of == published.as_of:
        return published
    kept = {version.as_of: version for version in versions_of(book, month)}
    if as_of not in kept:
        nights = ", ".join(f"{night:%d.%m.%Y}" for night in sorted({*kept, published.as_of}))
        raise BadScenario(f"Расчёт месяца {month} по {as_of:%d.%m.%Y} не сохранился", f"Есть расчёты по: {nights}")
    return kept[as_of]


@contextmanager
def in_private(book: Book, month: BillingMonth, name: str) -> Iterator[Path]:
    """An empty hidden folder that becomes the scenario `name` when the block ends well, instead of an older one."""
    require_name(name)
    home = book.root / FOLDER / str(month)
    with _alone(book):
        _clear_debris(book)
        private = home / f".{name}"
        with space_for(private):
            private.mkdir(parents=True)
        try:
            yield private
            if not (private / SCENARIO).is_file():
                raise AssertionError("a scenario says last what it is")
            _replace(home / name, private)
        finally:
            remove_folder(private)


def delete(book: Book, month: BillingMonth, name: str) -> None:
    """Delete a scenario with all it computed; BadScenario when there is none of that name."""
    folder = named(book, month, name).folder
    with _alone(book):
        _clear_debris(book)
        gone = folder.with_name(f".{name}")
        folder.rename(gone)
        remove_folder(gone)


def require_name(name: str) -> None:
    """Letters, digits, dot, dash and underscore: it becomes the name of a folder."""
    if not _NAME.fullmatch(name):
        raise BadScenario(f"Имя сценария «{name}» не подходит",
                          "Возьмите до 60 букв, цифр, точек, дефисов и подчёркиваний, без пробелов (--name)")


def require_real(book: Book) -> None:
    """Nothing leaves from a scenario: its lists are guesses. A scenario has no scenarios either."""
    if book.settings.section(SECTION):
        raise BadScenario("Это папка сценария «что, если», а не участка: передавать из неё ничего нельзя",
                          "Укажите ключом --book папку участка")


def _replace(folder: Path, private: Path) -> None:
    """The new scenario in place of the older one: readers meet one or the other whole."""
    gone = folder.with_name(f"{_GONE}{folder.name}")
    if folder.exists():
        folder.rename(gone)
    private.rename(folder)
    remove_folder(gone)


@contextmanager
def _alone(book: Book) -> Iterator[None]:
    """One what-if at a time. The book's own lock stays free: a night may publish meanwhile."""
    home = replace(book.require(), root=book.root / FOLDER)
    with space_for(home.root):
        home.root.mkdir(exist_ok=True)
    with ExitStack() as held:
        try:
            held.enter_context(lock(home))
        except BookLocked:
            raise BadScenario("Сейчас считается другой сценарий этого участка", "Дождитесь его и повторите") from None
        yield


def _clear_debris(book: Book) -> None:
    """What killed runs left: the caller is the only one who works here. A scenario whose run was killed while it was
    being replaced comes back first."""
    for gone in (book.root / FOLDER).glob(f"*/{_GONE}*"):
        kept = gone.with_name(gone.name.removeprefix(_GONE))
        if not kept.exists():
            gone.rename(kept)
    for left in (book.root / FOLDER).glob("*/.*"):
        remove_folder(left)
