"""Numbers, sums, days and counted words as Russians write them, the same on the screen, on pages and in messages.

Here: how a value looks. Not here: which words the codes of the tables become (`words.py`), layout.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Final

from pipeline.billing_month import MOSCOW, BillingMonth

SPACE: Final = "\u00a0"
NOTHING: Final = "нет"
_MONTHS: Final = (
    "январь", "февраль", "март", "апрель", "май", "июнь", "июль", "август", "сентябрь", "октябрь", "ноябрь", "декабрь",
)
#: Forms for 1, 2–4 and 5–20.
_FORMS: Final = {
    "месяц": ("месяц", "месяца", "месяцев"), "файл": ("файл", "файла", "файлов"),
    "строка": ("строка", "строки", "строк"), "платёж": ("платёж", "платежа", "платежей"),
    "проверка": ("проверка", "проверки", "проверок"), "счёт": ("счёт", "счёта", "счетов"),
    "действие": ("действие", "действия", "действий"), "день": ("день", "дня", "дней"),
    "раз": ("раз", "раза", "раз"), "услуга": ("услуга", "услуги", "услуг"), "дело": ("дело", "дела", "дел"),
    "решение": ("решение", "решения", "решений"), "документ": ("документ", "документа", "документов"),
    "сообщение": ("сообщение", "сообщения", "сообщений"), "замечание": ("замечание", "замечания", "замечаний"),
}


def number(value: int) -> str:
    """«1 234»."""
    return f"{value:,}".replace(",", SPACE).replace("-", "−")


def roubles(amount: Decimal | int | None) -> str:
    """«1 234,50 ₽» with spaces that do not break; «нет» for a missing sum."""
    return NOTHING if amount is None else f"{decimal(amount, 2)}{SPACE}₽"


def decimal(value: Decimal | int, digits: int) -> str:
    """«1 234,50» with so many digits after the comma."""
    grouped = f"{Decimal(value):,.{digits}f}".replace(",", SPACE).replace(".", ",")
    return grouped.replace("-", "−")


def share(part: Decimal | int, whole: Decimal | int) -> str:
    """«93,4 %»; «нет» of nothing."""
    return f"{decimal(Decimal(part) * 100 / Decimal(whole), 1)}{SPACE}%" if whole else NOTHING


def counted(value: int, word: str) -> str:
    """«1 файл», «2 файла», «5 файлов»; KeyError for a word without forms."""
    one, few, many = _FORMS[word]
    last, teens = value % 10, value % 100 // 10 == 1
    form = many if teens or last == 0 or last > 4 else one if last == 1 else few
    return f"{number(value)}{SPACE}{form}"


def day(on: date | None) -> str:
    """«15.06.2026»."""
    return NOTHING if on is None else f"{on:%d.%m.%Y}"


def moment(at: datetime | None) -> str:
    """«15.06.2026 14:05» in Moscow."""
    return NOTHING if at is None else f"{at.astimezone(MOSCOW):%d.%m.%Y %H:%M}"


@cache
def month_name(month: BillingMonth | date) -> str:
    """«май 2026»."""
    first = month.first_day if isinstance(month, BillingMonth) else month
    return f"{_MONTHS[first.month - 1]} {first.year}"


def month_spans(months: Iterable[date]) -> str:
    """«май 2024; январь 2026 — март 2026»: months in a row are one span, what lies between two is in neither."""
    spans: list[list[BillingMonth]] = []
    for month in sorted({BillingMonth.of(day) for day in months}):
        if spans and spans[-1][-1].next == month:
            spans[-1].append(month)
        else:
            spans.append([month])
    named = ((month_name(span[0]), month_name(span[-1])) for span in spans)
    return "; ".join(first if first == last else f"{first} — {last}" for first, last in named)
