"""Months that a later document has credited: what was billed too much was never owed and bears no penalty.

    credit     a document's negative line of a month that another document billed: account × creditor × service × kind
               of debt × charge month, lines of one item netted (contracts §6.0)
    whom       items of that month in other documents, the oldest due date first; none takes more than it was billed
    base       of every day, from the due date of the item on, less what is credited, never below nothing: what was paid
               first covered what was owed                                  ЖК РФ, ст. 155, ч. 14; ГК РФ, ст. 330

The ledger leaves the money of a credit where it falls, first of all on the document that brings it. What of it falls on
the credited item itself is the very part that was never owed and is not taken off twice. A negative line that names its
own document's month credits that document, as ever. What the credit lays on other items counts as it always did.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from pipeline import money
from pipeline.contracts.ledger import ITEM_KEY
from pipeline.contracts.penalty import BEARING, CREDITED_CHARGES

#: A month of a service as a credit names it, whichever contract bills it.
OF_MONTH: Final = ("account_id", "creditor_id", "service_code", "debt_kind_code", "charge_month")
#: What is read of an item that a credit may reach, beside its room.
_TERMS: Final = (*ITEM_KEY, "billing_month", "due_on")


def credits_of(movements: pl.DataFrame, replaced: pl.Series) -> pl.DataFrame:
    """OF_MONTH, credit_document_id, credited_in_month, credit_kop of the month's negative items, without those of
    documents that the cycle has replaced. `movements`: MOVEMENT, money of negative lines among them."""
    is_line = (pl.col("origin_code") == "credit") & (pl.col("allocated_kop") < 0)
    own = pl.col("payment_id").str.starts_with(pl.format("credit:{}:", "document_id"))
    return (
        movements.filter(
            is_line, own, pl.col("debt_kind_code").is_in(BEARING), pl.col("charge_month").is_not_null(),
            ~pl.col("document_id").is_in(replaced.implode()),
        )
        .group_by(*OF_MONTH, credit_document_id="document_id")
        .agg(pl.col("billing_month").first().alias("credited_in_month"), credit_kop=-money.total("allocated_kop"))
        .sort(*OF_MONTH, "credited_in_month", "credit_document_id")
    )


def credited_now(credits: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """Inside CREDITED_CHARGES of the month's credits, `laid_kop` not known yet. `items`: ITEM_KEY, billing_month,
    due_on, room_kop (billed and not credited yet)."""
    bring = credits.select(*OF_MONTH, document_id="credit_document_id")
    asked = items.join(credits.select(OF_MONTH).unique(), on=OF_MONTH, how="semi")
    takers = _on_a_line(
        asked.join(bring, on=[*OF_MONTH, "document_id"], how="anti").filter(pl.col("room_kop") > 0)
        .sort(*OF_MONTH, "due_on", "document_id", "contract_id"), "room_kop",
    )
    givers = _on_a_line(credits, "credit_kop").rename({"start": "from", "end": "to"})
    overlap = pl.min_horizontal("end", "to") - pl.max_horizontal("start", "from")
    return (
        takers.join(givers, on=OF_MONTH).with_columns(
            credited_kop=overlap, laid_kop=pl.lit(0, dtype=pl.Int64), laid_on=pl.lit(None, dtype=pl.Date)
        )
        .filter(pl.col("credited_kop") > 0).select(CREDITED_CHARGES.inside_names).sort(*ITEM_KEY, "credit_document_id")
    )


def with_laid(credited: pl.DataFrame, movements: pl.DataFrame) -> pl.DataFrame:
    """`credited` with this month's movements of a credit's own money on the very item that it credits."""
    if credited.is_empty():
        return credited
    laid = (
        movements.filter(pl.col("origin_code") == "credit")
        .join(credited.select(*ITEM_KEY, "credit_document_id"), on=ITEM_KEY, nulls_equal=True)
        .filter(pl.col("payment_id").str.starts_with(pl.format("credit:{}:", "credit_document_id")))
        .group_by(*ITEM_KEY, "credit_document_id")
        .agg(moved_kop=money.total("allocated_kop"), moved_on=pl.col("paid_at").dt.date().min())
    )
    return (
        credited.join(laid, on=[*ITEM_KEY, "credit_document_id"], how="left", nulls_equal=True)
        .with_columns(
            laid_kop=(pl.col("laid_kop") + pl.col("moved_kop").fill_null(0)).clip(lower_bound=0),
            laid_on=pl.coalesce("laid_on", "moved_on"),
        )
        .select(CREDITED_CHARGES.inside_names).sort(*ITEM_KEY, "credit_document_id")
    )


def lowered(bases: pl.DataFrame, items: pl.DataFrame, credited: pl.DataFrame) -> pl.DataFrame:
    """`bases` (item, paid_on, base_kop…) less what is credited; `items`: item and ITEM_KEY. First the part that the
    credit's own money paid, then the parts that ended last: every day's base falls by the credit, not below nothing."""
    if credited.is_empty():
        return bases
    numbered = credited.join(items.select("item", *ITEM_KEY), on=ITEM_KEY, nulls_equal=True).with_columns(
        laid_kop=pl.min_horizontal("laid_kop", "credited_kop")
    )
    never_owed = numbered.group_by("item", paid_on="laid_on").agg(money.total("laid_kop"))
    rest = numbered.group_by("item").agg(rest_kop=money.total(pl.col("credited_kop") - pl.col("laid_kop")))
    left = (
        bases.join(never_owed, on=["item", "paid_on"], how="left")
        .with_columns(base_kop=(pl.col("base_kop") - pl.col("laid_kop").fill_null(0)).clip(lower_bound=0))
        .join(rest, on="item", how="left").with_columns(pl.col("rest_kop").fill_null(0))
        .sort("item", "paid_on", descending=[False, True], nulls_last=False)
        .with_columns(later_kop=pl.col("base_kop").cum_sum().over("item") - pl.col("base_kop"))
    )
    taken = (pl.col("rest_kop") - pl.col("later_kop")).clip(lower_bound=0)
    return (
        left.with_columns(base_kop=pl.col("base_kop") - pl.min_horizontal(taken, "base_kop"))
        .filter(pl.col("base_kop") > 0).select(bases.columns)
    )


def _on_a_line(rows: pl.DataFrame, amount: str) -> pl.DataFrame:
    """`start` and `end` of each row's amount among those of its month, in the order of the rows."""
    end = pl.col(amount).cum_sum().over(OF_MONTH)
    return rows.with_columns(start=end - pl.col(amount), end=end)
