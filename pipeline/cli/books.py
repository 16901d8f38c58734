"""Commands that make a book: a sample or invented town, and the opening state of a real one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.options import BOOK_DEFAULT, BookOption

if TYPE_CHECKING:
    from pipeline.storage.book import Book


def known_book(root: Path) -> Book:
    """The book of a folder, or one line that says how to make one."""
    from pipeline.storage.book import Book

    return Book.at(root).require()


def open_book(
    book: BookOption = BOOK_DEFAULT,
) -> None:
    """Открыть участок: принять входящие остатки первого месяца и сверить их итоги."""


def generate(
    book: BookOption = BOOK_DEFAULT,
    sample: Annotated[bool, typer.Option("--sample", help="Учебный город: 300 счетов, шесть месяцев.")] = False,
    accounts: Annotated[int, typer.Option("--accounts", metavar="N", min=1, help="Лицевых счетов.")] = 1000,
    months: Annotated[int, typer.Option("--months", metavar="K", min=1, help="Месяцев.")] = 3,
    seed: Annotated[int, typer.Option("--seed", metavar="S", help="Зерно: одинаковое даёт те же файлы до байта.")] = 1,
) -> None:
    """Создать участок с выдуманными счетами, документами и платежами."""
    from pipeline.cli.screen import number, say
    from pipeline.errors import RaschetError
    from pipeline.generator import generate as make
    from pipeline.generator import generate_sample

    if book.exists() and any(book.iterdir()):
        raise RaschetError(f"Папка {book} не пуста", "Укажите ключом --book новую папку")
    rows = generate_sample(book) if sample else make(book, accounts=accounts, months=months, seed=seed)
    say(f"Участок создан: {book}; строк {number(sum(rows.values()))} в {len(rows)} таблицах.")
    say(f"Дальше: raschet open --book {book}")
