"""The ledger of one part over a cycle: what stood, what arrived, where it went, what is open.

A table of contents: items are billed (`billing.py`), events put in order (`events.py`), money allocated
(`domain/allocation`), the result aged (`ageing.py`) and added up (`balances.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from pipeline.contracts.ledger import ITEM_KEY
from pipeline.domain.allocation import Allocated, allocate, with_reopened
from pipeline.domain.ledger.ageing import with_age, with_disputes, with_limitation
from pipeline.domain.ledger.balances import account_balances, conservation, withdrawn_items
from pipeline.domain.ledger.billing import billed_contracts, billed_documents, billed_items
from pipeline.domain.ledger.events import (
    capital_repair_funds,
    contract_months,
    ledger_events,
    with_presence,
    with_terms,
)
from pipeline.rules.ledger import LedgerRules


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
    """Tables of the part in the inside shape; `not_found` is reversed money that the accounts do not hold."""

    open_items: pl.DataFrame
    movements: pl.DataFrame
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
    billed = billed_items(
        arrived.documents, arrived.charges, registers.contracts, registers.services, registers.working_days, rules=rules
    )
    events = _events(stood, arrived, registers, cycle_start)
    items = _items(stood, billed, events).pipe(with_limitation, on=cut_on, limitation_years=rules.limitation_years)
    months = contract_months(registers.advance_contracts)
    allocated = allocate(
        items, stood.advances.join(months, on="contract_reference", how="left"), events, stood.moved_before,
        exact_total_pays_penalty=rules.exact_total_pays_penalty,
    )
    balances = account_balances(stood.items, items, allocated.items, allocated.movements)
    return LedgerMonth(
        open_items=_open_items(allocated, registers.holds, cut_on),
        movements=allocated.movements, advances=allocated.advances,
        billed_documents=billed_documents(billed, allocated.movements),
        billed_contracts=billed_contracts(
            arrived.documents, arrived.charges, registers.contracts, registers.services,
            _withdrawn(arrived.documents, items, allocated.items),
        ),
        balances=balances, conservation=conservation(balances, registers.accounts), not_found=allocated.not_found,
    )


def _events(stood: Stood, arrived: Arrived, registers: Registers, cycle_start: datetime) -> pl.DataFrame:
    waiting = stood.advances.join(stood.items, on="account_id", how="semi").select("account_id").unique()
    starts = pl.lit(cycle_start).dt.convert_time_zone("Europe/Moscow").dt.cast_time_unit("us")
    funds = capital_repair_funds(registers.accounts, registers.contracts, registers.services)
    payments = with_terms(arrived.payments, registers.court_cases, registers.advance_contracts, funds)
    return ledger_events(arrived.documents, payments, arrived.reversals, waiting.with_columns(posted_at=starts))


def _items(stood: Stood, billed: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """Open items of the state, closed ones that may come back, and the new ones, in one shape."""
    before = stood.items.with_columns(present_from=pl.lit(0, dtype=pl.Int64))
    new = with_presence(billed, events)
    names = [
        *ITEM_KEY, "document_type_code", "billing_month", "issued_on", "due_on", "billed_kop", "paid_kop",
        "written_off_kop", "outstanding_kop", "epoch_base_kop", "present_from",
    ]
    return with_reopened(pl.concat([before.select(names), new.select(names)]), stood.moved_before)


def _withdrawn(documents: pl.DataFrame, before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """What replaced documents had billed, under the first document that replaces each."""
    newer = (
        documents.filter(pl.col("supersedes_document_id").is_not_null()).sort("received_at", "document_id")
        .unique("supersedes_document_id", keep="first", maintain_order=True)
        .select(_newer="document_id", document_id="supersedes_document_id")
    )
    told = withdrawn_items(before, after).join(newer, on="document_id")
    return told.select(
        "creditor_id", "contract_id", "service_code", "debt_kind_code", "withdrawn_kop", document_id="_newer"
    )


def _open_items(allocated: Allocated, holds: pl.DataFrame, cut_on: date) -> pl.DataFrame:
    return (
        allocated.items.filter(pl.col("outstanding_kop") > 0)
        .pipe(with_age, on=cut_on)
        .pipe(with_disputes, holds, on=cut_on)
    )
