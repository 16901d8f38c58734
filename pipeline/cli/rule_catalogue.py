"""Which tables each rule touches, from the rooms as they are declared, and `docs/rule-book.md` written from it.

A room reads a rule when its module builds the typed view that holds it (or asks `InForce` for it by name); its tables
are those that the room declares. A test runs the rooms and compares this with what they have really read.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from pipeline.reports.explain.rule_book import OPEN_HEADS, VALUE_HEADS, Entry, RuleBookPage, rule_book_page
from pipeline.rules.registry import RuleBook

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "rule-book.md"
#: Views hold a value for every month of these: the day only has to lie within all of them.
_PROBED_ON: Final = date(2026, 5, 31)
_RULES: Final = "pipeline.rules."
_WALKED: Final = ("pipeline.assets.", "pipeline.storage.staging", "pipeline.storage.arrivals")
_ASKED: Final = re.compile(r'InForce\([^()]*(?:\([^()]*\)[^()]*)*"(\w+)"[^()]*\)\.\w+\((?:"(\w+)"|([A-Z_]+))\)')

HEAD: Final = """# Книга правил

English: the rule book, written by `raschet rules --write` from `pipeline/rules/*.yaml`; a test holds both together. It
is in Russian, for the lawyers and analysts who answer for the values.

Каждое правило — значение, день, с которого оно действует, источник и уверенность. Участок может поставить своё значение
в `settings.yaml` (раздел `rules`). «Таблицы» — что пересчитает месяц, если значение изменится.
"""


def tables_by_key(rule_book: RuleBook) -> dict[str, tuple[str, ...]]:
    """Rule key → tables of the rooms that read it."""
    found: dict[str, list[str]] = {}
    for room, (tables, keys) in sorted(rooms_reading(rule_book).items()):
        del room
        for key in keys:
            found.setdefault(key, []).extend(tables)
    return {key: tuple(sorted(set(tables))) for key, tables in found.items()}


def rooms_reading(rule_book: RuleBook) -> dict[str, tuple[tuple[str, ...], frozenset[str]]]:
    """Room → its tables and the keys that it reads."""
    import pipeline.definitions  # noqa: F401 — importing it declares every room
    from pipeline.assets.room import rooms_in_order

    return {
        room.name: (room.tables, frozenset(_keys_of(sys.modules[room.compute.__module__], rule_book)))
        for room in rooms_in_order()
    }


def _keys_of(module: ModuleType, rule_book: RuleBook) -> Iterator[str]:
    for one in _reached(module, set()):
        for view in vars(one).values():
            if isinstance(view, type) and view.__module__.startswith(_RULES):
                yield from _read_by(view, rule_book)
        for room, name, constant in _ASKED.findall(Path(str(one.__file__)).read_text(encoding="utf-8")):
            yield f"{room}.{name or getattr(one, constant)}"


def _reached(module: ModuleType, seen: set[str]) -> Iterator[ModuleType]:
    """The room's own modules: where it computes, and what that takes from its neighbours on the same floor."""
    if module.__name__ in seen:
        return
    seen.add(module.__name__)
    yield module
    for value in vars(module).values():
        name = getattr(value, "__module__", None)
        if isinstance(name, str) and name.startswith(_WALKED) and name in sys.modules:
            yield from _reached(sys.modules[name], seen)


def _read_by(view: Any, rule_book: RuleBook) -> set[str]:
    reading = rule_book.reading()
    if hasattr(view, "in_force"):
        view.in_force(reading, _PROBED_ON)
    elif hasattr(view, "known"):
        view.known(reading)
    return {key for key, _, _ in reading.values_read()}


def page_of(rule_book: RuleBook, *, on: date | None = None, key: str | None = None) -> RuleBookPage:
    """The book with the tables of every rule."""
    return rule_book_page(rule_book, tables_by_key(rule_book), on=on, key=key)


def rule_book_text() -> str:
    """`docs/rule-book.md`, whole: the rules of the house, without any book's own values."""
    told = page_of(RuleBook.read())
    return "\n".join([HEAD, *_lines(told)]) + "\n"


def _lines(told: RuleBookPage) -> Iterator[str]:
    yield "## Не подтверждено\n"
    yield from _table(OPEN_HEADS, told.unconfirmed)
    yield ""
    for title, entries in told.chapters:
        yield f"## {title}\n"
        for entry in entries:
            yield from _entry(entry)


def _entry(entry: Entry) -> Iterator[str]:
    yield f"### {entry.title}\n"
    tables = ", ".join(f"`{table}`" for table in entry.tables) or "ни одной: правило читают только команды и отчёты"
    yield f"`{entry.key}` · {entry.unit} · выбирается {entry.selector} · таблицы: {tables}\n"
    yield from _table(VALUE_HEADS, entry.values)
    yield ""
    if entry.note:
        yield f"{entry.note}\n"


def _table(heads: tuple[str, ...], lines: tuple[tuple[str, ...], ...]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    for line in lines:
        cells = (cell.replace("|", "\\|").replace("\n", " ") for cell in line)
        yield f"| {' | '.join(cells)} |"
