"""The command of accountants: a calendar month by creditor and contract, with acts and remittance statements."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.billing_month import BillingMonth
from pipeline.cli.options import BOOK_DEFAULT, BookOption, read_month

if TYPE_CHECKING:
    from pipeline.reports.finance.turnover import Turnover
    from pipeline.storage.book import Book


def finance(
    calendar_month: Annotated[
        BillingMonth,
        typer.Option("--calendar-month", metavar="ГГГГ-ММ", parser=read_month,
                     help="Календарный месяц, с первого числа по последнее (не расчётный)."),
    ],
    creditor: Annotated[
        str | None,
        typer.Option("--creditor", metavar="КОД", show_default="все",
                     help="Акт и отчёт только этого получателя; обороты считаются по всем."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="ПАПКА", show_default="папка отчётов участка",
                     help="Куда положить файлы."),
    ] = None,
    book: BookOption = BOOK_DEFAULT,
) -> None:
    """Обороты за календарный месяц по получателям и договорам, акты сверки и отчёты о перечислении."""
    from pipeline.cli.books import known_book
    from pipeline.cli.mistakes import STOPPED
    from pipeline.cli.screen import say
    from pipeline.reports.finance.calendar import Span
    from pipeline.reports.finance.turnover import turnover

    known = known_book(book)
    told = turnover(known, Span.of(calendar_month))
    if creditor is not None:
        _require(told, creditor)
    _show(told)
    folder = _written(known, told, creditor, out)
    say(f"Файлы: {folder}")
    if told.broken:
        raise typer.Exit(STOPPED)


def _require(told: Turnover, creditor: str) -> None:
    ids = sorted(told.money["creditor_id"])
    if creditor not in ids:
        raise typer.BadParameter(f"получателя «{creditor}» в этом месяце нет; есть: {', '.join(ids)}",
                                 param_hint="--creditor")


def _written(book: Book, told: Turnover, creditor: str | None, out: Path | None) -> Path:
    """Beside the version that the month was counted from, or in the folder that was asked for."""
    from pipeline.reports.finance.files import finance_files
    from pipeline.storage.files import write_bytes
    from pipeline.storage.lock import lock
    from pipeline.storage.manifest import published_version
    from pipeline.storage.publish import StateChanged
    from pipeline.storage.report_files import show_latest, write_report

    files = finance_files(told, book.settings.name, creditor)
    if out is not None:
        folder = out.expanduser().resolve()
        for name, content in files:
            write_bytes(folder / name, content)
        return folder
    version, place = told.months[-1].version, f"finance/{BillingMonth.of(told.span.first)}"
    with lock(book):
        # the month was counted without the lock: its link is never turned back to a version that is no longer published
        now = published_version(book, version.month)
        if now is None or now.run_id != version.run_id:
            raise StateChanged(f"Месяц {version.month} за это время опубликован заново", "Повторите команду")
        for name, content in files:
            write_report(book, version.month, version.run_id, f"{place}/{name}", content)
        return show_latest(book, version.month, version.run_id) / place


def _show(told: Turnover) -> None:
    from pipeline.cli.screen import say, table
    from pipeline.rendering.russian import day, month_name, roubles
    from pipeline.reports.finance.papers import standing, unknown

    months = ", ".join(str(one.month) for one in told.months)
    say(f"{month_name(told.span.first).capitalize()}: с {day(told.first_day)} по {day(told.last_day)}, "
        f"расчётные месяцы {months}")
    if told.is_provisional:
        say(standing(told))
    debts = {row[0]: row[1:] for row in _debts(told)}
    table("Обороты", ["получатель", "долг на начало", "начислено", "оплачено", "сторно, переносы", "долг на конец",
                      "собрано центром", "перечислено", "у центра на конец"], [
        (told.parties.creditor(creditor_id)["name"], *map(roubles, debts.get(creditor_id, (None,) * 5)),
         *map(roubles, held)) for creditor_id, *held in told.money.select(
             "creditor_id", "collected_rub", "remitted_rub", "closing_rub").rows()
    ], numbers=list(range(1, 9)))
    if unknown(told):
        say(unknown(told))
    for one in told.broken:
        say(f"НЕ СХОДИТСЯ: {one.sentence}: строк {one.rows}, расхождение {roubles(one.difference_rub)}; "
            f"{', '.join(one.examples)}")
    if not told.broken:
        say("Остатки и обороты сходятся с сальдо участка до копейки.")


def _debts(told: Turnover) -> list[tuple[Any, ...]]:
    import polars as pl

    names = ("opening_rub", "billed_rub", "paid_rub", "other_rub", "closing_rub")
    other = pl.col("reversed_rub") + pl.col("transferred_rub") - pl.col("withdrawn_rub")
    summed = told.rows.with_columns(other_rub=other).group_by("creditor_id").agg(pl.col(names).sum())
    return summed.select("creditor_id", *names).rows()
