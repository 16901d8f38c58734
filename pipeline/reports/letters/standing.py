"""What accounts owed at the end of a day, document by document, from the ledger as it was published.

    open at the end of the day = open as the billing month of the day started + billed − laid on it − withdrawn,
                                 each of them that had arrived by the end of the day
    paid later                 = payments made by that day that arrived after it

A day that no published month has counted has no answer: nothing is guessed. What a new version of a document withdrew
is the rest that the month's own closing leaves, dated by the arrival of that version. Not here: the paper.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

from pipeline.billing_month import end_of_day
from pipeline.contracts.ledger import BILLED_DOCUMENTS, OPEN_ITEMS, PAYMENT_ALLOCATIONS
from pipeline.contracts.table import Table
from pipeline.errors import RaschetError
from pipeline.reports.finance.calendar import LedgerMonth, ledger_months
from pipeline.reports.letters.published_list import rows_of_accounts
from pipeline.storage.book import Book

DOCUMENT: Final = ("account_id", "document_id", "creditor_id", "debt_kind_code")
_TERMS: Final = ("document_type_code", "billing_month", "due_on")


class DayUnknown(RaschetError):
    """No published month has counted the day that is asked for."""


@dataclass(frozen=True)
class Standing:
    """Documents of accounts at the end of a day; `known_until`: the last day whose arrivals have been looked at."""

    on: date
    known_until: date
    documents: pl.DataFrame
    """DOCUMENT, billing_month, due_on, open_kop, paid_later_kop; only those with something open."""


def counted_days(book: Book) -> list[LedgerMonth]:
    """Published months in order; DayUnknown where there is none."""
    months = list(ledger_months(book))
    if not months:
        raise DayUnknown("Ни один месяц участка не рассчитан, справку выдать не из чего", "Начните с raschet run")
    return months


def standing(book: Book, accounts: pl.Series, on: date) -> Standing:
    """What some accounts owed at the end of a day; DayUnknown outside of the days that have been counted."""
    months = counted_days(book)
    first, last = months[0].since, months[-1].until
    place = next((n for n, one in enumerate(months) if one.since <= on <= one.until), None)
    if place is None:
        raise DayUnknown(
            f"На {on:%d.%m.%Y} справки нет: участок посчитан с {first:%d.%m.%Y} по {last:%d.%m.%Y}",
            "Укажите день из этого срока или рассчитайте месяц",
        )
    documents = _documents(months[place], accounts, on)
    later = _paid_later(months[place:], accounts, on)
    known = documents.join(later, on=DOCUMENT, how="left").with_columns(pl.col("paid_later_kop").fill_null(0))
    held = known.with_columns(pl.min_horizontal("paid_later_kop", "open_kop").clip(lower_bound=0))
    return Standing(on, last, held.filter(pl.col("open_kop") > 0).sort("account_id", "due_on", *DOCUMENT[1:]))


def _documents(month: LedgerMonth, accounts: pl.Series, on: date) -> pl.DataFrame:
    end = end_of_day(on)
    opening = rows_of_accounts(month.before, OPEN_ITEMS, accounts)
    billed, laid, closing = (_rows(month, table, accounts) for table in (
        BILLED_DOCUMENTS, PAYMENT_ALLOCATIONS, OPEN_ITEMS
    ))
    told = pl.concat([
        opening.select(*DOCUMENT, *_TERMS, was_kop="outstanding_kop", all_kop="outstanding_kop"),
        billed.select(*DOCUMENT, *_TERMS, "posted_at", "is_superseded", all_kop="billed_kop",
                      was_kop=pl.when(pl.col("posted_at") <= end).then("billed_kop").otherwise(0)),
        laid.select(*DOCUMENT, *_TERMS, all_kop=-pl.col("allocated_kop"),
                    was_kop=pl.when(pl.col("posted_at") <= end).then(-pl.col("allocated_kop")).otherwise(0)),
        closing.select(*DOCUMENT, *_TERMS, all_kop=-pl.col("outstanding_kop")),
    ], how="diagonal")
    summed = told.group_by(DOCUMENT).agg(
        *(pl.col(name).drop_nulls().first() for name in _TERMS), pl.col("posted_at").min(),
        pl.col("is_superseded").any(ignore_nulls=True), pl.col("was_kop").sum(), withdrawn_kop=pl.col("all_kop").sum(),
    )
    taken_back_at = pl.when("is_superseded").then("replaced_at").otherwise("posted_at")
    withdrawn = pl.when(taken_back_at.is_null() | (taken_back_at <= end)).then("withdrawn_kop").otherwise(0)
    return summed.join(_replaced(billed), on=["account_id", *_TERMS[:2]], how="left").select(
        *DOCUMENT, *_TERMS, open_kop=pl.col("was_kop") - withdrawn
    )


def _replaced(billed: pl.DataFrame) -> pl.DataFrame:
    """When the newest version of a document came: the older ones of its type and month are withdrawn by it."""
    return billed.group_by("account_id", *_TERMS[:2]).agg(replaced_at=pl.col("posted_at").max())


def _paid_later(months: list[LedgerMonth], accounts: pl.Series, on: date) -> pl.DataFrame:
    """Payments made by the day that were laid on documents after it, less what of them was taken back again."""
    end = end_of_day(on)
    laid = pl.concat([_rows(one, PAYMENT_ALLOCATIONS, accounts) for one in months])
    return laid.filter(
        (pl.col("posted_at") > end) & (pl.col("paid_at") <= end) & (pl.col("origin_code") == "payment")
        & ~pl.col("rule_code").is_in(["superseded", "advance"])
    ).group_by(DOCUMENT).agg(paid_later_kop=pl.col("allocated_kop").sum())


def _rows(month: LedgerMonth, table: Table, accounts: pl.Series) -> pl.DataFrame:
    return rows_of_accounts(month.version, table, accounts)

