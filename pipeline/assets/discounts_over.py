"""Contracts whose advance discount is over, looked up for money that names one (`domain/allocation/ahead.py`)."""

from __future__ import annotations

import polars as pl

from pipeline.billing_month import BillingMonth
from pipeline.contracts.advance_discounts import ADVANCE_TERMS
from pipeline.domain.allocation.ahead import OVER, TERM_TOLD, over
from pipeline.storage.state import RUN_MONTH, State

_TERM = ("account_id", "contract_reference", "status_code")


def discounts_over(state: State, part: str, *money: pl.DataFrame, until: BillingMonth | None = None) -> pl.DataFrame:
    """OVER by the end of `until`, else of the state. An end is published once: every month is asked, for the accounts
    of the money that names a contract and no others."""
    ids = pl.concat([rows.drop_nulls("contract_reference")["account_id"] for rows in money]).unique()
    if ids.is_empty():
        return pl.DataFrame(schema=OVER)
    months = BillingMonth.range(state.book.opening_month, until or state.month)
    told = state.keyed(
        ADVANCE_TERMS, months, part=part, columns=_TERM, with_run_month=True, account_ids=ids
    )
    return over(told.rename({RUN_MONTH: "told_in"}).select(*TERM_TOLD))
