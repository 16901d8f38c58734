"""Options that several commands share, each declared once, and how a month, a date and a book are read.

Here: reading of words from the command line. Not here: what a command does with them.
"""

import os
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated

import typer

from pipeline.billing_month import MOSCOW, BillingMonth
from pipeline.resources import BOOK_VARIABLE, DEFAULT_BOOK


def read_book(value: Path) -> Path:
    """Every later import of the definitions finds the book by the environment, as in the web interface."""
    root = value.expanduser().resolve()
    os.environ[BOOK_VARIABLE] = str(root)
    return root


def read_month(value: str | BillingMonth | None) -> BillingMonth | None:
    if value is None or isinstance(value, BillingMonth):
        return value
    try:
        return BillingMonth.parse(value)
    except ValueError:
        raise typer.BadParameter(f"месяц пишется как 2026-05, а не «{value}»") from None


def read_day(value: str | date | None) -> date | None:
    if value is None or isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise typer.BadParameter(f"дата пишется как 2026-06-20, а не «{value}»") from None


def read_day_of_arrivals(value: str | date | None) -> date | None:
    """A day that has come: counting a day that has not would close a month without its last payments."""
    day = read_day(value)
    today = datetime.now(MOSCOW).date()
    if day is not None and day > today:
        raise typer.BadParameter(f"{day:%d.%m.%Y} ещё не наступило: сегодня в Москве {today:%d.%m.%Y}")
    return day


def read_roubles(value: str | Decimal | None) -> Decimal | None:
    """«1234.50» or «1 234,50»; kopecks at most."""
    if value is None or isinstance(value, Decimal):
        return value
    try:
        amount = Decimal(value.replace(" ", "").replace("\u00a0", "").replace(",", "."))
    except InvalidOperation:
        raise typer.BadParameter(f"сумма пишется как 1234.50, а не «{value}»") from None
    if amount != amount.quantize(Decimal("0.01")):
        raise typer.BadParameter(f"сумма пишется с копейками, а не «{value}»")
    return amount


def yesterday() -> date:
    """The last whole day in Moscow: what a night counts up to."""
    return datetime.now(MOSCOW).date() - timedelta(days=1)


BookOption = Annotated[
    Path,
    typer.Option(
        "--book", metavar="ПАПКА", envvar=BOOK_VARIABLE, show_envvar=False, parser=Path, callback=read_book,
        help=f"Папка участка (реестра счетов); иначе переменная {BOOK_VARIABLE}.",
    ),
]
MonthOption = Annotated[
    BillingMonth,
    typer.Option(
        "--month", metavar="ГГГГ-ММ", parser=read_month, help="Расчётный месяц: тот, за который выставлены счета."
    ),
]
AsOfOption = Annotated[
    date | None,
    typer.Option(
        "--as-of", metavar="ГГГГ-ММ-ДД", parser=read_day_of_arrivals, show_default="вчера по Москве",
        help="По какой день включительно считать поступившее.",
    ),
]
BOOK_DEFAULT = DEFAULT_BOOK
