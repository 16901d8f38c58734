"""The ledger of one part over a cycle: what stood, what arrived, where it went, what is open.

A table of contents: items are billed (`billing.py`), events put in order (`events.py`), money allocated
(`domain/allocation`), the result aged (`ageing.py`) and added up (`balances.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import polars as pl

from pipeline.contracts.ledger import ITEM_KEY
from pipeline.domain.allocation import Allocated, allocate, with_reopened
from pipeline.domain.allocation.ahead import Ahead, fixed_lines, released
from pipeline.domain.allocation.runs import recoded, starts
from pipeline.domain.ledger.ageing import with_age, with_disputes, with_limitation
from pipeline.domain.ledger.balances import account_balances, withdrawn_items
from pipeline.domain.ledger.billing import (
    billed_contracts,
    billed_documents,
    billed_items,
    contracts_added,
    withdrawn_contracts,
)
from pipeline.domain.ledger.due_dates import with_due_on
from pipeline.domain.ledger.events import (
    capital_repair_funds,
    contract_months,
    ledger_events,
    with_presence,
    with_terms,
)
from pipeline.domain.ledger.lines import coded_lines
from pipeline.rules.ledger import LedgerRules

_DOCUMENT: Final = ("account_id", "document_id")
_ITEM_COLUMNS: Final = (
    *ITEM_KEY, "document_type_code", "billing_month", "issued_on", "due_on", "billed_kop", "paid_kop",
    "written_off_kop", "outstanding_kop", "epoch_base_kop", "present_from",
)


@dataclass(frozen=True)
class Stood:
    """The state of the part: inside OPEN_ITEMS, ADVANCES, movements of older months that are touched now, ADVANCE_TERMS
    and ADVANCE_SCHEDULE; contracts whose discount is over (`ahead.OVER`)."""

    items: pl.DataFrame
    advances: pl.DataFrame
    moved_before: pl.DataFrame
    terms: pl.DataFrame
    schedule: pl.DataFrame
    over: pl.DataFrame


@dataclass(frozen=True)
class Arrived:
    """What arrived for the part: documents, charges, payments (placed and identified), reversals of known payments.

    Charges are read when they are asked for: a million lines are wanted once, and then their memory is.
    """

    documents: pl.DataFrame
    charges: Callable[[], pl.DataFrame]
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
    empty: pl.DataFrame
    """`empty_flats.EMPTY` on the day of the cut."""
    working_days: pl.DataFrame


@dataclass(frozen=True)
class LedgerMonth:
    """What the cycle of the part came to. Its tables, in the inside shape and few texts of many rows on codes, are made
    when they are asked for, as the movements of `allocated` are: memory is needed for one at a time."""

    allocated: Allocated
    billed_contracts: pl.DataFrame
    documents: pl.DataFrame
    holds: pl.DataFrame
    accounts: pl.DataFrame
    empty: pl.DataFrame
    cut_on: date

    def open_items(self) -> pl.DataFrame:
        return (
            self.allocated.items.filter(pl.col("outstanding_kop") > 0)
            .pipe(with_age, on=self.cut_on)
            .pipe(with_disputes, self.holds, self.accounts, self.empty, on=self.cut_on)
        )

    def billed_documents(self) -> pl.DataFrame:
        return billed_documents(self.allocated.items, self.documents)

    def balances(self) -> pl.DataFrame:
        return account_balances(self.allocated.items)


def ledger_month(
    stood: Stood, arrived: Arrived, registers: Registers, *, rules: LedgerRules, cut_on: date, cycle_start: datetime
) -> LedgerMonth:
    """Run the cycle of one part up to the end of `cut_on`; `cycle_start` dates what only meets at its start."""
    advances = released(stood.advances, stood.over)
    months = contract_months(registers.advance_contracts)
    events = _events(stood, advances, arrived, registers, cycle_start)
    documents = with_due_on(
        with_presence(arrived.documents, events), registers.working_days, rules=rules.due_dates
    )
    items, contracts = _billed(stood, documents, arrived.charges, registers)
    items = with_limitation(items, on=cut_on, limitation_years=rules.limitation_years)
    allocated = allocate(
        items, advances.join(months, on="contract_reference", how="left"), events, stood.moved_before,
        ahead=Ahead(months, fixed_lines(stood.terms, stood.schedule), stood.over),
        exact_total_pays_penalty=rules.exact_total_pays_penalty, in_order=True,
    )
    withdrawn = withdrawn_contracts(withdrawn_items(allocated.items), arrived.documents)
    return LedgerMonth(
        allocated, contracts_added([contracts, withdrawn]), arrived.documents, registers.holds,
        registers.accounts, registers.empty, cut_on,
    )


def _events(
    stood: Stood, advances: pl.DataFrame, arrived: Arrived, registers: Registers, cycle_start: datetime
) -> pl.DataFrame:
    waiting = advances.join(stood.items, on="account_id", how="semi").select("account_id").unique()
    starts = pl.lit(cycle_start).dt.convert_time_zone("Europe/Moscow").dt.cast_time_unit("us")
    funds = capital_repair_funds(registers.accounts, registers.contracts, registers.services)
    posted = released(arrived.payments, stood.over)
    payments = with_terms(posted, registers.court_cases, registers.advance_contracts, funds)
    return ledger_events(arrived.documents, payments, arrived.reversals, waiting.with_columns(posted_at=starts))


def _billed(
    stood: Stood, documents: pl.DataFrame, charges: Callable[[], pl.DataFrame], registers: Registers
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Items in the order of ITEM_KEY: open ones of the state, closed ones that may come back, and those that documents
    bill; and what the documents bill by contract."""
    standing = _standing(stood)
    lines = coded_lines(documents, charges(), registers.contracts, registers.services, standing)
    coded = standing.with_columns(recoded(standing[name], codes) for name, codes in lines.codes.items())
    return _in_item_order(coded, billed_items(lines).select(_ITEM_COLUMNS)), billed_contracts(lines)


def _standing(stood: Stood) -> pl.DataFrame:
    before = stood.items.with_columns(present_from=pl.lit(0, dtype=pl.Int64)).select(_ITEM_COLUMNS)
    touched = pl.col("account_id").is_in(stood.moved_before["account_id"].unique().implode())
    reopened = with_reopened(before.filter(touched), stood.moved_before).sort(*ITEM_KEY)
    return _in_item_order(before.filter(~touched), reopened) if reopened.height else before


def _in_item_order(before: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    """Both frames stand in the order of ITEM_KEY and share no document: the order of their documents is theirs."""
    both = pl.concat([before, new], rechunk=True)
    first = both.select(starts(*_DOCUMENT) | (pl.int_range(pl.len()) == before.height)).to_series()
    row = pl.int_range(both.height, dtype=pl.UInt32, eager=True).filter(first)
    documents = both.select(pl.col(_DOCUMENT).filter(first)).with_columns(
        row=row, until=row.shift(-1, fill_value=both.height)
    ).sort(*_DOCUMENT)
    if documents.select(~starts(*_DOCUMENT)).to_series().any():
        return both.sort(*ITEM_KEY)
    rows = documents.select(pl.int_ranges("row", "until", dtype=pl.UInt32).explode()).to_series()
    return both.select(pl.all().gather(rows))
