"""The ledger of one part over a cycle: what stood, what arrived, where it went, what is open.

A table of contents: items are billed (`billing.py`), events put in order (`events.py`), money allocated
(`domain/allocation`), the result aged (`ageing.py`) and added up (`balances.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import polars as pl

from pipeline.contracts.ledger import ITEM_KEY
from pipeline.domain.allocation import Allocated, allocate, with_reopened
from pipeline.domain.allocation.runs import starts
from pipeline.domain.ledger.ageing import with_age, with_disputes, with_limitation
from pipeline.domain.ledger.balances import account_balances, conservation, withdrawn_items
from pipeline.domain.ledger.billing import billed_contracts, billed_documents, billed_items
from pipeline.domain.ledger.due_dates import with_due_on
from pipeline.domain.ledger.events import (
    capital_repair_funds,
    contract_months,
    ledger_events,
    with_presence,
    with_terms,
)
from pipeline.domain.ledger.lines import Lines, coded_lines
from pipeline.rules.ledger import LedgerRules

_DOCUMENT: Final = ("account_id", "document_id")
_ITEM_COLUMNS: Final = (
    *ITEM_KEY, "document_type_code", "billing_month", "issued_on", "due_on", "billed_kop", "paid_kop",
    "written_off_kop", "outstanding_kop", "epoch_base_kop", "present_from",
)


@dataclass(frozen=True)
class Stood:
    """The state of the part: inside OPEN_ITEMS, ADVANCES, and movements of older months that are touched now."""

    items: pl.DataFrame
    advances: pl.DataFrame
    moved_before: pl.DataFrame


@dataclass(frozen=True)
class Arrived:
    """What arrived for the part: documents, charges, payments (placed and identified), reversals of known payments."""

    documents: pl.DataFrame
    charges: pl.DataFrame
    payments: pl.DataFrame
    reversals: pl.DataFrame


@dataclass(frozen=True)
class Registers:
    """Registers and events of the whole book that the ledger reads."""

    accounts: pl.DataFrame
    contracts: pl.DataFrame
    services: pl.DataFrame
    court_cases: pl.DataFrame
    advance_contracts: pl.DataFrame
    holds: pl.DataFrame
    working_days: pl.DataFrame


@dataclass(frozen=True)
class LedgerMonth:
    """Tables of the part in the inside shape; `not_found` is reversed money that the accounts do not hold, `sources`
    the money that the movements name by `source`."""

    open_items: pl.DataFrame
    movements: pl.DataFrame
    sources: pl.DataFrame
    advances: pl.DataFrame
    billed_documents: pl.DataFrame
    billed_contracts: pl.DataFrame
    balances: pl.DataFrame
    conservation: pl.DataFrame
    not_found: pl.DataFrame


def ledger_month(
    stood: Stood, arrived: Arrived, registers: Registers, *, rules: LedgerRules, cut_on: date, cycle_start: datetime
) -> LedgerMonth:
    """Run the cycle of one part up to the end of `cut_on`; `cycle_start` dates what only meets at its start."""
    events = _events(stood, arrived, registers, cycle_start)
    documents = with_due_on(
        with_presence(arrived.documents, events), registers.working_days, rules=rules.due_dates
    )
    lines = coded_lines(documents, arrived.charges, registers.contracts, registers.services)
    items = _items(stood, lines).pipe(with_limitation, on=cut_on, limitation_years=rules.limitation_years)
    months = contract_months(registers.advance_contracts)
    allocated = allocate(
        items, stood.advances.join(months, on="contract_reference", how="left"), events, stood.moved_before,
        exact_total_pays_penalty=rules.exact_total_pays_penalty, in_order=True,
    )
    balances = account_balances(allocated.items)
    return LedgerMonth(
        open_items=_open_items(allocated, registers.holds, cut_on),
        movements=allocated.movements, sources=allocated.sources, advances=allocated.advances,
        billed_documents=billed_documents(allocated.items, arrived.documents),
        billed_contracts=billed_contracts(lines, _withdrawn(arrived.documents, allocated.items)),
        balances=balances, conservation=conservation(balances, registers.accounts), not_found=allocated.not_found,
    )


def _events(stood: Stood, arrived: Arrived, registers: Registers, cycle_start: datetime) -> pl.DataFrame:
    waiting = stood.advances.join(stood.items, on="account_id", how="semi").select("account_id").unique()
    starts = pl.lit(cycle_start).dt.convert_time_zone("Europe/Moscow").dt.cast_time_unit("us")
    funds = capital_repair_funds(registers.accounts, registers.contracts, registers.services)
    payments = with_terms(arrived.payments, registers.court_cases, registers.advance_contracts, funds)
    return ledger_events(arrived.documents, payments, arrived.reversals, waiting.with_columns(posted_at=starts))


def _items(stood: Stood, lines: Lines) -> pl.DataFrame:
    """Open items of the state, closed ones that may come back and the new ones, in the order of ITEM_KEY."""
    before = stood.items.with_columns(present_from=pl.lit(0, dtype=pl.Int64)).select(_ITEM_COLUMNS)
    touched = pl.col("account_id").is_in(stood.moved_before["account_id"].unique().implode())
    reopened = with_reopened(before.filter(touched), stood.moved_before).sort(*ITEM_KEY)
    standing = _in_item_order(before.filter(~touched), reopened) if reopened.height else before
    return _in_item_order(standing, billed_items(lines).select(_ITEM_COLUMNS))


def _in_item_order(before: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    """Both frames stand in the order of ITEM_KEY and share no document: the order of their documents is theirs."""
    both = pl.concat([before, new])
    heads = [frame.filter(starts(*_DOCUMENT)).select(_DOCUMENT) for frame in (before, new)]
    documents = pl.concat(heads).with_row_index("run")
    if documents.height > 1 and documents.select(pl.struct(_DOCUMENT).is_duplicated().any()).item():
        return both.sort(*ITEM_KEY)
    places = documents.sort(*_DOCUMENT).with_row_index("place").sort("run")["place"]
    runs = both.select((starts(*_DOCUMENT).cum_sum() - 1).alias("run"))["run"]
    return both.with_columns(places.gather(runs)).sort("place", maintain_order=True).drop("place")


def _withdrawn(documents: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """What replaced documents had billed, under the first document that replaces each."""
    newer = (
        documents.filter(pl.col("supersedes_document_id").is_not_null()).sort("received_at", "document_id")
        .unique("supersedes_document_id", keep="first", maintain_order=True)
        .select(_newer="document_id", document_id="supersedes_document_id")
    )
    told = withdrawn_items(items).join(newer, on="document_id")
    return told.select(
        "creditor_id", "contract_id", "service_code", "debt_kind_code", "withdrawn_kop", document_id="_newer"
    )


def _open_items(allocated: Allocated, holds: pl.DataFrame, cut_on: date) -> pl.DataFrame:
    return (
        allocated.items.filter(pl.col("outstanding_kop") > 0)
        .pipe(with_age, on=cut_on)
        .pipe(with_disputes, holds, on=cut_on)
    )
