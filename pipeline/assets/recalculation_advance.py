"""What recalculation reads of the advance discount: applications, terms and schedule of the month before, money of
their contracts, debts of their accounts. Arithmetic: `domain/recalculation/advance.py`.

Where nobody ever applied nothing is read; in other books only accounts with a term or a new application are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from pipeline.contracts import billing, events, ingest, ledger, registers
from pipeline.contracts.advance_discounts import ADVANCE_SCHEDULE, ADVANCE_TERMS, SCHEDULE_BEFORE, TERMS_BEFORE
from pipeline.contracts.recalculation_events import ADVANCE_DISCOUNTS, OWNERSHIP_TRANSFERS
from pipeline.domain.recalculation import advance_terms
from pipeline.domain.recalculation.advance import Discounted, Known, discounted, live
from pipeline.domain.recalculation.advance_judged import TERM
from pipeline.domain.recalculation.advance_terms import Happened
from pipeline.domain.recalculation.fees import BILLED_LINE, EARLIER
from pipeline.domain.recalculation.reductions import PLACE
from pipeline.rules.recalculation_advance import AdvanceRules
from pipeline.storage.parts import WHOLE
from pipeline.storage.run import MonthRun
from pipeline.storage.staging import NEW_APPLICATIONS


class Told(NamedTuple):
    """Every application of the book, accounts that suspended money may belong to, the rules."""

    applications: pl.DataFrame
    shielded: pl.Series
    rules: AdvanceRules
    working_days: pl.Series


def advances_told(run: MonthRun, working_days: pl.Series | None) -> Told | None:
    """What this month looks at; None where nobody ever applied."""
    every = run.register(ADVANCE_DISCOUNTS)
    if every.is_empty() or working_days is None:
        return None
    suspended = run.read(ledger.SUSPENDED_PAYMENTS, columns=["account_id", "candidate_account_ids"])
    named = pl.concat([
        suspended["account_id"].drop_nulls(),
        suspended["candidate_account_ids"].explode(empty_as_null=True).drop_nulls().rename("account_id"),
    ])
    return Told(
        every, named.unique().sort(), AdvanceRules.in_force(run.rule_book, run.month.first_day), working_days
    )


def discounted_here(
    run: MonthRun, part: str, told: Told | None, earlier: Sequence[pl.DataFrame]
) -> Discounted:
    """What the discount comes to in one part. `earlier`: proposals until now, those of this run first."""
    terms = live(run.state.read(ADVANCE_TERMS, part))
    schedule = run.state.read(ADVANCE_SCHEDULE, part).join(terms, on="event_id", how="semi")
    run.write_staged(TERMS_BEFORE, part, terms)
    run.write_staged(SCHEDULE_BEFORE, part, schedule)
    if told is None:
        return Discounted()
    new_ids = run.read_staged(NEW_APPLICATIONS, WHOLE)["event_id"]
    is_new = pl.col("event_id").is_in(new_ids.implode())
    ids = pl.concat([terms["account_id"], told.applications.filter(is_new)["account_id"]]).unique()
    accounts = run.register(registers.ACCOUNTS, part).filter(pl.col("account_id").is_in(ids.implode()))
    if accounts.is_empty():
        return Discounted()
    here = pl.col("account_id").is_in(accounts["account_id"].unique().implode())
    known = Known(
        told=told.applications.filter(here), contracts_ahead=run.register(events.ADVANCE_CONTRACTS).filter(here),
        new_ids=new_ids, terms=terms, schedule=schedule, lines=_lines(run, part, here),
        services=run.register(registers.SERVICES),
        contracts=run.read_staged(registers.SERVICE_CONTRACTS.name, columns=PLACE),
        happened=_happened(run, part, told, accounts, earlier),
    )
    return discounted(
        known, rules=told.rules, working_days=told.working_days, book_id=run.book.settings.book_id,
        month=run.month.first_day, lands_in_month=run.month.next.first_day,
    )


def _lines(run: MonthRun, part: str, here: pl.Expr) -> pl.DataFrame:
    """Lines of the cycle's documents that no other replaces."""
    documents = run.read_staged(billing.BILLING_DOCUMENTS.name, part, columns=["supersedes_document_id"])
    superseded = documents["supersedes_document_id"].drop_nulls()
    lines = run.read_staged(billing.CHARGES.name, part, columns=BILLED_LINE)
    return lines.filter(here, ~pl.col("document_id").is_in(superseded.implode())).select(BILLED_LINE)


def _happened(
    run: MonthRun, part: str, told: Told, accounts: pl.DataFrame, earlier: Sequence[pl.DataFrame]
) -> Happened:
    here = pl.col("account_id").is_in(accounts["account_id"].unique().implode())
    advances = run.state.read(ledger.ADVANCES, part, columns=advance_terms.ADVANCE)
    return Happened(
        payments=run.where(ledger.POSTED_PAYMENTS, part, here, columns=advance_terms.PAYMENT),
        reversals=run.where(ingest.POSTED_REVERSALS, part, here, columns=advance_terms.REVERSAL),
        advances=advances.filter(here).drop_nulls(TERM),
        open_items=run.where(ledger.OPEN_ITEMS, part, here, columns=advance_terms.ITEM),
        earlier=pl.concat([rows.filter(here).select(EARLIER) for rows in earlier]).unique(
            "proposal_id", keep="first", maintain_order=True),
        shielded=told.shielded,
        sales=run.register(OWNERSHIP_TRANSFERS).filter(here),
        accounts=accounts.select("account_id", "closed_on"),
        cycles=run.register(registers.CYCLES),
    )
