"""The command that writes a DuckDB file of views, for BI tools and analysts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.options import BOOK_DEFAULT, BookOption

NAME = "raschet.duckdb"


def views(
    book: BookOption = BOOK_DEFAULT,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="ФАЙЛ", parser=Path, show_default=f"{NAME} в папке участка",
                     help="Файл DuckDB, который будет записан."),
    ] = None,
    sql: Annotated[
        Path | None,
        typer.Option("--sql", metavar="ФАЙЛ", parser=Path, show_default=False,
                     help="Записать ещё и текст SQL, для своей базы DuckDB."),
    ] = None,
) -> None:
    """Записать файл DuckDB с представлениями опубликованных таблиц: для BI и аналитиков."""
    from pipeline.cli.books import known_book
    from pipeline.cli.screen import say
    from pipeline.reports.views import views as statements
    from pipeline.reports.views import written_views
    from pipeline.storage.files import write_bytes

    known = known_book(book)
    file = (out or known.root / NAME).expanduser().resolve()
    written_views(known, file)
    say(f"Представления: {file}")
    if sql is not None:
        text = ";\n".join(statements(known)) + ";\n"
        write_bytes(sql.expanduser().resolve(), text.encode())
        say(f"SQL: {sql}")
    say("Путь к папке участка записан внутри: после переноса папки выполните команду ещё раз. Открыть:")
    say(f"  duckdb -readonly {file}   затем   SET TimeZone = 'Europe/Moscow'; FROM latest.open_items;")
