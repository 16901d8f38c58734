"""Commands that bring a book from an S3-compatible store into a folder and back."""

from __future__ import annotations

from typing import Annotated

import typer

from pipeline.cli.options import BOOK_DEFAULT, BookOption


def pull(
    store: Annotated[
        str | None,
        typer.Argument(metavar="ХРАНИЛИЩЕ", show_default="откуда папка взята",
                       help="Адрес участка: s3://ведро/папка; нужен только первый раз."),
    ] = None,
    book: BookOption = BOOK_DEFAULT,
    take_over: Annotated[
        bool, typer.Option("--take-over", help="Взять, хотя участок занят другой рабочей папкой: она потеряна.")
    ] = False,
) -> None:
    """Взять участок из хранилища S3 в рабочую папку; до raschet push он занят за ней."""
    from pipeline.cli.screen import say
    from pipeline.rendering.russian import counted, number
    from pipeline.storage.remote.pull import pull as pulled

    done = pulled(book, store, take_over=take_over)
    months = counted(done.months, "месяц")
    say(f"Участок взят: {months}; получено файлов {number(done.files)}, {_size(done.bytes)}.")
    say(f"Дальше: raschet status --book {book}, в конце raschet push --book {book}")


def push(
    book: BookOption = BOOK_DEFAULT,
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="ХРАНИЛИЩЕ", show_default="откуда папка взята",
                     help="Адрес участка: s3://ведро/папка; нужен только первый раз."),
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Не отпускать участок: работать в этой папке дальше.")] = False,
) -> None:
    """Передать участок в хранилище S3: все файлы, затем разом опубликованные месяцы."""
    from pipeline.cli.books import known_book
    from pipeline.cli.screen import say
    from pipeline.rendering.russian import counted, number
    from pipeline.storage.remote.push import push as pushed

    done = pushed(known_book(book), to, keep=keep)
    months = counted(done.months, "месяц")
    say(f"Участок передан: {months}; отправлено файлов {number(done.files)}, {_size(done.bytes)}.")


def _size(told: int) -> str:
    """«12 МБ», «0 МБ»: for people."""
    from pipeline.rendering.russian import number

    return f"{number(-(-told // 1_000_000))} МБ"
