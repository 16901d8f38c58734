"""The ground of an allocation: items, advances and events as numbered frames, so that rounds compare integers.

    item       position of the item in (account_id, item key) order: the smaller item key has the smaller number
    account    position of the account
    document   position in the order in which unnamed money meets the documents of an account: (due_on, billing_month,
               main before capital_repair, waste, debt, correction, penalty, document_id)
    creditor   a code that orders as the creditor's id does; so do contracts and kinds of debt

Not here: any movement of money.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl
import polars.selectors as cs

from pipeline.contracts.columns import DEBT_KINDS
from pipeline.contracts.ledger import ITEM_KEY
from pipeline.contracts.table import MOSCOW
from pipeline.domain.allocation.ahead import Ahead, covered_items
from pipeline.domain.allocation.runs import ranked, recoded, starts

DOCUMENT_ORDER: Final = ("main", "capital_repair", "waste", "debt", "correction", "penalty")
MOMENT: Final = pl.Datetime("us", MOSCOW)
KIND: Final = pl.Enum(sorted(DEBT_KINDS))
DOCUMENT_TYPE: Final = pl.Enum(DOCUMENT_ORDER)

#: What says whose money a pot, an advance or a movement is.
MONEY: Final = {
    "payment_id": pl.String(), "origin_code": pl.String(), "registry_id": pl.String(), "paid_at": MOMENT,
    "channel_code": pl.String(),
}
#: What moves on an item.
SUMS: Final = ("billed_kop", "paid_kop", "written_off_kop", "outstanding_kop", "epoch_base_kop")
_CODED: Final = ("designated_creditor_id", "writ_creditor_id")
_OPTIONAL_EVENT_COLUMNS: Final[dict[str, pl.DataType]] = {
    **MONEY, "amount_kop": pl.Int64(), "designated_document_id": pl.String(), "designated_month": pl.Date(),
    "designated_creditor_id": pl.String(), "designation_code": pl.String(), "purpose_code": pl.String(),
    "writ_creditor_id": pl.String(), "writ_from_month": pl.Date(), "writ_to_month": pl.Date(),
    "contract_reference": pl.String(), "from_month": pl.Date(), "to_month": pl.Date(),
    "reversal_id": pl.String(), "document_id": pl.String(), "new_document_id": pl.String(),
}


@dataclass(frozen=True)
class Ground:
    """`book`: items as given, in item order (`item` is the row). `items`: what rounds work on, of accounts with events.
    `documents`: account, document, document_id. `creditors`: codes of creditors. `covered`: `ahead.covered_items`;
    `contract_months`: contract_reference, from_month, to_month; `over`: account, contract_reference of `ahead.OVER`."""

    book: pl.DataFrame
    items: pl.DataFrame
    documents: pl.DataFrame
    advances: pl.DataFrame
    events: pl.DataFrame
    moved_before: pl.DataFrame
    accounts: pl.DataFrame
    advances_at_rest: pl.DataFrame
    creditors: pl.Enum
    covered: pl.DataFrame
    contract_months: pl.DataFrame
    over: pl.DataFrame


def numbered(
    items: pl.DataFrame, advances: pl.DataFrame, events: pl.DataFrame, moved_before: pl.DataFrame, *, ahead: Ahead,
    in_order: bool,
) -> Ground:
    """Everything of one part on numbers. Accounts without events keep what they have and take no part. `in_order`: the
    items stand in the order of their key already."""
    accounts = (
        events.group_by("account_id").agg(last_event=pl.col("event_number").max()).sort("account_id")
        .with_row_index("account")
    )
    creditors = _creditors(items, advances, events)
    book = _book(items if in_order else items.sort(*ITEM_KEY), accounts)
    documents = _documents(book)
    working = _working(book, documents, creditors)
    known = documents.select("account", "document", "document_id")
    return Ground(
        book=book, items=working, documents=known, advances=_advances(advances, accounts, creditors),
        advances_at_rest=advances.join(accounts, on="account_id", how="anti"),
        events=_events(events, accounts, known, creditors),
        moved_before=_moved_before(moved_before, book, working), accounts=accounts, creditors=creditors,
        covered=covered_items(ahead.fixed_lines, book, accounts), contract_months=ahead.months,
        over=ahead.over.join(accounts, on="account_id").select("account", "contract_reference"),
    )


def _creditors(items: pl.DataFrame, advances: pl.DataFrame, events: pl.DataFrame) -> pl.Enum:
    told = [items["creditor_id"], advances["creditor_id"], *(events[name] for name in _CODED if name in events.columns)]
    return ranked(pl.concat([
        ids.dtype.categories if isinstance(ids.dtype, pl.Enum) else ids.cast(pl.String).unique() for ids in told
    ]))


def _book(items: pl.DataFrame, accounts: pl.DataFrame) -> pl.DataFrame:
    """Items with `account`, `last_event` and `run`, the number of their document's stretch of rows."""
    if "limitation_on" not in items.columns:
        items = items.with_columns(limitation_on=pl.lit(None, dtype=pl.Date))
    runs = items.with_columns(run=starts("account_id", "document_id").cum_sum() - 1)
    heads = runs.select(pl.col("account_id").filter(starts("run"))).join(
        accounts, on="account_id", how="left", maintain_order="left"
    )
    return runs.with_columns(
        account=heads["account"].gather(runs["run"]), last_event=heads["last_event"].gather(runs["run"])
    )


def _documents(book: pl.DataFrame) -> pl.DataFrame:
    """Documents of accounts with events in the order in which money meets them."""
    terms = ("due_on", "billing_month", "document_type_code")
    told = book.select("run", "account", "document_id", *terms)
    heads = told.filter(starts("run"))
    # items of the state may differ in the terms of their document, and then its earliest terms count
    if told.select(starts("run", *terms).sum()).item() > heads.height:
        heads = told.with_columns(pl.col("document_type_code").cast(DOCUMENT_TYPE)).group_by(
            "run", maintain_order=True
        ).agg(pl.col("account", "document_id").first(), pl.col(terms).min())
    return (
        heads.filter(pl.col("account").is_not_null())
        .select("run", "account", "document_id", "due_on", "billing_month",
                type_place=pl.col("document_type_code").cast(DOCUMENT_TYPE).to_physical())
        # inside an account the runs stand in the order of document ids
        .sort("account", "due_on", "billing_month", "type_place", "run").with_row_index("document")
    )


def _working(book: pl.DataFrame, documents: pl.DataFrame, creditors: pl.Enum) -> pl.DataFrame:
    by_run = book.select(pl.col("run").max()).item()
    numbers = (
        pl.DataFrame({"run": pl.int_range(0, (by_run if by_run is not None else -1) + 1, eager=True, dtype=pl.UInt32)})
        .join(documents.select(pl.col("run").cast(pl.UInt32), "document"), on="run", how="left", maintain_order="left")
    )
    return (
        book.select(
            recoded(book["creditor_id"], creditors), pl.col("debt_kind_code").cast(KIND),
            pl.col("document_type_code").cast(DOCUMENT_TYPE), "billing_month", "is_time_barred", "limitation_on",
            "present_from", *SUMS, "account", "last_event",
            document=numbers["document"].gather(book["run"]),
        )
        .with_row_index("item").filter(pl.col("account").is_not_null())
    )


def _advances(advances: pl.DataFrame, accounts: pl.DataFrame, creditors: pl.Enum) -> pl.DataFrame:
    """Advances of accounts with events, with the months of their contract."""
    months = {name: pl.lit(None, dtype=pl.Date) for name in ("from_month", "to_month") if name not in advances.columns}
    return (
        advances.with_columns(pl.col("creditor_id").cast(creditors), **months)
        .join(accounts, on="account_id", how="inner").drop("account_id")
    )


def _events(
    events: pl.DataFrame, accounts: pl.DataFrame, documents: pl.DataFrame, creditors: pl.Enum
) -> pl.DataFrame:
    """Events with numbers in place of ids; a designated older version means the version that stands at the event."""
    typed = {
        name: pl.col(name).cast(dtype) if name in events.columns else pl.lit(None, dtype=dtype)
        for name, dtype in _OPTIONAL_EVENT_COLUMNS.items()
    }
    numbered_events = (
        events.select("account_id", "event_number", "event_code", "posted_at", **typed)
        .with_columns(pl.col(_CODED).cast(creditors))
        .join(accounts, on="account_id", how="left").sort("account", "event_number").pipe(_standing_version)
    )
    for name in ("designated_document", "document", "new_document"):
        named = numbered_events.select("account", f"{name}_id").filter(pl.col(f"{name}_id").is_not_null()).unique()
        known = named.join(
            documents.select("account", pl.col("document_id").alias(f"{name}_id"), pl.col("document").alias(name)),
            on=["account", f"{name}_id"], how="inner",
        )
        numbered_events = numbered_events.join(
            known, on=["account", f"{name}_id"], how="left", maintain_order="left"
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


def _moved_before(moved_before: pl.DataFrame, book: pl.DataFrame, working: pl.DataFrame) -> pl.DataFrame:
    """Movements of earlier months as numbered rows, the oldest of an account first."""
    ids = moved_before["account_id"].unique()
    keys = (
        book.with_row_index("item").filter(pl.col("account_id").is_in(ids.implode()))
        .select(*ITEM_KEY, "item").join(working.select("item", "account", "document"), on="item")
        .with_columns(cs.enum().cast(pl.String))
    )
    return (
        moved_before.join(keys, on=ITEM_KEY, how="inner", nulls_equal=True)
        .sort("account", "posted_at", "movement_number")
    )
