"""What bears penalty, part by part: the late payments of each item, and what of it is still open.

    late payment = Σ of the movements of one day of payment on one item, after its free days; a reversal carries the day
                   of the payment that it takes back, so what is taken back is owed again as if never paid
    carried      = late payments of items that the month before left open, and of items that come back
    base         = a late payment counted to its own day; what is open counted to the cut

Payments in time bear nothing and leave no row. A credit of the document's own negative lines was never owed: not late.
`first_day`, over the columns of an item, is its first day of penalty (`scales.py`). When the register names another
payer, what was carried and is in time now is dropped; what was in time and is late now is not looked for in older
months, in the payer's favour.
"""

from __future__ import annotations

from datetime import date
from typing import Final

import polars as pl

from pipeline import money
from pipeline.contracts.ledger import ITEM_KEY
from pipeline.contracts.penalty import BEARING, LATE_PAYMENTS

#: What is read of a movement.
MOVEMENT: Final = (*ITEM_KEY, "billing_month", "due_on", "paid_at", "payment_id", "origin_code", "allocated_kop")
_TERMS: Final = ("billing_month", "due_on")


def late_payments(movements: pl.DataFrame, carried: pl.DataFrame, *, first_day: pl.Expr) -> pl.DataFrame:
    """Inside LATE_PAYMENTS, sorted. `movements`: of this month, and all older ones of items that come back; `carried`:
    LATE_PAYMENTS of items that the month before left open."""
    late = movements.lazy().pipe(_bearing).with_columns(paid_on=pl.col("paid_at").dt.date()).filter(
        ~_own_credit()
    ).select(*ITEM_KEY, *_TERMS, "paid_on", paid_kop="allocated_kop").collect()
    return (
        pl.concat([carried.select(LATE_PAYMENTS.inside_names), late.select(LATE_PAYMENTS.inside_names)])
        .filter(pl.col("paid_on") >= first_day)
        .group_by(*ITEM_KEY, "paid_on").agg(pl.col(_TERMS).first(), money.total("paid_kop"))
        .filter(pl.col("paid_kop") != 0)
        .select(LATE_PAYMENTS.inside_names).sort(*ITEM_KEY, "paid_on")
    )


def is_late_or_taken_back(first_day: pl.Expr) -> pl.Expr:
    """Which movements matter, over the columns of the published table; those of negative lines all (`credited.py`)."""
    is_late = pl.col("paid_at").dt.date() >= first_day
    is_of_credit = pl.col("origin_code") == "credit"
    return pl.col("debt_kind_code").is_in(BEARING) & (is_late | (pl.col("allocated_rub") < 0) | is_of_credit)


def is_overdue(first_day: pl.Expr, counted_on: date) -> pl.Expr:
    """Which open items matter: of the kinds that bear penalty, past their free days."""
    return pl.col("debt_kind_code").is_in(BEARING) & (pl.lit(counted_on) >= first_day)


def coming_back(movements: pl.DataFrame, standing: pl.DataFrame, documents: pl.Series) -> pl.DataFrame:
    """Items on which money is taken back and that the month before did not leave open (`standing`: ITEM_KEY) nor this
    month billed (`documents`): their late payments lie in older months. ITEM_KEY, billing_month."""
    return taken_back(movements).filter(~pl.col("document_id").is_in(documents.implode())).join(
        standing, on=ITEM_KEY, how="anti", nulls_equal=True
    )


def taken_back(movements: pl.DataFrame) -> pl.DataFrame:
    """Items on which money is taken back this month: ITEM_KEY, billing_month."""
    return movements.lazy().pipe(_bearing).filter(
        pl.col("allocated_kop") < 0, pl.col("origin_code") != "credit"
    ).select(*ITEM_KEY, "billing_month").unique().sort(*ITEM_KEY).collect()


def _bearing(rows: pl.LazyFrame) -> pl.LazyFrame:
    return rows.filter(pl.col("debt_kind_code").is_in(BEARING))


def _own_credit() -> pl.Expr:
    """Money of the negative lines of the very document (`allocation/credit.py` names it so)."""
    own = pl.col("payment_id").str.starts_with(pl.format("credit:{}:", "document_id"))
    return (pl.col("origin_code") == "credit") & own
