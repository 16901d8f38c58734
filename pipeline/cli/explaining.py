"""Commands that explain: one account to whoever asks, and the rule book."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.billing_month import BillingMonth
from pipeline.cli.options import BOOK_DEFAULT, BookOption, read_day, read_month

if TYPE_CHECKING:
    from pipeline.reports.explain.rule_book import RuleBookPage
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
    full: Annotated[
        bool, typer.Option("--full", "--all", help="Показать всё: разделы, строки, отрезки пеней, сами таблицы.")
    ] = False,
    section: Annotated[
        list[str] | None,
        typer.Option("--section", metavar="РАЗДЕЛ", show_default=False,
                     help="Показать раздел целиком: debts, penalties, papers…; можно несколько раз."),
    ] = None,
    book: BookOption = BOOK_DEFAULT,
) -> None:
    """Объяснить один счёт: что должны и с какого дня, что дальше и когда, что это изменит, на чём основано."""
    from pipeline.cli.books import known_book
    from pipeline.cli.explanation_screen import chosen, show
    from pipeline.cli.screen import say
    from pipeline.reports.explain.assembling import as_page
    from pipeline.reports.explain.assembling import explain as explained
    from pipeline.storage.files import write_bytes

    known = known_book(book)
    if out is not None:
        write_bytes(out.expanduser().resolve(), as_page(explained(known, account, month)).encode())
        say(f"Страница записана: {out}")
    elif html:
        say(f"Страница записана: {_beside_the_version(known, account, month)}")
    else:
        told = explained(known, account, month)
        show(told, None if full else chosen(told, section or ()))


def _beside_the_version(book: Book, account: str, month: BillingMonth | None) -> Path:
    """The page among the reports of the month; under the lock no other version takes the place of the explained one."""
    from pipeline.reports.explain.assembling import as_page, explain
    from pipeline.storage.lock import lock
    from pipeline.storage.manifest import published_version
    from pipeline.storage.report_files import safe_name, write_report

    with lock(book):
        told = explain(book, account, month)
        version = published_version(book, told.month)
        assert version is not None  # it has just been explained
        name = f"explain/{safe_name(told.account_id)}.html"
        return write_report(book, told.month, version.folder.name, name, as_page(told))


def rules(
    key: Annotated[
        str | None, typer.Argument(metavar="КЛЮЧ", show_default=False, help="Одно правило, например ledger.due_day.")
    ] = None,
    write: Annotated[
        Path | None,
        typer.Option("--write", metavar="ФАЙЛ", parser=Path, help="Записать книгу правил (docs/rule-book.md)."),
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="ФАЙЛ", parser=Path, help="Записать страницу для печати.")
    ] = None,
    on: Annotated[
        date | None,
        typer.Option("--on", metavar="ГГГГ-ММ-ДД", parser=read_day, show_default="день последней сверки",
                     help="С какого дня считать, что сверка устарела."),
    ] = None,
    book: BookOption = BOOK_DEFAULT,
) -> None:
    """Книга правил: значения, история, источники, уверенность; что не подтверждено; какие таблицы зависят."""
    from pipeline.cli.rule_catalogue import page_of, rule_book_text
    from pipeline.cli.screen import say
    from pipeline.errors import RaschetError
    from pipeline.rendering.html import page
    from pipeline.reports.explain.quoting import rule_book_of
    from pipeline.storage.book import Book
    from pipeline.storage.files import write_bytes

    if write is not None:
        write_bytes(write.expanduser().resolve(), rule_book_text().encode())
        say(f"Книга правил записана: {write}")
        return
    own = Book.at(book)
    rule_book = rule_book_of(own)
    if key is not None and key not in rule_book.parameters:
        raise RaschetError(f"Правила {key} нет", "Все ключи: raschet rules")
    told = page_of(rule_book, on=on, key=key)
    if html is not None:
        name = own.settings.name if own.exists else ""
        write_bytes(html.expanduser().resolve(), page("rule_book.html.j2", told=told, book_name=name).encode())
        say(f"Страница записана: {html}")
        return
    _show_rules(told)


def _show_rules(told: RuleBookPage) -> None:
    from pipeline.cli.screen import say, table
    from pipeline.reports.explain.rule_book import OPEN_HEADS, VALUE_HEADS

    if told.unconfirmed:
        table("Не подтверждено", OPEN_HEADS, told.unconfirmed)
    for title, entries in told.chapters:
        say(title.upper())
        for entry in entries:
            mark = " — настройка участка" if entry.key in told.overridden else ""
            table(f"{entry.title}{mark}", VALUE_HEADS, entry.values)
            tables = ", ".join(entry.tables) or "ни одной, правило читают команды и отчёты"
            say(f"{entry.key}; {entry.unit}; выбирается {entry.selector}; таблицы: {tables}")
            if entry.note:
                say(entry.note)
            say()
