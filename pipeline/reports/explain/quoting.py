"""Rules as an explanation quotes them: value, from when, article, confidence in words. Whatever is asked is remembered.

Not here: rule codes of allocations, which are code, not parameters (`wording.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from pipeline.rendering import proposal_words
from pipeline.rendering.russian import counted, day, decimal, roubles
from pipeline.reports.explain.explanation import Quote
from pipeline.rules.parameter import Confidence, DatedValue, Parameter, Scalar, Value
from pipeline.rules.registry import OVERRIDE_SOURCE, RuleBook, RuleReading
from pipeline.storage.book import Book

CONFIDENCES: Final = {
    Confidence.H: "подтверждено: источники согласны", Confidence.M: "подтверждено одним источником",
    Confidence.L: "спорно", Confidence.P: "политика участка",
}
_COUNTED: Final = {"days": "день", "months": "месяц"}
_CODES: Final = proposal_words.cause | {
    "dispute": "спор", "complaint": "жалоба", "instalment": "рассрочка", "bankruptcy": "банкротство",
    "death": "смерть плательщика", "mobilised": "мобилизация", "no_delivery_proof": "нет подтверждения вручения",
    "other": "иная причина", "slowest_registry": "после самого медленного реестра", "one_line": "одной строкой",
    "by_month": "по строке на месяц", "december": "среди месяцев декабрь", "tariff_change": "меняется тариф",
    "smart": "умный прибор", "inspector": "инспектор", "supplier": "поставщик", "office": "офис",
    "resident_app": "приложение", "resident_site": "личный кабинет", "phone": "телефон",
    "on_payment_date": "дня оплаты, для неоплаченного — дня расчёта", "per_day": "каждого дня", "fixed": "единая",
}


def rule_book_of(book: Book) -> RuleBook:
    """The rule book with the book's own values."""
    return RuleBook.read().with_overrides(book.settings.rules)


@dataclass
class Quoting:
    """A rule book that remembers what was quoted from it."""

    rule_book: RuleBook
    _quotes: dict[tuple[str, date], Quote] = field(default_factory=dict)
    reading: RuleReading = field(init=False)

    def __post_init__(self) -> None:
        self.reading = self.rule_book.reading()

    def quote(self, key: str, on: date) -> Quote:
        """One rule as in force on a date."""
        parameter = self.rule_book.parameter(key)
        row = parameter.in_force(on)
        if row is None:
            raise LookupError(f"{key}: nothing in force on {on}")
        if row.value is not None:
            self.reading.value(key, on)
        return self._quotes.setdefault((key, row.valid_from), _quoted(parameter, row))

    def changed_since(self, values_read: Sequence[Sequence[str]]) -> list[str]:
        """Titles of quoted rules whose value is another than a month has read; `values_read` as in its manifest."""
        told = {tuple(row) for row in values_read}
        known = {key for key, _, _ in told}
        now = self.reading.values_read()
        changed = {row[0] for row in now if row[0] in known and row not in told}
        return sorted(title_of(self.rule_book.parameter(key)) for key in changed)

    def keys(self, on: date, *keys: str) -> tuple[str, ...]:
        """What a sentence refers to each of these rules by, each quoted."""
        return tuple(self.quote(key, on).reference for key in keys)

    def all(self) -> tuple[Quote, ...]:
        """One quote of each value of each rule, in order of keys and of days."""
        return tuple(self._quotes[told] for told in sorted(self._quotes))


def _quoted(parameter: Parameter, row: DatedValue) -> Quote:
    return Quote(
        key=parameter.key, title=title_of(parameter), value=in_words(row.value, parameter.unit),
        valid_from=row.valid_from, source=row.source, confidence=CONFIDENCES[row.confidence], reviewed=row.reviewed,
        is_set_by_book=row.source == OVERRIDE_SOURCE, note=row.note or "",
    )


def title_of(parameter: Parameter) -> str:
    """The parameter's name for Russian readers, without its full stop."""
    return parameter.title.rstrip(".")


def in_words(value: Value | None, unit: str) -> str:
    """«500,00 ₽», «3 месяца», «да»."""
    if isinstance(value, tuple):
        return ", ".join(_one(member, unit) for member in value) or "пусто"
    return "без ограничения" if value is None else _one(value, unit)


def _one(value: Scalar, unit: str) -> str:
    if isinstance(value, bool):
        return "да" if value else "нет"
    if isinstance(value, Decimal):
        return roubles(value) if unit == "rub" else decimal(value, max(0, -int(value.as_tuple().exponent)))
    if isinstance(value, date):
        return day(value)
    if isinstance(value, str):
        return _CODES.get(value, value)
    if unit in _COUNTED:
        return counted(value, _COUNTED[unit])
    return f"{value}-е число" if unit == "day_of_month" else str(value)
