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
from pipeline.domain.debt.arrears import PAIR, overdue_items
from pipeline.rendering.russian import day
from pipeline.reports.letters.batches import Kind, Prepared
from pipeline.reports.letters.letter_values import (
    SUMS_DIFFER,
    Ground,
    Letter,
    addressed,
    amount,
    months_and_services,
    penalty_articles,
    to_pay,
)
from pipeline.reports.letters.published_list import PublishedList, open_items_of
from pipeline.storage.book import Book


def receipt_items(open_items: pl.DataFrame) -> pl.DataFrame:
    """What a receipt lists: overdue items with months (`debt_receipts` leaves lump sums out), added up by service."""
    items = overdue_items(open_items, COURT_CASES.empty_inside()).filter(~pl.col("is_lump"))
    return items.group_by(*PAIR, "billing_month", "service_code").agg(
        pl.col("outstanding_kop").sum(), pl.col("due_on").min(),
        kinds=pl.col("debt_kind_code").unique().sort(),
    ).sort(*PAIR, "billing_month", "service_code")


def letters(listed: pl.DataFrame, items: pl.DataFrame, ground: Ground) -> Iterator[Letter]:
    """Letters of rows of `debt_receipts` (inside shape) in their order; `items` as `receipt_items` gives them."""
    of_pair = items.partition_by(PAIR, as_dict=True, maintain_order=True)
    for row in listed.to_dicts():
        mine = of_pair.get((row["account_id"], row["creditor_id"]))
        yield _letter(row, [] if mine is None else mine.to_dicts(), ground)


def _letter(row: dict[str, Any], items: list[dict[str, Any]], ground: Ground) -> Letter:
    told, claimed = addressed(row, ground), row["claimed_kop"]
    overdue = sum(item["outstanding_kop"] for item in items)
    indexed = {name: row[name] for name in ("action_id", "account_id", "creditor_id", "premises_id", "claimed_kop")}
    indexed["overdue_kop"] = overdue
    if not 0 < claimed <= overdue:
        return Letter(None, {**indexed, "has_qr": False, "lacks": sorted([*told.lacks, SUMS_DIFFER])})
    purpose = f"Долг за ЖКУ по {day(ground.run_on)}, лицевой счёт {row['account_id']}"
    values = {
        **told.values, **to_pay(told, sum_kop=claimed, purpose=purpose),
        "since": day(min(item["due_on"] for item in items)), "overdue": amount(overdue),
        "covered": amount(overdue - claimed) if overdue > claimed else "",
        "penalty_articles": penalty_articles({kind for item in items for kind in item["kinds"]}),
        **months_and_services(items, ground.services),
    }
    return Letter(values, {**indexed, "has_qr": bool(values["qr"]), "lacks": sorted(told.lacks)})


def _prepared(book: Book, listed: PublishedList) -> Prepared:
    del book  # the list and its items are all
    return Prepared(listed.rows, receipt_items(open_items_of(listed)))


DEBT_RECEIPT: Final = Kind(
    DEBT_RECEIPTS, RECEIPT_LETTERS, "receipt.typ", "receipts", _prepared, letters, DEBT_RECEIPTS.name,
    DEBT_RECEIPTS.name,
)
