"""Debt receipts as values of `receipt.typ`: one letter an account and creditor of the published list.

    items overdue, by month and service   −   what may cover them already   =   the claim of the list

The months add up to the claim exactly, or the letter is not printed: a receipt with another sum than the list would
dun for money that nobody has claimed. Addressed to the flat, not to a person. Not here: batches and files.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import polars as pl

from pipeline.contracts.debt import DEBT_RECEIPTS
from pipeline.contracts.events import COURT_CASES
from pipeline.contracts.papers import RECEIPT_LETTERS
from pipeline.domain.debt.arrears import overdue_items
from pipeline.rendering.russian import day
from pipeline.reports.letters.batches import Kind, Prepared
from pipeline.reports.letters.claim_letters import by_month_and_service, claim_letters
from pipeline.reports.letters.letter_values import Ground, Letter
from pipeline.reports.letters.published_list import PublishedList, open_items_of
from pipeline.storage.book import Book

_INDEXED: Final = ("action_id", "account_id", "creditor_id", "premises_id", "claimed_kop")


def receipt_items(open_items: pl.DataFrame) -> pl.DataFrame:
    """What a receipt lists: overdue items with months (`debt_receipts` leaves lump sums out), added up by service."""
    items = overdue_items(open_items, COURT_CASES.empty_inside())
    return by_month_and_service(items.filter(~pl.col("is_lump")))


def letters(listed: pl.DataFrame, items: pl.DataFrame, ground: Ground) -> Iterator[Letter]:
    """Letters of rows of `debt_receipts` (inside shape) in their order; `items` as `receipt_items` gives them."""
    return claim_letters(listed, items, ground, indexed=_INDEXED, told=_told)


def _told(_: dict[str, Any], items: list[dict[str, Any]]) -> dict[str, Any]:
    return {"since": day(min(item["due_on"] for item in items))}


def _prepared(book: Book, listed: PublishedList) -> Prepared:
    del book  # the list and its items are all
    return Prepared(listed.rows, receipt_items(open_items_of(listed)))


DEBT_RECEIPT: Final = Kind(
    DEBT_RECEIPTS, RECEIPT_LETTERS, "receipt.typ", "receipts", _prepared, letters, DEBT_RECEIPTS.name,
    DEBT_RECEIPTS.name,
)
