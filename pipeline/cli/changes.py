"""The command that says why a number moved between two runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.billing_month import BillingMonth
from pipeline.cli.options import BOOK_DEFAULT, BookOption, read_month

if TYPE_CHECKING:
    from pipeline.reports.changes.compare import Difference
    from pipeline.storage.book import Book
    from pipeline.storage.manifest import Version

NAMES = ("Запуск: номер или его начало, 2026-05, 2026-05@previous, 2026-05@2026-06-19, 2026-05@сценарий или папка "
         "запуска.")
FOLDER = "diff"
SHORT = 8

RunArgument = Annotated[str, typer.Argument(metavar="[БЫЛО]", show_default=False, help=NAMES)]
OtherArgument = Annotated[str, typer.Argument(metavar="[СТАЛО]", show_default=False, help="То же для второго запуска.")]
ComparedMonth = Annotated[
    BillingMonth | None,
    typer.Option("--month", metavar="ГГГГ-ММ", parser=read_month, show_default=False,
                 help="Вместо двух запусков: последняя ночь месяца с прежней, а если её нет — с прошлым месяцем. "
                      "Если не указано ничего — последний опубликованный месяц."),
]
OutOption = Annotated[
    Path | None,
    typer.Option("--out", metavar="ПАПКА", parser=Path, show_default="reports/diff участка",
                 help="Куда положить страницу и таблицы Parquet."),
]


def diff(
    before: RunArgument = "", after: OtherArgument = "", month: ComparedMonth = None, book: BookOption = BOOK_DEFAULT,
    out: OutOption = None,
    listed: Annotated[bool, typer.Option("--list", help="Показать, какие запуски есть.")] = False,
    open_it: Annotated[bool, typer.Option("--open", help="Открыть страницу в браузере.")] = False,
) -> None:
    """Почему изменились цифры: два запуска построчно, с причинами в рублях; страница HTML и Parquet."""
    from pipeline.cli.books import known_book
    from pipeline.cli.mistakes import STOPPED
    from pipeline.cli.screen import say
    from pipeline.reports.changes.beside import drawn_into
    from pipeline.reports.changes.compare import compare

    known = known_book(book)
    if listed:
        _show_runs(known)
        return
    earlier, later = _asked(known, before, after, month)
    into = _folder(known, earlier, later, out)
    found = compare(earlier.folder, later.folder, into, workers=known.workers)
    page = drawn_into(found, into)
    _show(found)
    say(f"Страница: {page}")
    if open_it:
        typer.launch(page.as_uri())
    if found.untold:
        raise typer.Exit(STOPPED)


def _asked(book: Book, before: str, after: str, month: BillingMonth | None) -> tuple[Version, Version]:
    """The two versions; a night alone is compared with what it replaced."""
    from pipeline.cli.books import last_computed
    from pipeline.reports.changes.named import UnknownRun, pair_of, version_named

    if before and after:
        return version_named(book, before), version_named(book, after)
    if before:
        raise typer.BadParameter("назовите второй запуск (raschet diff --list) или месяц (--month 2026-05)")
    month = month or last_computed(book)
    latest = version_named(book, str(month))
    pair = pair_of(book, latest)
    if pair is None:
        raise UnknownRun(f"Месяц {month} не с чем сравнить: это первый запуск участка", "Дождитесь следующей ночи")
    return pair


def _folder(book: Book, before: Version, after: Version, out: Path | None) -> Path:
    name = f"{before.month}_{before.run_id[:SHORT]}_{after.month}_{after.run_id[:SHORT]}"
    return out.expanduser().resolve() if out is not None else book.root / "reports" / FOLDER / name


def _show_runs(book: Book) -> None:
    from pipeline.cli.screen import table
    from pipeline.reports.changes.named import available

    table("Запуски", ["месяц", "по какой день", "запуск"], [
        (str(version.month), f"{version.as_of:%d.%m.%Y}", version.run_id) for version in available(book)
    ])


def _show(found: Difference) -> None:
    """The sums that changed, the causes of the debt, and whether everything is explained."""
    from pipeline.cli.screen import say, table
    from pipeline.cli.summary_changes import causes_table
    from pipeline.rendering import change_words as words
    from pipeline.rendering.russian import number, roubles

    moved = [total for total in found.totals if total["before_rub"] != total["after_rub"]
             or total["before_rows"] != total["after_rows"]]
    if not moved and not found.causes:
        say("Ничего не изменилось.")
        return
    table("Что изменилось", ["показатель", "строк было", "стало", "сумма была", "стала", "изменение"], [
        (words.measured(total["table_name"], total["measure_code"]), number(total["before_rows"]),
         number(total["after_rows"]), roubles(total["before_rub"]), roubles(total["after_rub"]),
         roubles(total["difference_rub"])) for total in moved
    ], numbers=[1, 2, 3, 4, 5])
    causes_table(found.causes)
    if found.untold:
        say("НЕ СХОДИТСЯ: сумма причин не равна разнице итогов: "
            + ", ".join(words.measured(total["table_name"], total["measure_code"]) for total in found.untold))
    else:
        whole = "Причины и строки без причины вместе равны" if found.unexplained else "Сумма причин равна"
        say(f"{whole} разнице итогов до копейки.")
    if found.unexplained:
        say(f"БЕЗ ПРИЧИНЫ строк: {number(sum(cause['facts'] for cause in found.unexplained))}")
