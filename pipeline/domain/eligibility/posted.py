"""Accounts to which everything happened in one order, by arrival and by value date: the ledger has replayed them.

    in one order    documents issued at one moment and arrived at one, payments on the same side of it and in the same
                    sequence both ways; nothing taken back, replaced, disputed, barred; no advance but free ones
    then            the ledger laid the same money on the same documents: its movements are read, not made again
    any doubt       the account is replayed (`replay.py`)

The replay counts by document, creditor and kind, the ledger by service, so general money that pays a document in part
may reach a creditor there a kopeck apart. It matters only where money for that creditor alone comes later.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final

import polars as pl

from pipeline.contracts.ledger import ITEM_KEY
from pipeline.domain.eligibility.replay import ARREARS, LAID, Replayed
from pipeline.domain.eligibility.timeline import paid_moment, start_of

#: What is looked at of items and movements; all else is read whole.
ITEM_COLUMNS: Final = (*ITEM_KEY, "limitation_on", "is_disputed", "is_time_barred")
MOVEMENT_COLUMNS: Final = (
    "account_id", "movement_number", "payment_id", "origin_code", "paid_at", "channel_code", "document_id",
    "creditor_id", "debt_kind_code", "allocated_kop", "rule_code",
)
_ORDINARY_RULES: Final = ("credit", "designated", "oldest", "own_creditor", "advance", "penalty")
_ORDINARY_PURPOSES: Final = ("regular", "capital_repair")
_ARRIVAL: Final = ("posted_at", "registry_id", "registry_row", "payment_id")
_DOCUMENT: Final = ("account_id", "document_id")
_is_arrears = pl.col("debt_kind_code").is_in(ARREARS)


@dataclass(frozen=True)
class Posted:
    """One part as the ledger of the cycle found and left it, inside shape and key order.

    bills: BILLING_DOCUMENTS as they arrived; open_items: the columns ITEM_COLUMNS; movements: MOVEMENT_COLUMNS
    """

    bills: pl.DataFrame
    documents: pl.DataFrame
    open_items_before: pl.DataFrame
    open_items: pl.DataFrame
    advances_before: pl.DataFrame
    advances: pl.DataFrame
    payments: pl.DataFrame
    reversals: pl.DataFrame
    movements: pl.DataFrame

    @cached_property
    def issues(self) -> pl.DataFrame:
        """account_id, issued_at, arrived_at of accounts with documents; `is_odd`: new versions, documents that came or
        were issued one after another."""
        issued, arrived = pl.col("issued_on"), pl.col("received_at")
        is_odd = (
            (issued.min() != issued.max()) | (arrived.min() != arrived.max())
            | pl.col("supersedes_document_id").is_not_null().any()
        )
        return self.bills.group_by("account_id").agg(
            issued.min(), arrived_at=arrived.max(), is_odd=is_odd, oldest_month=pl.col("billing_month").min()
        ).with_columns(issued_at=start_of("issued_on"))


def as_posted(posted: Posted, *, month: date) -> Replayed:
    """What a replay answers for accounts in one order; of documents those of months before `month`."""
    return Replayed(documents=_documents(posted, month), movements=_movements(posted))


def out_of_order(posted: Posted, movements: pl.DataFrame, *, cut_on: date) -> pl.Series:
    """Accounts that the ledger may have treated otherwise than a replay by value date would, sorted.

    movements: those of `as_posted`
    """
    payments = _with_issue(posted)
    doubts = [
        posted.reversals, _odd_bills(posted.issues, cut_on), _odd_items(posted, cut_on), _odd_advances(posted),
        _odd_movements(posted.movements), _odd_payments(payments), _swapped(payments), _early(posted, payments),
        _odd_rings(posted, payments, movements),
    ]
    return pl.concat([doubt["account_id"] for doubt in doubts]).unique().sort()


def _documents(posted: Posted, month: date) -> pl.DataFrame:
    """Documents of earlier months: what stood open at the start, and what came late in this cycle."""
    columns = [*_DOCUMENT, "billing_month", "issued_on"]
    return (
        pl.concat([
            posted.open_items_before.filter(_is_arrears).select(*columns, counted_kop="outstanding_kop"),
            posted.documents.filter(pl.col("billing_month") < month, _is_arrears).select(
                *columns, counted_kop="billed_kop"
            ),
        ])
        .group_by(_DOCUMENT)
        .agg(pl.col("billing_month", "issued_on").min(), pl.col("counted_kop").sum())
        .select(
            *_DOCUMENT, "billing_month", "counted_kop", present_at=start_of("issued_on"),
            withdrawn_at=pl.lit(None, dtype=pl.Datetime("us", "Europe/Moscow")),
        )
    )


def _movements(posted: Posted) -> pl.DataFrame:
    """Movements of the ledger at the replay's moments, one row for what a step laid on a document.

    Rows of a step lie side by side in key order, so its sum is the running total at the next step's first row less that
    at its own: no hash of three texts, and only first rows are carried on.
    """
    is_credit = pl.col("rule_code") == "credit"
    counted_kop = pl.when(_is_arrears & ~is_credit).then("allocated_kop").otherwise(0)
    is_next = pl.any_horizontal(
        pl.col(name) != pl.col(name).shift(fill_value="") for name in ("document_id", "payment_id")
    )
    laid_kop = pl.col("before_kop").shift(-1).fill_null(pl.col("total_kop")) - pl.col("before_kop")
    return (
        posted.movements.lazy()
        .with_columns(before_kop=counted_kop.cum_sum() - counted_kop, total_kop=counted_kop.sum())
        .filter(is_next & ~is_credit)
        .with_columns(allocated_kop=laid_kop)
        .filter(pl.col("allocated_kop") != 0)
        .join(posted.payments.lazy().select("payment_id", moment=paid_moment()), on="payment_id", how="left",
              maintain_order="left")
        .join(posted.issues.lazy(), on="account_id", how="left", maintain_order="left")
        .with_columns(
            paid_at=pl.coalesce("moment", "paid_at"), is_counted=pl.lit(True),
            # an advance meets a document when that is issued
            posted_at=pl.when(pl.col("rule_code") == "advance").then("issued_at").otherwise("moment"),
        )
        .select(LAID)
        .collect()
    )


def _with_issue(posted: Posted) -> pl.DataFrame:
    """Payments with their moment and whether it, and whether their arrival, comes before the documents."""
    is_before = (pl.col("moment") < pl.col("issued_at")).fill_null(False)
    came_before = (pl.col("posted_at") < pl.col("arrived_at")).fill_null(False)
    is_ringed = pl.col("designated_creditor_id").is_not_null() | (pl.col("purpose_code") != "regular")
    return (
        posted.payments.with_columns(moment=paid_moment(), is_ringed=is_ringed)
        .join(posted.issues, on="account_id", how="left", maintain_order="left")
        .with_columns(is_before=is_before, came_before=came_before)
    )


def _odd_bills(issues: pl.DataFrame, cut_on: date) -> pl.DataFrame:
    is_old = pl.col("oldest_month") < pl.lit(cut_on).dt.offset_by("-1y")
    return issues.filter(pl.col("is_odd") | is_old)


def _odd_items(posted: Posted, cut_on: date) -> pl.DataFrame:
    is_odd = pl.col("is_disputed") | pl.col("is_time_barred") | (pl.col("limitation_on") < cut_on).fill_null(False)
    return pl.concat(
        items.filter(_is_arrears & is_odd).select("account_id")
        for items in (posted.open_items_before, posted.open_items)
    )


def _odd_advances(posted: Posted) -> pl.DataFrame:
    """All but one free advance of an account that owed nothing; and credits that a document of the cycle left."""
    before = posted.advances_before
    is_bound = pl.any_horizontal(pl.col("creditor_id", "contract_reference").is_not_null())
    owing = posted.open_items_before.filter(_is_arrears).select("account_id")
    odd = (
        before.filter(is_bound | (pl.col("origin_code") == "credit") | pl.col("account_id").is_duplicated()),
        before.join(owing, on="account_id", how="semi"),
        posted.advances.filter(pl.col("origin_code") == "credit"),
    )
    return pl.concat(advances.select("account_id") for advances in odd)


def _odd_movements(movements: pl.DataFrame) -> pl.DataFrame:
    is_left_credit = (pl.col("origin_code") == "credit") & (pl.col("rule_code") != "credit")
    return movements.filter(~pl.col("rule_code").is_in(_ORDINARY_RULES) | is_left_credit).select("account_id")


def _odd_payments(payments: pl.DataFrame) -> pl.DataFrame:
    """Money for writs, contracts and single kinds, and money that documents overtook on one of the two ways."""
    is_for_repair = pl.col("purpose_code") == "capital_repair"
    is_odd = (
        ~pl.col("purpose_code").is_in(_ORDINARY_PURPOSES).fill_null(False)
        # the ledger knows the fund of the house
        | (is_for_repair & pl.col("designated_creditor_id").is_null())
        | (pl.col("is_before") != pl.col("came_before"))
    )
    return payments.filter(is_odd).select("account_id")


def _swapped(payments: pl.DataFrame) -> pl.DataFrame:
    """Accounts with payments that arrived in another sequence than they were made."""
    several = payments.filter(pl.col("account_id").is_duplicated()).sort("account_id", *_ARRIVAL)
    is_same = pl.col("account_id") == pl.col("account_id").shift()
    return several.filter(is_same & (pl.col("moment") < pl.col("moment").shift())).select("account_id")


def _early(posted: Posted, payments: pl.DataFrame) -> pl.DataFrame:
    """Accounts with money before the documents that is not the only money waiting for them, or waits for one creditor:
    advances take their turns by arrival."""
    early = payments.filter("is_before").select("account_id")
    waiting = pl.concat([early, posted.advances_before.select("account_id")])
    several = waiting.filter(pl.col("account_id").is_duplicated())
    ringed = payments.filter("is_ringed").select("account_id")
    return early.join(pl.concat([several, ringed]), on="account_id", how="semi")


def _odd_rings(posted: Posted, payments: pl.DataFrame, movements: pl.DataFrame) -> pl.DataFrame:
    """Accounts with money for one creditor behind general money that may have paid a part of that creditor's items:
    their document was not paid at once, in full. And creditors with two kinds of debt on one document."""
    ringed = payments.filter("is_ringed").select(
        "account_id", "payment_id", "moment", creditor_id="designated_creditor_id"
    )
    creditors = ringed["creditor_id"].unique().implode()
    items, lines = (
        rows.filter(_is_arrears, pl.col("creditor_id").is_in(creditors))
        .select(*_DOCUMENT, "creditor_id", "debt_kind_code")
        .join(ringed, on=["account_id", "creditor_id"], how="semi")
        for rows in (posted.open_items_before, posted.documents)
    )
    of_creditors = pl.concat([items.unique(), lines])
    of_two_kinds = of_creditors.filter(pl.struct("document_id", "creditor_id").is_duplicated())
    is_open = pl.col("document_id").is_in(posted.open_items.filter(_is_arrears)["document_id"].unique().implode())
    in_part = (
        movements.join(of_creditors, on="document_id", how="semi")
        .filter(pl.col("document_id").is_duplicated() | is_open)
        .join(ringed, on="payment_id", how="anti")
        .join(ringed.group_by("account_id").agg(ringed_until=pl.col("moment").max()), on="account_id")
        .filter(pl.col("posted_at") <= pl.col("ringed_until"))
    )
    return pl.concat([of_two_kinds.select("account_id"), in_part.select("account_id")])
