"""Commands that print papers: debt receipts of a list. Files with addresses and sums are for their owner only."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.options import BOOK_DEFAULT, BookOption, MonthOption

if TYPE_CHECKING:
    from pipeline.reports.letters.receipt_batches import Printed

KINDS = ("debt_receipts",)
OutOption = Annotated[
    Path | None,
    typer.Option("--out", metavar="ПАПКА", show_default="личная папка участка (personal/)",
                 help="Куда положить файлы; папка закрывается от посторонних."),
]


def letters(
    name: Annotated[str, typer.Argument(metavar="СПИСОК", help="Что печатать: debt_receipts, долговые квитанции.")],
    month: MonthOption,
    out: OutOption = None,
    batch: Annotated[
        int, typer.Option("--batch", metavar="N", min=1, max=2000, help="Писем в одном файле PDF.")
    ] = 250,
    book: BookOption = BOOK_DEFAULT,
) -> None:
    """Напечатать список писем: файлы PDF с кодом для оплаты и опись, какое письмо в каком файле."""
    from pipeline.cli.books import known_book
    from pipeline.cli.progress import progress
    from pipeline.reports.letters.receipt_batches import print_receipts

    if name not in KINDS:
        raise typer.BadParameter(f"писем «{name}» нет; есть: {', '.join(KINDS)}", param_hint="СПИСОК")
    known = known_book(book)
    with progress() as listen:
        listen("letters", 0, 1)
        printed = print_receipts(known, month, out=_folder(out), a_batch=batch)
    _tell(printed)


def _folder(out: Path | None) -> Path | None:
    return None if out is None else out.expanduser().resolve()


def _tell(printed: Printed) -> None:
    from pipeline.cli.screen import say
    from pipeline.money import roubles_of
    from pipeline.rendering.russian import counted, number, roubles
    from pipeline.rendering.words import lacking

    index = printed.index
    in_files = index.drop_nulls("file_name")
    claimed = roubles_of(int(in_files["claimed_kop"].sum()))
    say(f"Напечатано писем: {number(printed.letters)} на {roubles(claimed)}, "
        f"{counted(in_files['file_name'].n_unique(), 'файл')}; опись: receipt_letters.parquet.")
    every = index.select("lacks").explode("lacks", empty_as_null=True).drop_nulls()
    lacks = every["lacks"].value_counts().sort("lacks")
    for code, rows in lacks.rows():
        say(f"Внимание: {lacking(code)}: {number(rows)}.")
    say(f"Файлы (доступ только у владельца): {printed.folder}")
    say(f"Когда письма отданы на доставку: raschet dispatch debt_receipts --on {printed.run_on}")
