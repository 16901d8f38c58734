"""Commands that show: the web interface and the table catalogue."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.options import BOOK_DEFAULT, BookOption

if TYPE_CHECKING:
    from pipeline.storage.book import Book


def ui(
    book: BookOption = BOOK_DEFAULT,
    port: Annotated[
        int | None,
        typer.Option("--port", metavar="ПОРТ", show_default="первый свободный от 3000", help="Порт на этой машине."),
    ] = None,
    seconds: Annotated[int | None, typer.Option("--for-seconds", hidden=True)] = None,
) -> None:
    """Открыть участок в веб-интерфейсе Dagster (только на этой машине); остановить — Ctrl-C."""
    from pipeline.cli.books import known_book
    from pipeline.cli.screen import say
    from pipeline.cli.servers import web_interface
    from pipeline.errors import RaschetError

    known = known_book(book)
    root = known.root
    say("Запускаю веб-интерфейс…")
    _tidy_record(known)
    for asked_to_end in (signal.SIGTERM, signal.SIGHUP):
        # without this the servers would outlive a closed terminal
        signal.signal(asked_to_end, signal.default_int_handler)
    with web_interface(root, port=port) as running:
        say(f"Расчёт открыт: {running.address}   (участок {root})")
        say(f"Отчёты: {running.reports}")
        say("Ctrl-C — остановить.")
        deadline = None if seconds is None else time.monotonic() + seconds
        try:
            while deadline is None or time.monotonic() < deadline:
                if name := running.ended():
                    raise RaschetError(f"Веб-интерфейс остановился ({name})", f"Смотрите {running.logs / name}.log")
                time.sleep(0.5)
        except KeyboardInterrupt:
            say("\nОстанавливаю…")
    say("Остановлено.")


def _tidy_record(book: Book) -> None:
    """Runs that a power cut left "started" would hold the queue; nothing is done while somebody works on the book."""
    from contextlib import suppress

    from pipeline.cli.instance import bury_dead_runs, instance_of
    from pipeline.storage.lock import BookLocked, lock

    with suppress(BookLocked), lock(book), instance_of(book.root) as instance:
        bury_dead_runs(instance, book)


def catalogue(
    write: Annotated[
        Path | None,
        typer.Option("--write", metavar="ФАЙЛ", parser=Path, help="Записать в файл (docs/tables.md) вместо экрана."),
    ] = None,
) -> None:
    """Каталог таблиц участка: столбцы, единицы, смысл, ключи."""
    from pipeline.cli.screen import say
    from pipeline.cli.table_catalogue import catalogue_text

    if write is None:
        print(catalogue_text(), end="")
        return
    write.parent.mkdir(parents=True, exist_ok=True)
    write.write_text(catalogue_text(), encoding="utf-8")
    say(f"Каталог записан: {write}")
