"""The accounts' undecided documents replayed by value date, with the same allocation as the ledger's.

Items at the grain document × creditor × kind of debt, since only totals of documents are asked; disputed and
time-barred ones stand apart, and so do fixed lines that a contract has paid ahead (`fixed_parts.py`). Opening items and
advances are as the ledger left them: what was decided before is not replayed. Each document starts a new epoch of
general money.

Not here: the ledger's allocations of the cycle, which follow arrival and are not read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from pipeline.contracts.ledger import ITEM_KEY, PAYMENT_ALLOCATIONS
from pipeline.domain.allocation import allocate, with_reopened
from pipeline.domain.allocation.ahead import NOTHING_AHEAD, Ahead
from pipeline.domain.eligibility.fixed_parts import FIXED, contract_lines, marked
from pipeline.domain.eligibility.timeline import events_of, less_reversals, paid_moment, present_from, start_of

ARREARS: Final = ("principal", "capital_repair")
#: What coverage and past debt read of a movement.
LAID: Final = (
    "account_id", "document_id", "movement_number", "payment_id", "origin_code", "channel_code", "paid_at", "posted_at",
    "allocated_kop", "is_counted",
)
_COUNTED: Final = "counted"
_SUMS: Final = ("billed_kop", "paid_kop", "written_off_kop", "outstanding_kop", "epoch_base_kop")
_TERMS: Final = ("document_type_code", "billing_month", "issued_on", "due_on", "is_time_barred", "present_from")


@dataclass(frozen=True)
class Happened:
    """What stood at the start, and what has arrived since.

    open_items: inside OPEN_ITEMS at the start; is_disputed and is_time_barred as known now
    advances: inside ADVANCES at the start, with from_month and to_month of their contract
    documents: inside BILLED_DOCUMENTS since the start, and a negative row for what a document's credits left over; with
        `is_fixed`, the part that contracts with a discount may pay
    versions: account_id, document_id, new_document_id: documents replaced since the start
    payments: inside POSTED_PAYMENTS since the start, with cycle (0 the one before, 1 this one) and the months of their
        writ (writ_creditor_id, writ_from_month, writ_to_month) and advance contract (from_month, to_month)
    reversals: inside POSTED_REVERSALS since the start, with cycle
    moved_before: inside PAYMENT_ALLOCATIONS of earlier months on what reversals and versions touch
    ahead: months of advance contracts, and fixed lines of those that earn a discount
    """

    open_items: pl.DataFrame
    advances: pl.DataFrame
    documents: pl.DataFrame
    versions: pl.DataFrame
    payments: pl.DataFrame
    reversals: pl.DataFrame
    moved_before: pl.DataFrame
    ahead: Ahead = NOTHING_AHEAD


@dataclass(frozen=True)
class Replayed:
    """Principal and capital repair only.

    documents: account_id, document_id, billing_month, present_at, withdrawn_at?, counted_kop (what of it can be
        arrears when it appears)
    movements: the columns LAID of PAYMENT_ALLOCATIONS; `posted_at` is the moment of the event, `is_counted` that of
        the item
    """

    documents: pl.DataFrame
    movements: pl.DataFrame

    def with_others(self, others: Replayed, apart: pl.Series) -> Replayed:
        """This answer for the accounts `apart`, another one for all other accounts."""
        accounts = apart.to_frame("account_id")
        return Replayed(*(
            pl.concat([here, there.join(accounts, on="account_id", how="anti").select(here.columns)])
            for here, there in ((self.documents, others.documents), (self.movements, others.movements))
        ))


def replayed(happened: Happened, *, exact_total_pays_penalty: bool) -> Replayed:
    """Every account of the part, from the start to the last arrival."""
    payments, older_reversals = less_reversals(happened.payments, happened.reversals)
    events = events_of(happened.documents, happened.versions, payments, older_reversals)
    before = happened.open_items.pipe(_with_reopened, happened.moved_before).pipe(marked, happened.ahead.fixed_lines)
    items = pl.concat(
        [before.pipe(_coarse), happened.documents.pipe(present_from, events).pipe(_new_items)], how="diagonal"
    )
    ahead = happened.ahead._replace(fixed_lines=contract_lines(happened.ahead.fixed_lines))
    moved_before = happened.moved_before.join(
        before.select(*ITEM_KEY, _class().alias("class")), on=ITEM_KEY, how="left", nulls_equal=True
    ).pipe(_with_coarse_key).select(PAYMENT_ALLOCATIONS.inside_names)
    advances = happened.advances.with_columns(posted_at="paid_at")
    allocated = allocate(
        items, advances, events, moved_before, ahead=ahead, exact_total_pays_penalty=exact_total_pays_penalty
    )
    return Replayed(_documents(items, events), _movements(allocated.movements))


def paid_before(payments: pl.DataFrame, reversals: pl.DataFrame, moment: pl.Expr) -> pl.DataFrame:
    """Accounts to which a payment made before `moment` has arrived in this cycle, or one was taken back."""
    paid, taken = payments.filter(paid_moment() < moment), reversals.filter(pl.col("paid_at") < moment)
    return pl.concat([paid.select("account_id"), taken.select("account_id")]).unique()


def _with_reopened(open_items: pl.DataFrame, moved_before: pl.DataFrame) -> pl.DataFrame:
    """Opening items and the closed ones that a reversal or a new version brings back."""
    opening = open_items.with_columns(present_from=pl.lit(0, dtype=pl.Int64))
    return with_reopened(opening, moved_before).with_columns(pl.col("is_disputed").fill_null(False))


def _class() -> pl.Expr:
    return (
        pl.when("is_time_barred").then(pl.lit("time_barred")).when("is_disputed").then(pl.lit("disputed"))
        .when("is_fixed").then(pl.lit(FIXED)).otherwise(pl.lit(_COUNTED))
    )


def _with_coarse_key(rows: pl.DataFrame) -> pl.DataFrame:
    """The item key at the grain document × creditor × kind × class, in the columns of the fine one."""
    return rows.with_columns(contract_id=pl.lit(""), service_code=pl.col("class"), charge_month=pl.col("billing_month"))


def _coarse(items: pl.DataFrame) -> pl.DataFrame:
    return (
        items.with_columns(_class().alias("class"))
        .pipe(_with_coarse_key)
        .group_by(*ITEM_KEY)
        .agg(pl.col(*_TERMS).min(), pl.col(*_SUMS).sum())
        .with_columns(epoch_base_kop=pl.col("outstanding_kop"))
    )


def _new_items(documents: pl.DataFrame) -> pl.DataFrame:
    nothing = pl.lit(0, dtype=pl.Int64)
    terms = [name for name in _TERMS if name not in ("is_time_barred", "billing_month")]
    return (
        documents.with_columns(pl.when("is_fixed").then(pl.lit(FIXED)).otherwise(pl.lit(_COUNTED)).alias("class"))
        .pipe(_with_coarse_key)
        .group_by(*ITEM_KEY)
        .agg(pl.col("billing_month", *terms).min(), pl.col("billed_kop").sum())
        .with_columns(
            is_time_barred=pl.lit(False), paid_kop=nothing, written_off_kop=nothing, outstanding_kop="billed_kop",
            epoch_base_kop=pl.max_horizontal("billed_kop", nothing),
        )
    )


def _documents(items: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    withdrawn = events.filter(pl.col("event_code") == "supersede").select(
        "account_id", "document_id", withdrawn_at="moment"
    )
    counted = pl.col("outstanding_kop").filter(_is_counted()).sum()
    return (
        items.filter(pl.col("debt_kind_code").is_in(ARREARS))
        .group_by("account_id", "document_id")
        .agg(pl.col("billing_month", "issued_on").min(), counted_kop=counted)
        .with_columns(present_at=start_of("issued_on"))
        .drop("issued_on")
        .join(withdrawn, on=["account_id", "document_id"], how="left")
    )


def _movements(movements: pl.DataFrame) -> pl.DataFrame:
    return movements.filter(pl.col("debt_kind_code").is_in(ARREARS)).with_columns(
        is_counted=_is_counted()
    ).select(LAID)


def _is_counted() -> pl.Expr:
    return pl.col("service_code").is_in([_COUNTED, FIXED])
