"""Debt receipts of a published list as files: PDFs of so many letters each, and an index of them.

    batch-001.pdf, batch-002.pdf, …   letters by flat, so that one house is carried by one person
    receipt_letters.parquet           each row of the list: its file and number, or why it was not printed

Names of flats and sums belong to people: the files are for their owner only. Batches are made side by side; the same
list gives the same bytes. Not here: what a letter says (`receipts.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Final

import polars as pl

from pipeline.billing_month import BillingMonth
from pipeline.contracts.debt import DEBT_RECEIPTS
from pipeline.contracts.gate import gate
from pipeline.contracts.papers import ADDRESSES, RECEIPT_LETTERS
from pipeline.contracts.registers import SERVICES
from pipeline.domain.debt.arrears import PAIR
from pipeline.rendering.letters import forget, pdf
from pipeline.rendering.russian import day
from pipeline.reports.letters.payees import payees
from pipeline.reports.letters.private_files import PRIVATE, private_folder
from pipeline.reports.letters.published_list import open_items_of, published_list
from pipeline.reports.letters.receipts import Ground, letters, receipt_items
from pipeline.reports.registers import register_of
from pipeline.storage.book import Book
from pipeline.storage.centre import Centre
from pipeline.storage.directories import directory
from pipeline.storage.files import write_bytes, write_parquet
from pipeline.storage.parts import spread
from pipeline.storage.shapes import to_outside

TEMPLATE: Final = "receipt.typ"
A_BATCH: Final = 250


@dataclass(frozen=True, slots=True)
class Printed:
    """Where the files are, and the index of all rows of the list (RECEIPT_LETTERS, inside shape)."""

    folder: Path
    index: pl.DataFrame
    run_on: date

    @property
    def letters(self) -> int:
        return self.index.height - self.index["file_name"].null_count()


@dataclass(frozen=True)
class _Work:
    """What every batch is told: rows of the list and items by batch, and what all letters share."""

    folder: Path
    listed: Mapping[str, pl.DataFrame]
    items: Mapping[str, pl.DataFrame]
    ground: Ground
    first_numbers: Mapping[str, int]


def print_receipts(book: Book, month: BillingMonth, *, out: Path | None = None, a_batch: int = A_BATCH) -> Printed:
    """Print the list `debt_receipts` of a published month into `out`, or under the personal folder of its version.

    NoList when there is nothing to print. Progress is told batch by batch (`storage/progress.py`).
    """
    listed = published_list(book, month, DEBT_RECEIPTS)
    version = listed.version
    folder = private_folder(book, version, f"receipts-{listed.run_on}", out)
    rows = listed.rows.sort(pl.col("premises_id").fill_null(""), *PAIR)
    work = _work(rows, receipt_items(open_items_of(listed)), folder, a_batch, Ground(
        Centre.of(book.settings), payees(book, version, listed.run_on),
        dict(register_of(book, version, SERVICES).select("service_code", "name").rows()),
        _addresses(book, rows["premises_id"], listed.run_on), listed.run_on,
    ))
    told = spread(partial(_batch, work), list(work.listed), book.workers)
    index = pl.DataFrame(
        [row for rows in told for row in rows], schema=RECEIPT_LETTERS.inside_schema, orient="row"
    ).sort(RECEIPT_LETTERS.primary_key)
    outside = to_outside(index, RECEIPT_LETTERS)
    gate(outside, RECEIPT_LETTERS)
    write_parquet(folder / f"{RECEIPT_LETTERS.name}.parquet", outside, mode=PRIVATE)
    return Printed(folder, index, listed.run_on)


def _work(rows: pl.DataFrame, items: pl.DataFrame, folder: Path, a_batch: int, ground: Ground) -> _Work:
    batches = {f"batch-{number:03d}": part for number, part in enumerate(rows.iter_slices(a_batch), 1)}
    return _Work(
        folder, batches,
        {name: items.join(part, on=PAIR, how="semi", maintain_order="left") for name, part in batches.items()},
        ground, {name: place * a_batch + 1 for place, name in enumerate(batches)},
    )


def _addresses(book: Book, premises: pl.Series, on: date) -> dict[str, str]:
    known = directory(book, ADDRESSES, on)
    return dict(known.filter(pl.col("premises_id").is_in(premises.drop_nulls().unique().implode())).rows())


def _batch(work: _Work, name: str) -> list[dict[str, Any]]:
    """One PDF; rows of the index in the order of its letters."""
    file, first = f"{name}.pdf", work.first_numbers[name]
    printed: list[dict[str, Any]] = []
    index: list[dict[str, Any]] = []
    for letter in letters(work.listed[name], work.items[name], work.ground):
        number = first + len(printed)
        index.append(letter.row | ({"file_name": file, "letter_number": number} if letter.values else
                                   {"file_name": None, "letter_number": None}))
        if letter.values:
            printed.append(letter.values | {"number": number})
    if printed:
        told = {"centre": asdict(work.ground.centre), "on": day(work.ground.run_on), "letters": printed}
        write_bytes(work.folder / file, pdf(TEMPLATE, told, made_on=work.ground.run_on, is_batch=True), mode=PRIVATE)
        forget()
    return index
