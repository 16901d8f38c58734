"""Letters of a published list as files: PDFs of so many letters each, and an index of them.

    batch-001.pdf, batch-002.pdf, …   letters by flat, so that one house is carried by one person
    <index>.parquet                   each row of the list: its file and number, or why it was not printed

Letters to one flat lie together in one batch and bear the number of one envelope; the number of a letter says its
kind and is given once in a book (`domain/debt/paper_numbers.py`). Names of flats and sums belong to people: the files
are for their owner only. Batches are made side by side; the same list gives the same bytes. Not here: what a letter
says (`receipts.py`, `restriction_notices.py`, `instalment_offers.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Final

import polars as pl

from pipeline.billing_month import BillingMonth
from pipeline.contracts.gate import gate
from pipeline.contracts.papers import ADDRESSES
from pipeline.contracts.registers import SERVICES
from pipeline.contracts.table import Table
from pipeline.domain.debt.arrears import PAIR
from pipeline.domain.debt.paper_numbers import paper_number
from pipeline.rendering.letters import forget, pdf
from pipeline.rendering.russian import day
from pipeline.reports.letters.letter_values import Ground, Letter
from pipeline.reports.letters.payees import payees
from pipeline.reports.letters.private_files import PRIVATE, private_folder
from pipeline.reports.letters.published_list import PublishedList, published_list
from pipeline.reports.registers import register_of
from pipeline.storage.book import Book
from pipeline.storage.centre import Centre
from pipeline.storage.directories import directory
from pipeline.storage.files import write_bytes, write_parquet
from pipeline.storage.parts import spread
from pipeline.storage.shapes import to_outside

A_BATCH: Final = 250
_ENVELOPE: Final = "envelope_number"
_UNPRINTED: Final = {"file_name": None, "number": None, "letter_number": None, _ENVELOPE: None}

LettersOf = Callable[[pl.DataFrame, pl.DataFrame, Ground], Iterator[Letter]]


@dataclass(frozen=True)
class Prepared:
    """Rows that a letter each is made of (account_id, creditor_id, premises_id and more), the items behind them by
    account and creditor, and `terms` of the Ground."""

    rows: pl.DataFrame
    items: pl.DataFrame
    terms: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Kind:
    """A kind of letter: the list it is printed from, the index of what was printed, its template and folder, the name
    under which the letters are handed over, and the kind of their numbers."""

    listed: Table
    index: Table
    template: str
    folder: str
    prepared: Callable[[Book, PublishedList], Prepared]
    letters: LettersOf
    handed_as: str
    numbered_as: str


@dataclass(frozen=True, slots=True)
class Printed:
    """Where the files are, and the index of all rows of the list (inside shape of the kind's index)."""

    folder: Path
    index: pl.DataFrame
    run_on: date

    @property
    def letters(self) -> int:
        return self.index.height - self.index["file_name"].null_count()


@dataclass(frozen=True)
class _Work:
    """What every batch is told: rows of the list and items by batch, what all letters share, and how they are made."""

    folder: Path
    listed: Mapping[str, pl.DataFrame]
    items: Mapping[str, pl.DataFrame]
    ground: Ground
    first_places: Mapping[str, int]
    kind: Kind


def print_letters(
    book: Book, month: BillingMonth, kind: Kind, *, out: Path | None = None, a_batch: int = A_BATCH
) -> Printed:
    """Print a list of a published month into `out`, or under the personal folder of its version.

    NoList when there is nothing to print. Progress is told batch by batch (`storage/progress.py`).
    """
    listed = published_list(book, month, kind.listed)
    version, prepared = listed.version, kind.prepared(book, listed)
    folder = private_folder(book, version, f"{kind.folder}-{listed.run_on}", out, papers=["batch-*.pdf"])
    ground = Ground(
        Centre.of(book.settings), payees(book, version, listed.run_on),
        dict(register_of(book, version, SERVICES).select("service_code", "name").rows()),
        _addresses(book, prepared.rows["premises_id"], listed.run_on), listed.run_on, prepared.terms,
    )
    work = _work(prepared, folder, a_batch, ground, kind)
    told = spread(partial(_batch, work), list(work.listed), book.workers)
    index = pl.DataFrame(
        [row for rows in told for row in rows], schema=kind.index.inside_schema, orient="row"
    ).sort(kind.index.primary_key)
    outside = to_outside(index, kind.index)
    gate(outside, kind.index)
    write_parquet(folder / f"{kind.index.name}.parquet", outside, mode=PRIVATE)
    return Printed(folder, index, listed.run_on)


def _work(prepared: Prepared, folder: Path, a_batch: int, ground: Ground, kind: Kind) -> _Work:
    rows = _in_envelopes(prepared.rows, a_batch)
    batches = {
        f"batch-{number:03d}": part.drop("_batch")
        for number, part in enumerate(rows.partition_by("_batch", maintain_order=True), 1)
    }
    items, first, firsts = prepared.items, 1, {}
    for name, part in batches.items():
        firsts[name], first = first, first + part.height
    return _Work(
        folder, batches,
        {name: items.join(part, on=PAIR, how="semi", maintain_order="left") for name, part in batches.items()},
        ground, firsts, kind,
    )


def _in_envelopes(rows: pl.DataFrame, a_batch: int) -> pl.DataFrame:
    """Rows by flat with the number of their envelope, from 1, and of their batch: an envelope is in one batch, the one
    that its first letter belongs to. A flat that no register knows is its account."""
    flat = pl.coalesce("premises_id", "account_id")
    return (
        rows.sort(pl.col("premises_id").fill_null(""), *PAIR)
        .with_columns(flat.rle_id().add(1).cast(pl.Int64).alias(_ENVELOPE))
        .with_row_index("_batch")
        .with_columns((pl.col("_batch").first().over(_ENVELOPE) // a_batch).alias("_batch"))
    )


def _addresses(book: Book, premises: pl.Series, on: date) -> dict[str, str]:
    known = directory(book, ADDRESSES, on)
    return dict(known.filter(pl.col("premises_id").is_in(premises.drop_nulls().unique().implode())).rows())


def _batch(work: _Work, name: str) -> list[dict[str, Any]]:
    """One PDF; rows of the index in the order of its letters."""
    file, first, on = f"{name}.pdf", work.first_places[name], work.ground.run_on
    printed: list[dict[str, Any]] = []
    index: list[dict[str, Any]] = []
    envelopes = work.listed[name][_ENVELOPE].to_list()
    made = work.kind.letters(work.listed[name], work.items[name], work.ground)
    for envelope, letter in zip(envelopes, made, strict=True):
        if letter.values is None:
            index.append(letter.row | _UNPRINTED)
            continue
        number = paper_number(work.kind.numbered_as, on, letter.row["account_id"], letter.row["creditor_id"])
        index.append(letter.row | {
            "file_name": file, "number": number, "letter_number": first + len(printed), _ENVELOPE: envelope,
        })
        printed.append(letter.values | {"number": number, "envelope": envelope})
    if printed:
        letters = _with_places(printed)
        told = {"centre": asdict(work.ground.centre), "on": day(on), "letters": letters}
        write_bytes(work.folder / file, pdf(work.kind.template, told, made_on=on, is_batch=True), mode=PRIVATE)
        forget()
    return index


def _with_places(printed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Letters with `envelope` as text where several lie in one: «конверт 7, письмо 2 из 3»."""
    together = [one["envelope"] for one in printed]
    told, place = [], 0
    for number, one in enumerate(printed):
        place = place + 1 if number and together[number - 1] == one["envelope"] else 1
        of = together.count(one["envelope"])
        words = f"конверт {one['envelope']}, письмо {place} из {of}" if of > 1 else ""
        told.append(one | {"envelope": words})
    return told
