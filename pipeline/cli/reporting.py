"""The command that makes the month's report again and says where it lies."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.billing_month import BillingMonth
from pipeline.cli.options import BOOK_DEFAULT, BookOption, read_month

if TYPE_CHECKING:
    from pipeline.storage.book import Book
    from pipeline.storage.manifest import Version

LastMonthOption = Annotated[
    BillingMonth | None,
    typer.Option("--month", metavar="ГГГГ-ММ", parser=read_month, show_default="последний рассчитанный",
                 help="Расчётный месяц отчёта."),
]
OutOption = Annotated[
    Path | None,
    typer.Option("--out", metavar="ПАПКА", parser=Path, show_default="папка reports участка",
                 help="Куда положить страницу, книгу Excel и показатели."),
]
OpenOption = Annotated[bool, typer.Option("--open", help="Открыть страницу в браузере.")]


def report(
    month: LastMonthOption = None, book: BookOption = BOOK_DEFAULT, out: OutOption = None, open_it: OpenOption = False
) -> None:
    """Составить отчёт за опубликованный месяц: страница HTML и книга Excel."""
    from pipeline.cli.books import known_book, last_computed
    from pipeline.cli.screen import say
    from pipeline.reports.month.report import WORKBOOK

    known = known_book(book)
    page = _written(known, month or last_computed(known), out)
    say(f"Отчёт: {page}")
    say(f"Книга Excel: {page.with_name(WORKBOOK)}")
    if open_it:
        typer.launch(page.as_uri())


def latest_page(book: Book, month: BillingMonth) -> Path | None:
    """The page of the version now published; None when its report was not made."""
    from pipeline.reports.month.report import PAGE
    from pipeline.storage.manifest import published_version

    version = published_version(book, month)
    page = book.latest_reports(month) / PAGE
    is_of_version = version is not None and page.resolve().parent.name == version.folder.name
    return page if is_of_version and page.is_file() else None


def _written(book: Book, month: BillingMonth, out: Path | None) -> Path:
    from pipeline.reports.month.report import PAGE, report_of, write_beside, write_into
    from pipeline.storage.lock import lock

    if out is not None:
        return write_into(out.expanduser().resolve(), report_of(book, published_of(book, month)))
    with lock(book):
        version = published_of(book, month)
        write_beside(book, version, report_of(book, version))
    return book.latest_reports(month) / PAGE


def published_of(book: Book, month: BillingMonth) -> Version:
    """The version of a month that readers see; NothingPublished where there is none."""
    from pipeline.storage.manifest import published_version
    from pipeline.storage.publish import NothingPublished

    version = published_version(book, month)
    if version is None:
        raise NothingPublished(f"Месяц {month} не опубликован", f"Рассчитайте его: raschet run --month {month}")
    return version
