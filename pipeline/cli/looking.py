"""Commands that look: what is open, what is late, do the files still match their hashes, is a delivery sound."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.options import BOOK_DEFAULT, AsOfOption, BookOption, yesterday

if TYPE_CHECKING:
    from datetime import date

    from pipeline.storage.book import Book
    from pipeline.storage.status import MonthStatus


def status(book: BookOption = BOOK_DEFAULT, as_of: AsOfOption = None) -> None:
    """Состояние участка: что закрыто, открыто, устарело; чего ждём и что опоздало."""
    from pipeline.cli.books import known_book
    from pipeline.cli.screen import say, table
    from pipeline.storage import status as standing

    known, day = known_book(book), as_of or yesterday()
    months = standing.status(known)
    say(f"{known.settings.name}: {known.root}")
    if not months:
        say("Участок ещё не открыт. Дальше: raschet open")
        return
    table("Месяцы", ["месяц", "состояние", "по какой день", "запуск"], [_month_row(month) for month in months])
    _show_awaited(known, months[-1], day)


def _month_row(month: MonthStatus) -> tuple[str, str, str, str]:
    from pipeline.rendering import words

    as_of = f"{month.as_of:%d.%m.%Y}" if month.as_of else "—"
    return str(month.month), words.standing(month.standing), as_of, month.version.run_id if month.version else "—"


def _show_awaited(book: Book, last: MonthStatus, as_of: date) -> None:
    """What the open month still waits for, and why it may not be closed."""
    from pipeline.cli.screen import say
    from pipeline.storage.closing_gate import obstacles
    from pipeline.storage.cycles import cycles_of

    cycle = cycles_of(book, as_of).get(last.month)
    if cycle is None:
        say(f"{last.month}: реестр cycles ещё не говорит, когда выходят документы.")
        return
    if not cycle.has_begun(as_of):
        say(f"{last.month}: документы выходят {cycle.issue_on:%d.%m.%Y}.")
        return
    standing = obstacles(book, last.month, as_of)
    if not standing:
        say(f"{last.month}: можно закрыть (raschet close --month {last.month}).")
        return
    say(f"{last.month}, что мешает закрыть:")
    for obstacle in standing:
        say(f"  • {obstacle.text}")


def verify(book: BookOption = BOOK_DEFAULT) -> None:
    """Сверить опубликованные файлы с их хешами и цепочку закрытых месяцев."""
    from pipeline.cli.books import known_book
    from pipeline.cli.mistakes import STOPPED
    from pipeline.cli.screen import say, table
    from pipeline.rendering.russian import number
    from pipeline.storage.verify import verify as verified

    months = verified(known_book(book))
    if not months:
        say("Сверять нечего: участок ещё не открыт.")
        return
    table("Сверка", ["месяц", "состояние", "файлов", "найдено"], [
        (str(month.month), "закрыт" if month.is_closed else "открыт", number(month.files),
         "; ".join(month.faults) or "всё на месте")
        for month in months
    ], numbers=[2])
    if any(month.faults for month in months):
        raise typer.Exit(STOPPED)


def check_inputs(
    folder: Annotated[Path, typer.Argument(metavar="ПАПКА", parser=Path, help="Папка с поставкой.")],
    book: BookOption = BOOK_DEFAULT,
    as_of: AsOfOption = None,
) -> None:
    """Проверить поставку до ночи: договоры таблиц, контрольные суммы, что ушло бы в карантин."""
    from pipeline.cli.books import known_book
    from pipeline.cli.mistakes import WRONG_USE
    from pipeline.cli.screen import say, table
    from pipeline.rendering.russian import number
    from pipeline.rendering.words import severity
    from pipeline.storage.deliveries import judge_delivery

    told = judge_delivery(known_book(book), folder.expanduser().resolve(), as_of=as_of or yesterday(),
                          until=as_of)
    if told.findings:
        table("Замечания", ["", "где", "строк", "что найдено"], [
            (severity(found.severity), found.place, number(found.rows), found.sentence) for found in told.findings
        ], numbers=[2])
    say(f"Файлов {number(told.files)}, строк {number(told.rows)}, из них принято бы {number(told.accepted_rows)}.")
    if not told.is_sound:
        say("Поставку принять нельзя: исправьте отмеченные файлы.")
        raise typer.Exit(WRONG_USE)
    say("Поставку можно принять." if not told.findings else "Поставку можно принять, замечания выше.")
