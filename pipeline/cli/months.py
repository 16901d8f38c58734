"""Commands that move a month: run and close."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.billing_month import BillingMonth
from pipeline.cli.options import BOOK_DEFAULT, AsOfOption, BookOption, MonthOption, read_month, yesterday

if TYPE_CHECKING:
    from pipeline.cli.sequence import MonthDone
    from pipeline.storage.book import Book
    from pipeline.storage.manifest import Version

VerboseOption = Annotated[bool, typer.Option("--verbose", "-v", help="Показать журнал Dagster.")]
ANYWAY = "Закрыть месяц, хотя реестр опоздал; причина сохраняется при закрытии."


def run(
    month: MonthOption,
    since: Annotated[
        BillingMonth | None,
        typer.Option("--from", metavar="ГГГГ-ММ", parser=read_month, show_default="тот же месяц",
                     help="Считать по порядку с этого месяца."),
    ] = None,
    as_of: AsOfOption = None,
    book: BookOption = BOOK_DEFAULT,
    anyway: Annotated[str, typer.Option("--close-anyway", metavar="ПРИЧИНА", show_default=False, help=ANYWAY)] = "",
    verbose: VerboseOption = False,
) -> None:
    """Рассчитать месяц (или несколько по порядку) и опубликовать; прошедшие месяцы закрываются."""
    from pipeline.cli.books import known_book
    from pipeline.cli.failures import show_warnings
    from pipeline.cli.mistakes import STOPPED
    from pipeline.cli.progress import progress
    from pipeline.cli.screen import say
    from pipeline.cli.sequence import Asked, Ended, months_in_order
    from pipeline.storage.lock import lock

    known, day = known_book(book), as_of or yesterday()
    asked = Asked(known, since or month, month, day, anyway, verbose)
    last: MonthDone | None = None
    untold = False
    with lock(known):
        for last in months_in_order(asked, progress):
            say(line_of(last))
            untold |= tell_report_failed(last)
    if last is not None and last.ended is Ended.STOPPED:
        raise typer.Exit(stopped(last))
    if last is not None:
        if last.executed is not None:
            show_warnings(last.executed)
        show_month(known, last.month)
    if untold:
        raise typer.Exit(STOPPED)


def close(
    month: MonthOption,
    as_of: AsOfOption = None,
    book: BookOption = BOOK_DEFAULT,
    anyway: Annotated[str, typer.Option("--anyway", metavar="ПРИЧИНА", show_default=False, help=ANYWAY)] = "",
    verbose: VerboseOption = False,
) -> None:
    """Закрыть месяц навсегда: полная сверка, затем его файлы больше не меняются."""
    from pipeline.cli.books import known_book
    from pipeline.cli.execution import execute_closing
    from pipeline.cli.progress import progress
    from pipeline.cli.screen import say
    from pipeline.cli.sequence import Ended, MonthDone
    from pipeline.storage.manifest import published_version

    known, day = known_book(book), as_of or yesterday()
    version = published_version(known, month)
    if version is not None and version.is_closed:
        say(f"{month}: уже закрыт, ничего не записано.")
        return
    require_closable(known, month, day, anyway)
    with progress() as listen:
        closed = execute_closing(known, month, as_of=day, anyway=anyway, listen=listen, verbose=verbose)
    done = MonthDone(month, Ended.CLOSED if closed.succeeded else Ended.STOPPED, day, closed)
    if not closed.succeeded:
        raise typer.Exit(stopped(done))
    say(line_of(done))


def require_closable(book: Book, month: BillingMonth, as_of: date, anyway: str) -> None:
    """Say at once what prevents it, before anything heavy is loaded."""
    from pipeline.storage.closing_gate import obstacles, require_nothing_stands

    require_nothing_stands(month, obstacles(book, month, as_of), anyway=anyway)


def line_of(done: MonthDone) -> str:
    """One line about one month of the sequence."""
    from pipeline.cli.sequence import Ended

    said = {
        Ended.VERIFIED: "закрыт раньше; файлы сверены, ничего не записано",
        Ended.CLOSED: "рассчитан, проверен, опубликован и закрыт",
        Ended.PUBLISHED: f"рассчитан по {done.as_of:%d.%m.%Y}, проверен и опубликован (предварительный)",
        Ended.STOPPED: "остановлен, опубликованный месяц не изменился",
    }
    return f"{done.month}: {said[done.ended]}"


def tell_report_failed(done: MonthDone) -> bool:
    """Say what is wrong with the reports of a month that is published all the same; whether anything is."""
    from pipeline.cli.mistakes import complain

    executed = done.executed
    if executed is None or done.reports_made:
        return False
    for check in executed.blocking:
        complain(f"отчёт за {done.month}: {check.sentence} (ожидалось {check.expected}, найдено {check.found})")
    if not executed.blocking:
        complain(f"отчёт за {done.month} не составлен: {executed.mistake or executed.fault or 'шаг не выполнен'}")
    complain(f"месяц {done.month} опубликован; отчёт ещё раз: raschet report --month {done.month}")
    return True


def stopped(done: MonthDone) -> int:
    """Say why a month was stopped; the exit code."""
    from pipeline.cli.failures import show_failures
    from pipeline.cli.mistakes import STOPPED, WRONG_USE, complain

    executed = done.executed
    if executed is None:
        return STOPPED
    if executed.blocking:
        show_failures(done.month, executed)
        return STOPPED
    if executed.mistake:
        complain(executed.mistake)
        return WRONG_USE
    complain(f"{executed.fault or 'запуск не завершён'} (запуск {executed.run_id}, журнал: raschet ui)")
    return STOPPED


def show_month(book: Book, month: BillingMonth) -> None:
    """The summary of a published month and what to do next."""
    from pipeline.cli.reporting import latest_page
    from pipeline.cli.screen import say
    from pipeline.cli.summary import summary_of
    from pipeline.cli.summary_changes import show_changes
    from pipeline.cli.summary_screen import show_summary
    from pipeline.storage.manifest import published_version
    from pipeline.storage.start import remarks_of

    version = published_version(book, month)
    if version is None:
        return
    found = summary_of(book.published(month), month)
    state = "закрыт" if version.is_closed else f"предварительный, по {version.as_of:%d.%m.%Y}"
    show_summary(found, state=state, following=next_command(book, version, found.ready_lists),
                 is_closed=version.is_closed, show_changes=partial(show_changes, book, version))
    if (page := latest_page(book, month)) is not None:
        say(f"Отчёт: {page}")
    for remark in remarks_of(book, month, version.run_id):
        say(f"Внимание: {remark}")


def next_command(book: Book, version: Version, ready: list[str]) -> str:
    """A command worth trying now."""
    from pipeline.storage.status import open_month

    where = f" --book {book.root}"
    if version.is_closed:
        return f"raschet run --month {open_month(book) or version.month.next}{where}"
    if ready:
        return f"raschet dispatch {ready[0]} --on {version.as_of}{where}   или   raschet ui{where}"
    return f"raschet status{where}   или   raschet ui{where}"
