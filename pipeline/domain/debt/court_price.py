"""The price of a claim: principal and the penalties that may be claimed beside it, once (ГПК РФ, ст. 91).

    free items   those that no money at hand could cover: cover goes to the oldest items first
    counted      Σ penalty of the free items
    before book  what had grown before the book began was another biller's to bill: claimed only as far as penalty lines
                 of that time are open; the rest may have been paid to him, and is a doubt
    paid         a penalty line names a debt's month when it is earlier than the document's: what is paid of it lowers
                 the penalty of that month
    doubt        what is paid of other lines may be of any item that was due by the end of the document's month
    penalty      counted − paid − doubt: what cannot be told apart is not claimed

Lines of documents are all that name penalties, ours or the biller's own. Not here: duty and expected value
(`court_gate.py`).
"""

from __future__ import annotations

from datetime import date
from typing import Final

import polars as pl

from pipeline import money
from pipeline.contracts.ledger import ITEM_KEY
from pipeline.domain.debt.arrears import PAIR

#: What is read of a penalty; of what had grown before the book.
PENALTY: Final = (*ITEM_KEY, "penalty_kop")
GROWN: Final = (*ITEM_KEY, "before_kop")
SUMS: Final = ("penalty_kop", "penalty_paid_kop", "penalty_doubt_kop")
#: Shape of `penalty_lines`.
LINES: Final = {
    "account_id": pl.String(), "creditor_id": pl.String(), "charge_month": pl.Date(), "billing_month": pl.Date(),
    "paid_kop": pl.Int64(), "open_kop": pl.Int64(), "is_before_book": pl.Boolean(),
}
_ITEM_ORDER: Final = ("due_on", "billing_month", "service_code", "document_id", "contract_id", "charge_month")


def penalty_lines(paid: pl.DataFrame, open_items: pl.DataFrame, *, first_month: date) -> pl.DataFrame:
    """LINES of documents: what lies on each (PAID_PENALTIES) and what is open of it (OPEN_ITEMS)."""
    still_open = open_items.filter(pl.col("debt_kind_code") == "penalty").select(
        *PAIR, "charge_month", "billing_month", open_kop="outstanding_kop"
    )
    laid = paid.select(*PAIR, "charge_month", "billing_month", "paid_kop")
    return pl.concat([laid, still_open], how="diagonal").with_columns(
        pl.col("paid_kop", "open_kop").fill_null(0), is_before_book=pl.col("billing_month") < first_month
    ).select(*LINES)


def free_items(items: pl.DataFrame, claimed: pl.DataFrame) -> pl.DataFrame:
    """Items of a claim that nothing may cover already. claimed: account × creditor × claimed_kop."""
    ordered = items.join(claimed.select(*PAIR, "claimed_kop"), on=PAIR).sort(*PAIR, *_ITEM_ORDER, nulls_last=True)
    reached = money.widened("outstanding_kop").cum_sum().over(PAIR).cast(pl.Int64)
    covered = money.total("outstanding_kop").over(PAIR) - pl.col("claimed_kop")
    return ordered.filter(reached - pl.col("outstanding_kop") >= covered).drop("claimed_kop")


def penalties_to_claim(
    free: pl.DataFrame, penalties: pl.DataFrame, lines: pl.DataFrame, grown: pl.DataFrame
) -> pl.DataFrame:
    """account × creditor × SUMS of free items. penalties: PENALTY; lines: LINES; grown: GROWN of the first month."""
    counted = (
        free.select(*ITEM_KEY, "due_on")
        .join(penalties.select(PENALTY), on=ITEM_KEY, nulls_equal=True)
        .join(grown.select(*ITEM_KEY, _grown_kop="before_kop"), on=ITEM_KEY, how="left", nulls_equal=True)
        .with_columns(_grown_kop=pl.min_horizontal("penalty_kop", pl.col("_grown_kop").fill_null(0)))
        .with_columns(_rest_kop=pl.col("penalty_kop") - pl.col("_grown_kop"))
        .pipe(_without_named, lines.filter(~pl.col("is_before_book")))
    )
    sums = counted.group_by(PAIR).agg(
        money.total("penalty_kop"), penalty_paid_kop=money.total("_named_kop"), _grown_kop=money.total("_grown_kop"),
    )
    open_before = lines.filter("is_before_book").group_by(PAIR).agg(_open_kop=money.total("open_kop"))
    return (
        sums.join(open_before, on=PAIR, how="left")
        .join(_without_month(counted, lines.filter(~pl.col("is_before_book"))), on=PAIR, how="left")
        .with_columns(penalty_doubt_kop=pl.col("_unnamed_kop").fill_null(0) + (
            pl.col("_grown_kop") - pl.col("_open_kop").fill_null(0)).clip(lower_bound=0))
        .with_columns(
            penalty_kop=pl.col("penalty_kop") - pl.col("penalty_paid_kop") - pl.col("penalty_doubt_kop")
        )
        .select(*PAIR, *SUMS)
    )


def _names_a_month() -> pl.Expr:
    return (pl.col("charge_month") < pl.col("billing_month")).fill_null(False)


def _without_named(counted: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Items with what lines that name their month have taken of them, the oldest first, and the rest."""
    month = (*PAIR, "charge_month")
    named = lines.filter(_names_a_month()).group_by(month).agg(_paid_kop=money.total("paid_kop"))
    before = money.widened("_rest_kop").cum_sum().over(month, order_by=pl.row_index()).cast(pl.Int64)
    left = pl.col("_paid_kop").fill_null(0) - (before - pl.col("_rest_kop"))
    return (
        counted.sort(*month, "due_on", *ITEM_KEY, nulls_last=True)
        .join(named, on=month, how="left", maintain_order="left")
        .with_columns(_named_kop=pl.min_horizontal("_rest_kop", left.clip(lower_bound=0)))
        .with_columns(_rest_kop=pl.col("_rest_kop") - pl.col("_named_kop"))
    )


def _without_month(counted: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """account × creditor: the most that lines without a month can have paid of what is left.

    A line of month b reaches the items due by its end, so lines of later months reach all that earlier ones do: the
    most is Σ paid, or less where for some b the items it reaches plus all lines after b are less.
    """
    paid = lines.filter(~_names_a_month()).group_by(*PAIR, "billing_month").agg(money.total("paid_kop")).sort(
        *PAIR, "billing_month"
    )
    ends = pl.col("billing_month").dt.offset_by("1mo")
    within = (
        paid.join(counted.select(*PAIR, "due_on", "_rest_kop"), on=PAIR).filter(pl.col("due_on") < ends)
        .group_by(*PAIR, "billing_month").agg(_within_kop=money.total("_rest_kop"))
    )
    later = pl.col("paid_kop").sum().over(PAIR) - pl.col("paid_kop").cum_sum().over(PAIR, order_by="billing_month")
    return (
        paid.with_columns(_later_kop=later)
        .join(within, on=[*PAIR, "billing_month"], how="left")
        .group_by(PAIR).agg(
            _all_kop=money.total("paid_kop"),
            _least_kop=(pl.col("_within_kop").fill_null(0) + pl.col("_later_kop")).min(),
        )
        .select(*PAIR, _unnamed_kop=pl.min_horizontal("_all_kop", "_least_kop").clip(lower_bound=0))
    )
