"""The command that writes the answer to whoever bills: what became of every batch of recalculations."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.options import BOOK_DEFAULT, BookOption
from pipeline.cli.reporting import LastMonthOption, published_of

if TYPE_CHECKING:
    from pipeline.reports.acceptance import Answer
    from pipeline.storage.book import Book
    from pipeline.storage.manifest import Version


def acceptance(
    month: LastMonthOption = None,
    creditor: Annotated[
        str | None,
        typer.Option("--creditor", metavar="КОД", show_default="все", help="Только пачки этого получателя."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="ПАПКА", show_default="папка отчётов участка", help="Куда положить файлы."),
    ] = None,
    book: BookOption = BOOK_DEFAULT,
) -> None:
    """Ответ расчётчику: что стало с каждой пачкой перерасчётов — книга Excel и файлы для загрузки."""
    from pipeline.cli.books import known_book, last_computed
    from pipeline.cli.screen import say
    from pipeline.reports.acceptance import answer_files, answer_of
    from pipeline.storage.files import write_bytes
    from pipeline.storage.lock import lock

    known = known_book(book)
    asked = month or last_computed(known)
    with lock(known):
        version = published_of(known, asked)
        told = answer_of(version.folder, asked.first_day)
        if creditor is not None:
            told = _of(told, creditor)
        _show(told)
        files = answer_files(told)
        if out is None:
            folder = _beside(known, version, creditor, files)
        else:
            folder = out.expanduser().resolve()
            for name, content in files:
                write_bytes(folder / name, content)
    say(f"Файлы: {folder}")


def _of(told: Answer, creditor: str) -> Answer:
    if creditor not in told.creditors:
        there = ", ".join(told.creditors) or "ни одного"
        raise typer.BadParameter(f"пачек получателя «{creditor}» в этом месяце нет; есть: {there}",
                                 param_hint="--creditor")
    return told.of(creditor)


def _beside(book: Book, version: Version, creditor: str | None, files: list[tuple[str, bytes]]) -> Path:
    from pipeline.storage.report_files import safe_name, show_latest, write_report

    place = "acceptance" if creditor is None else f"acceptance/{safe_name(creditor)}"
    for name, content in files:
        write_report(book, version.month, version.run_id, f"{place}/{name}", content)
    return show_latest(book, version.month, version.run_id) / place


def _show(told: Answer) -> None:
    import polars as pl

    from pipeline.cli.screen import say, table
    from pipeline.contracts.acceptance import OUTCOMES, UNMET
    from pipeline.rendering.proposal_words import answer
    from pipeline.rendering.russian import number, roubles

    if told.batches.is_empty():
        say("Пачек перерасчётов в этом месяце нет: файлы пусты.")
        return
    sums = told.batches.select(pl.exclude("batch_id", "creditor_id", "cause_code", "lands_in_month").sum()).row(
        0, named=True
    )
    rows = [("предложено", sums["proposals"], sums["proposed_rub"])]
    rows += [(answer(one), sums[one], sums[f"{one}_rub"]) for one in (*OUTCOMES, UNMET)]
    table(f"Пачек {number(told.batches.height)}", ["что стало", "строк", "сумма"],
          [(what, number(count), roubles(rub)) for what, count, rub in rows if count], numbers=[1, 2])
