"""The ground of an allocation: items, advances and events as numbered frames, so that rounds compare integers.

    item       position of the item in (account_id, item key) order: the smaller item key has the smaller number
    account    position of the account
    document   position in the order in which unnamed money meets documents: (due_on, billing_month, main before
               capital_repair, waste, debt, correction, penalty, document_id)

Not here: any movement of money.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from pipeline.contracts.ledger import ITEM_KEY
from pipeline.contracts.table import MOSCOW

DOCUMENT_ORDER: Final = ("main", "capital_repair", "waste", "debt", "correction", "penalty")
MOMENT: Final = pl.Datetime("us", MOSCOW)

#: What says whose money a pot, an advance or a movement is.
MONEY: Final = {
    "payment_id": pl.String(), "origin_code": pl.String(), "registry_id": pl.String(), "paid_at": MOMENT,
    "channel_code": pl.String(),
}
_ITEM_SUMS: Final = ("billed_kop", "paid_kop", "written_off_kop", "outstanding_kop", "epoch_base_kop")
_ITEM_TERMS: Final = (
    "creditor_id", "contract_id", "debt_kind_code", "document_type_code", "billing_month", "is_time_barred",
    "limitation_on", "present_from",
)
_OPTIONAL_EVENT_COLUMNS: Final[dict[str, pl.DataType]] = {
    **MONEY, "amount_kop": pl.Int64(), "designated_document_id": pl.String(), "designated_month": pl.Date(),
    "designated_creditor_id": pl.String(), "designation_code": pl.String(), "purpose_code": pl.String(),
    "writ_creditor_id": pl.String(), "writ_from_month": pl.Date(), "writ_to_month": pl.Date(),
    "contract_reference": pl.String(), "from_month": pl.Date(), "to_month": pl.Date(),
    "reversal_id": pl.String(), "document_id": pl.String(), "new_document_id": pl.String(),
}


@dataclass(frozen=True)
class Ground:
    """`book`: items as given, in item order. `items`: the numbers that rounds work on, accounts with events only."""

    book: pl.DataFrame
    items: pl.DataFrame
    advances: pl.DataFrame
    events: pl.DataFrame
    moved_before: pl.DataFrame
    accounts: pl.DataFrame
    advances_at_rest: pl.DataFrame


def numbered(
    items: pl.DataFrame, advances: pl.DataFrame, events: pl.DataFrame, moved_before: pl.DataFrame
) -> Ground:
    """Everything of one part on numbers. Accounts without events keep what they have and take no part."""
    accounts = (
        events.group_by("account_id").agg(last_event=pl.col("event_number").max()).sort("account_id")
        .with_row_index("account")
    )
    book = _book(items, accounts)
    working = book.filter(pl.col("account").is_not_null())
    documents = working.unique(["account", "document_id"], keep="first").select("account", "document_id", "document")
    return Ground(
        book=book,
        items=working.select("item", "account", "document", *_ITEM_TERMS, *_ITEM_SUMS, "last_event"),
        advances=_advances(advances, accounts),
        advances_at_rest=advances.join(accounts, on="account_id", how="anti"),
        events=_events(events, accounts, documents),
        moved_before=_moved_before(moved_before, book),
        accounts=accounts,
    )


def _book(items: pl.DataFrame, accounts: pl.DataFrame) -> pl.DataFrame:
    if "limitation_on" not in items.columns:
        items = items.with_columns(limitation_on=pl.lit(None, dtype=pl.Date))
    place = pl.col("document_type_code").replace_strict(
        {kind: position for position, kind in enumerate(DOCUMENT_ORDER)}, return_dtype=pl.UInt8
    )
    order = ["due_on", "billing_month", "type_place", "document_id", "account"]
    book = (
        items.sort(*ITEM_KEY).with_row_index("item")
        .join(accounts, on="account_id", how="left", maintain_order="left")
    )
    documents = (
        book.filter(pl.col("account").is_not_null())
        .group_by("account", "document_id")
        .agg(pl.col("due_on", "billing_month").min(), type_place=place.min())
        .sort(*order)
        .with_row_index("document")
        .select("account", "document_id", "document")
    )
    return book.join(documents, on=["account", "document_id"], how="left", maintain_order="left")


def _advances(advances: pl.DataFrame, accounts: pl.DataFrame) -> pl.DataFrame:
    """Advances of accounts with events, with the months of their contract."""
    months = {name: pl.lit(None, dtype=pl.Date) for name in ("from_month", "to_month") if name not in advances.columns}
    return advances.with_columns(**months).join(accounts, on="account_id", how="inner").drop("account_id")


def _events(events: pl.DataFrame, accounts: pl.DataFrame, documents: pl.DataFrame) -> pl.DataFrame:
    """Events with numbers in place of ids; a designated older version means the version that stands at the event."""
    typed = {
        name: pl.col(name).cast(dtype) if name in events.columns else pl.lit(None, dtype=dtype)
        for name, dtype in _OPTIONAL_EVENT_COLUMNS.items()
    }
    numbered_events = events.with_columns(**typed).join(accounts, on="account_id", how="left").pipe(_standing_version)
    for name in ("designated_document", "document", "new_document"):
        numbered_events = numbered_events.join(
            documents.select("account", pl.col("document_id").alias(f"{name}_id"), pl.col("document").alias(name)),
            on=["account", f"{name}_id"], how="left",
        )
    return numbered_events


def _standing_version(events: pl.DataFrame) -> pl.DataFrame:
    """`designated_document_id` followed through the new versions that came before the event."""
    versions = events.filter(pl.col("event_code") == "supersede").select(
        "account", since="event_number", designated_document_id="document_id", standing="new_document_id"
    ).unique(["account", "designated_document_id"], keep="first", maintain_order=True)
    if versions.is_empty():
        return events
    for _ in range(max(versions.group_by("account").len()["len"].to_list())):
        events = (
            events.join(versions, on=["account", "designated_document_id"], how="left")
            .with_columns(
                designated_document_id=pl.when(pl.col("since") < pl.col("event_number")).then("standing")
                .otherwise("designated_document_id")
            )
            .drop("since", "standing")
        )
    return events


def _moved_before(moved_before: pl.DataFrame, book: pl.DataFrame) -> pl.DataFrame:
    """Movements of earlier months as numbered rows, older than anything of this month (negative sequence)."""
    keys = book.select(*ITEM_KEY, "item", "account", "document").filter(pl.col("account").is_not_null())
    return (
        moved_before.join(keys, on=ITEM_KEY, how="inner", nulls_equal=True)
        .sort("account", "posted_at", "movement_number")
        .with_columns(
            sequence=pl.int_range(pl.len(), dtype=pl.Int64) - pl.len().cast(pl.Int64), place=pl.lit(0, pl.Int64)
        )
    )
