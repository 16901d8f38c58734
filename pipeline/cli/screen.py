"""How figures and tables look on the screen: roubles with spaces, rich tables, plain ones outside a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

PLAIN_WIDTH = 200
SPACE = "\u00a0"


def console() -> Console:
    """A console of standard output as it is now; wide and without colour when nobody looks at it."""
    from rich.console import Console

    stream = sys.stdout
    return Console(file=stream, highlight=False, soft_wrap=True, width=None if stream.isatty() else PLAIN_WIDTH)


def say(text: str = "") -> None:
    console().print(text)


def table(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: Sequence[int] = ()) -> None:
    """One table with a title; columns in `numbers` are aligned to the right."""
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    shown = console()
    drawn = Table(
        title=escape(title), title_justify="left", title_style="bold", show_header=any(heads), pad_edge=False,
        box=box.SIMPLE_HEAD if shown.is_terminal else box.ASCII2,
    )
    for position, head in enumerate(heads):
        drawn.add_column(escape(head), justify="right" if position in numbers else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*(escape(cell) for cell in row))
    shown.print(drawn)


def roubles(amount: Decimal | int | None) -> str:
    """«1 234,50 ₽» with spaces that do not break."""
    if amount is None:
        return "нет"
    grouped = f"{Decimal(amount):,.2f}".replace(",", SPACE).replace(".", ",")
    return f"{grouped}{SPACE}₽".replace("-", "−")


def number(value: int) -> str:
    return f"{value:,}".replace(",", SPACE)


@cache
def _forms() -> dict[str, tuple[str, str, str]]:
    return {
        "месяц": ("месяц", "месяца", "месяцев"), "файл": ("файл", "файла", "файлов"),
        "строка": ("строка", "строки", "строк"), "платёж": ("платёж", "платежа", "платежей"),
        "проверка": ("проверка", "проверки", "проверок"), "счёт": ("счёт", "счёта", "счетов"),
        "действие": ("действие", "действия", "действий"),
    }


def counted(value: int, word: str) -> str:
    """«1 файл», «2 файла», «5 файлов»."""
    one, few, many = _forms()[word]
    last, teens = value % 10, value % 100 // 10 == 1
    form = many if teens or last == 0 or last > 4 else one if last == 1 else few
    return f"{number(value)}{SPACE}{form}"


def share(part: Decimal | int, whole: Decimal | int) -> str:
    """«93,4 %»; «нет» of nothing."""
    if not whole:
        return "нет"
    percent = Decimal(part) * 100 / Decimal(whole)
    return f"{percent:.1f}".replace(".", ",") + f"{SPACE}%"
