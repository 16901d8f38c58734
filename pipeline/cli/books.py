"""Commands that make a book: a sample or invented town, and the opening state of a real one."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.options import BOOK_DEFAULT, BookOption, read_roubles

if TYPE_CHECKING:
    from pipeline.billing_month import BillingMonth
    from pipeline.domain.ingest.opening import OpeningTotals
    from pipeline.storage.book import Book


def known_book(root: Path) -> Book:
    """The book of a folder, or one line that says how to make one."""
    from pipeline.storage.book import Book

    return Book.at(root).require()


def last_computed(book: Book) -> BillingMonth:
    """The month that a person means who names none: the newest published one."""
    from pipeline.storage.manifest import published_months
    from pipeline.storage.publish import NothingPublished

    months = [month for month in published_months(book) if month != book.opening_month]
    if not months:
        raise NothingPublished("В участке ещё нет опубликованных месяцев", "Рассчитайте первый: raschet run")
    return months[-1]


def open_book(
    book: BookOption = BOOK_DEFAULT,
    debt: Annotated[
        Decimal | None,
        typer.Option("--debt", metavar="РУБ", parser=read_roubles, show_default="без сверки",
                     help="Контрольный итог долга: при расхождении участок не открывается."),
    ] = None,
    advances: Annotated[
        Decimal | None,
        typer.Option("--advances", metavar="РУБ", parser=read_roubles, show_default="без сверки",
                     help="Контрольный итог авансов: при расхождении участок не открывается."),
    ] = None,
) -> None:
    """Открыть участок: принять входящие остатки первого месяца и сверить их итоги."""
    from pipeline.cli.screen import say
    from pipeline.storage import opening
    from pipeline.storage.status import open_month

    known = known_book(book)
    following = open_month(known)
    if following is not None and debt is None and advances is None:
        say(f"Участок «{known.settings.name}» уже открыт; сейчас открыт месяц {following}.")
        return
    totals = opening.open_book(known, confirm=lambda found: _sign_off(found, debt=debt, advances=advances))
    _show_totals(known, totals)
    first = known.settings.first_month
    say(f"Участок открыт. Дальше: raschet run --month {first} --book {known.root}")


def _sign_off(found: OpeningTotals, *, debt: Decimal | None, advances: Decimal | None) -> None:
    """Control totals of the person who hands the book over; a difference stops the opening."""
    from pipeline.errors import RaschetError
    from pipeline.rendering.russian import roubles

    for name, told, kopecks in (("долга", debt, found.items_kop), ("авансов", advances, found.advances_kop)):
        actual = Decimal(kopecks).scaleb(-2)
        if told is not None and told != actual:
            raise RaschetError(
                f"Участок не открыт: итог {name} {roubles(actual)}, а контрольный {roubles(told)}, "
                f"разница {roubles(actual - told)}",
                "Сверьте входящие остатки с их отправителем и повторите",
            )


def _show_totals(book: Book, found: OpeningTotals) -> None:
    from pipeline.cli.screen import table
    from pipeline.rendering import words
    from pipeline.rendering.russian import number, roubles

    names = _creditors(book)
    table(f"{book.settings.name}: входящие остатки", ["", "", ""], [
        ("Лицевых счетов", number(found.accounts), ""),
        ("Открытых статей, долг", number(found.items), roubles(Decimal(found.items_kop).scaleb(-2))),
        *((f"  {names.get(total.creditor_id, total.creditor_id)}, {words.debt_kind(total.debt_kind_code)}",
           number(total.items), roubles(Decimal(total.amount_kop).scaleb(-2))) for total in found.by_creditor),
        ("Авансов", number(found.advances), roubles(Decimal(found.advances_kop).scaleb(-2))),
        ("Счётчиков с историей", number(found.meters), ""),
        ("Начатых взысканий", number(found.episodes), ""),
    ], numbers=[1, 2])


def _creditors(book: Book) -> dict[str, str]:
    """Names in the newest register delivered; one that cannot be read stops its month, not this screen."""
    from datetime import date

    from pipeline.contracts.registers import CREDITORS
    from pipeline.errors import RaschetError
    from pipeline.storage.directories import directory

    try:
        return dict(directory(book, CREDITORS, date.max).select("creditor_id", "name").rows())
    except RaschetError:
        return {}


def generate(
    book: BookOption = BOOK_DEFAULT,
    sample: Annotated[bool, typer.Option("--sample", help="Учебный город: 300 счетов, шесть месяцев.")] = False,
    accounts: Annotated[int, typer.Option("--accounts", metavar="N", min=1, help="Лицевых счетов.")] = 1000,
    months: Annotated[int, typer.Option("--months", metavar="K", min=1, help="Месяцев.")] = 3,
    seed: Annotated[int, typer.Option("--seed", metavar="S", help="Зерно: одинаковое даёт те же файлы до байта.")] = 1,
    workers: Annotated[
        int | None,
        typer.Option("--workers", metavar="N", min=1, show_default="по числу ядер",
                     help="Процессов; файлы от их числа не зависят."),
    ] = None,
) -> None:
    """Создать участок с выдуманными счетами, документами и платежами."""
    from pipeline.cli.screen import say
    from pipeline.errors import RaschetError
    from pipeline.generator import generate as make
    from pipeline.generator import generate_sample
    from pipeline.rendering.russian import number

    if book.exists() and any(book.iterdir()):
        raise RaschetError(f"Папка {book} не пуста", "Укажите ключом --book новую папку")
    rows = generate_sample(book) if sample else make(
        book, accounts=accounts, months=months, seed=seed, workers=workers or os.cpu_count() or 1
    )
    say(f"Участок создан: {book}; строк {number(sum(rows.values()))} в {len(rows)} таблицах.")
    say(f"Дальше: raschet open --book {book}")
