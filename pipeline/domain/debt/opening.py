"""Debtors of the opening: episodes that ran in another system before the book began.

A stage that was sent before counts, so nobody gets the same reminder from the new system. Tracks and stages that the
house does not know stay behind.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl

from pipeline.contracts import debt, debt_decisions, events, ingest, ledger, penalty, recalculation, registers
from pipeline.contracts.claims import APPLICATIONS
from pipeline.domain.debt import arrears
from pipeline.domain.debt.arrears import PAIR
from pipeline.domain.debt.court_price import LINES
from pipeline.domain.debt.debtors import Facts, standing
from pipeline.rules.debt import DebtRules

_STAGES = {"notice": ["reminder", "sms", "call", "debt_receipt"], "court": [*APPLICATIONS]}
_TABLES = {
    "open_items": ledger.OPEN_ITEMS, "payment_allocations": ledger.PAYMENT_ALLOCATIONS, "advances": ledger.ADVANCES,
    "recalculations": recalculation.RECALCULATIONS, "suspended_payments": ledger.SUSPENDED_PAYMENTS,
    "incomplete_bills": ingest.INCOMPLETE_BILLS, "accounts": registers.ACCOUNTS,
    "service_contracts": registers.SERVICE_CONTRACTS, "rights": registers.RIGHTS, "persons": registers.PERSONS,
    "contacts": registers.CONTACTS, "holds": events.HOLDS, "court_cases": events.COURT_CASES,
    "court_events": events.COURT_EVENTS, "debt_decisions": debt_decisions.DEBT_DECISIONS,
    "instalment_agreements": events.INSTALMENT_AGREEMENTS, "mandates": events.MANDATES,
    "mandate_accounts": events.MANDATE_ACCOUNTS, "dispatches": debt.DISPATCHES, "previous": debt.DEBTORS,
    "paid_before": ledger.PAYMENT_ALLOCATIONS, "penalties": penalty.PENALTIES, "grown_before": penalty.PENALTIES,
}


def opening_debtors(
    open_items: pl.DataFrame, opening_dunning: pl.DataFrame, accounts: pl.DataFrame, *,
    rules: DebtRules, as_of: date, book_id: str,
) -> pl.DataFrame:
    """DEBTORS of the opening pseudo-month (inside shape), which the first month reads as its state.

    open_items: OPEN_ITEMS of the opening with days and months overdue on `as_of`.
    """
    facts = replace(no_facts(), open_items=open_items, accounts=accounts, previous=_before(open_items, opening_dunning))
    return standing(facts, rules=rules, as_of=as_of, book_id=book_id).debtors


def no_facts() -> Facts:
    """Empty tables of the right shape."""
    named = {name: table.empty_inside() for name, table in _TABLES.items()}
    return Facts(**named, penalty_lines=pl.DataFrame(schema=LINES))


def _before(open_items: pl.DataFrame, opening_dunning: pl.DataFrame) -> pl.DataFrame:
    """The episodes as if a month before had published them: one notice row a pair, court rows where told."""
    items = arrears.overdue_items(open_items, events.COURT_CASES.empty_inside())
    pairs = items.group_by(PAIR).agg(oldest_due_on=pl.col("due_on").min(), days_overdue=pl.col("days_overdue").max())
    tracks = pairs.join(pl.DataFrame({"track_code": list(_STAGES)}), how="cross")
    known = pl.any_horizontal(
        (pl.col("track_code") == track) & pl.col("stage_code").is_in(stages) for track, stages in _STAGES.items()
    )
    told = opening_dunning.filter(known).select(
        *PAIR, "track_code", previous_stage_code="stage_code", previous_stage_on="stage_on"
    )
    rows = tracks.join(told, on=[*PAIR, "track_code"], how="left").with_columns(episode_from="oldest_due_on")
    return pl.concat([debt.DEBTORS.empty_inside(), rows.sort(*PAIR, "track_code")], how="diagonal_relaxed")
