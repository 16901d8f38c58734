"""Commands that explain: one account to whoever asks, and the rule book."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.billing_month import BillingMonth
from pipeline.cli.options import BOOK_DEFAULT, BookOption, read_month

if TYPE_CHECKING:
    from pipeline.reports.explain.explanation import Explanation
    from pipeline.storage.book import Book


def explain(
    account: Annotated[str, typer.Argument(metavar="СЧЁТ", help="Номер лицевого счёта.")],
    month: Annotated[
        BillingMonth | None,
        typer.Option("--month", metavar="ГГГГ-ММ", parser=read_month, show_default="последний опубликованный",
                     help="Расчётный месяц."),
    ] = None,
    html: Annotated[bool, typer.Option("--html", help="Записать страницу для печати вместо экрана.")] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="ФАЙЛ", parser=Path, show_default="папка отчётов участка",
                     help="Куда записать страницу."),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Показать и подробности: строки, разнесение, таблицы.")
    ] = False,
    book: BookOption = BOOK_DEFAULT,
) -> None:
    """Объяснить один счёт: что должны и с какого дня, что дальше и когда, что это изменит, на чём основано."""
    from pipeline.cli.books import known_book
    from pipeline.cli.explanation_screen import show
    from pipeline.cli.screen import say
    from pipeline.reports.explain.assembling import explain as explained

    known = known_book(book)
    told = explained(known, account, month)
    if not html and out is None:
        show(told, everything=everything)
        return
    say(f"Страница записана: {_written(known, told, out)}")


def _written(book: Book, told: Explanation, out: Path | None) -> Path:
    """The page, in the file asked for or among the reports of the month."""
    from pipeline.reports.explain.assembling import as_page
    from pipeline.storage.files import write_bytes
    from pipeline.storage.manifest import published_version
    from pipeline.storage.report_files import write_report

    if out is not None:
        write_bytes(out.expanduser().resolve(), as_page(told).encode())
        return out
    version = published_version(book, told.month)
    assert version is not None  # it has just been explained
    return write_report(book, told.month, version.run_id, f"explain/{told.account_id}.html", as_page(told))
