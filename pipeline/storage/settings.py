"""Settings of a book: the only YAML of storage. Strict: an unknown or misspelled key is an error, never ignored.

    book_id: town
    name: Расчётный центр города
    first_month: 2025-12
    keep_nights: 7
    workers: null            # processes for parts; null = as many as the machine has cores
    memory_mb: 1800          # what one of them may take; a part that needs more stops the month before it begins
    cluster: 10.0.0.1:6379   # parts go to this Ray cluster instead; leave it out on one machine
    feeds:
      - {table: payments, provider: sber, due_day: 5, may_be_late: true}
    rules:
      ledger.due_day: 10     # overrides of the rule book
    sms: {sender: РКЦ}       # any further mapping is a section that its room reads
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

import yaml

from pipeline.billing_month import BillingMonth
from pipeline.errors import RaschetError

FILE: Final = "settings.yaml"
DEFAULT_FIRST_MONTH: Final = BillingMonth(2025, 12)
_KNOWN: Final = {"book_id", "name", "first_month", "keep_nights", "workers", "memory_mb", "cluster", "feeds", "rules"}
_FEED: Final = {"table", "provider", "due_day", "may_be_late"}

Kind = TypeVar("Kind", int, str, bool)


class BadBook(RaschetError):
    """The folder is no book, or its settings cannot be read."""


@dataclass(frozen=True, slots=True)
class DueFeed:
    """A delivery the book waits for: of which table, from whom, by which day of the month, and may it come late."""

    table: str
    due_day: int
    may_be_late: bool = False
    provider: str | None = None


@dataclass(frozen=True, slots=True)
class BookSettings:
    """What distinguishes one book from another. `rules` overrides the rule book, `sections` belong to rooms."""

    book_id: str = "book"
    name: str = "Участок"
    first_month: BillingMonth = DEFAULT_FIRST_MONTH
    keep_nights: int = 7
    workers: int | None = None
    memory_mb: int | None = None
    cluster: str | None = None
    feeds: tuple[DueFeed, ...] = ()
    rules: Mapping[str, Any] = field(default_factory=dict)
    sections: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def section(self, name: str) -> Mapping[str, Any]:
        """Free settings of a room, empty when there are none."""
        return self.sections.get(name, {})

    @property
    def sms(self) -> Mapping[str, Any]:
        """Settings of text messages."""
        return self.section("sms")


def read_settings(root: Path) -> BookSettings | None:
    """Settings of the book, None where there is no such file; BadBook says which key is wrong."""
    file = root / FILE
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError):
        raise _bad(file, "файл не читается") from None
    try:
        # every step of a month reads them anew: the C loader takes a tenth of the time
        written = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as fault:
        mark = getattr(fault, "problem_mark", None)
        raise _bad(file, f"ошибка YAML{f' в строке {mark.line + 1}' if mark else ''}") from None
    if not isinstance(written, dict):
        raise _bad(file, "ожидается список «ключ: значение»")
    return _settings(file, written)


def settings_text(settings: BookSettings) -> str:
    """The same settings as YAML, keys in a fixed order: for books that a program makes."""
    feeds = [
        {"table": feed.table, **({"provider": feed.provider} if feed.provider else {}),
         "due_day": feed.due_day, "may_be_late": feed.may_be_late}
        for feed in settings.feeds
    ]
    written = {
        "book_id": settings.book_id, "name": settings.name, "first_month": str(settings.first_month),
        "keep_nights": settings.keep_nights, "workers": settings.workers,
        **({"memory_mb": settings.memory_mb} if settings.memory_mb else {}),
        **({"cluster": settings.cluster} if settings.cluster else {}), "feeds": feeds,
        "rules": dict(settings.rules), **{name: dict(section) for name, section in settings.sections.items()},
    }
    return yaml.safe_dump(written, allow_unicode=True, sort_keys=False, width=100)


def _settings(file: Path, written: dict[str, Any]) -> BookSettings:
    sections = {key: value for key, value in written.items() if key not in _KNOWN}
    for key, value in sections.items():
        if not isinstance(value, dict):
            raise _bad(file, f"неизвестный ключ «{key}»")
    rules = written.get("rules") or {}
    if not isinstance(rules, dict):
        raise _bad(file, "rules — это «параметр: значение»")
    cluster = written.get("cluster")
    return BookSettings(
        book_id=_value(file, written, "book_id", str, "book"),
        name=_value(file, written, "name", str, "Участок"),
        first_month=_month(file, _value(file, written, "first_month", str)),
        keep_nights=_at_least(file, "keep_nights", _value(file, written, "keep_nights", int, 7), 0),
        workers=_at_least_one(file, written, "workers"),
        memory_mb=_at_least_one(file, written, "memory_mb"),
        cluster=None if cluster is None else _value(file, written, "cluster", str),
        feeds=tuple(_feed(file, feed) for feed in written.get("feeds") or ()),
        rules=rules,
        sections=sections,
    )


def _feed(file: Path, written: object) -> DueFeed:
    if not isinstance(written, dict) or set(written) - _FEED:
        raise _bad(file, f"каждая строка feeds содержит только {', '.join(sorted(_FEED))}")
    due_day = _value(file, written, "due_day", int)
    if not 1 <= due_day <= 31:
        raise _bad(file, "due_day — день месяца от 1 до 31")
    provider = written.get("provider")
    return DueFeed(
        table=_value(file, written, "table", str),
        due_day=due_day,
        may_be_late=_value(file, written, "may_be_late", bool, False),
        provider=None if provider is None else _value(file, written, "provider", str),
    )


def _value(file: Path, written: Mapping[str, Any], key: str, kind: type[Kind], default: Kind | None = None) -> Kind:
    value = written.get(key, default)
    # bool is an int in Python, hence the exact type
    if type(value) is not kind:
        names = {int: "целое число", str: "текст в кавычках", bool: "true или false"}
        raise _bad(file, f"«{key}» — {names[kind]}")
    return value


def _at_least_one(file: Path, written: Mapping[str, Any], key: str) -> int | None:
    """A count that may be left out."""
    return None if written.get(key) is None else _at_least(file, key, _value(file, written, key, int), 1)


def _at_least(file: Path, key: str, value: int, least: int) -> int:
    if value < least:
        raise _bad(file, f"«{key}» не меньше {least}")
    return value


def _month(file: Path, written: str) -> BillingMonth:
    try:
        return BillingMonth.parse(written)
    except ValueError:
        raise _bad(file, "first_month пишется как \"2025-12\"") from None


def _bad(file: Path, what: str) -> BadBook:
    return BadBook(f"Настройки участка {file} не читаются: {what}", "Исправьте файл и повторите команду")
