"""Payments laid on debts of cases, by day and month of the debt: what a statement shows, what a letter names.

Fees and contributions alone; money of credits and of documents that took the place of others is no payment.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from pipeline.billing_month import BillingMonth
from pipeline.contracts.ledger import PAYMENT_ALLOCATIONS
from pipeline.domain.debt.arrears import ARREARS_KINDS, PAIR
from pipeline.reports.finance.calendar import LedgerMonth, ledger_months
from pipeline.reports.letters.published_list import rows_of_accounts
from pipeline.storage.book import Book

_DAY = ("paid_on", "billing_month")


def months_until(book: Book, last: BillingMonth) -> Iterator[LedgerMonth]:
    """Published months with their turnover up to one."""
    for one in ledger_months(book):
        if one.month > last:
            break
        yield one


def payments_laid(book: Book, last: BillingMonth, accounts: pl.Series) -> pl.DataFrame:
    """account × creditor × day of payment × billing month of the debt: laid_kop, never 0, in order of days."""
    paid = []
    for one in months_until(book, last):
        laid = rows_of_accounts(one.version, PAYMENT_ALLOCATIONS, accounts).filter(
            pl.col("debt_kind_code").is_in(ARREARS_KINDS), pl.col("origin_code") == "payment",
            pl.col("rule_code") != "superseded",
        )
        paid.append(laid.select(*PAIR, "billing_month", "allocated_kop", paid_on=pl.col("paid_at").dt.date()))
    if not paid:
        return pl.DataFrame(schema={**dict.fromkeys(PAIR, pl.String()), **dict.fromkeys(_DAY, pl.Date()),
                                    "laid_kop": pl.Int64()})
    summed = pl.concat(paid).group_by(*PAIR, *_DAY).agg(laid_kop=pl.col("allocated_kop").sum())
    return summed.filter(pl.col("laid_kop") != 0).sort(*PAIR, *_DAY)
