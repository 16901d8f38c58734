"""What a replay of eligibility reads: this run's arrivals, the state, and older months by key for a few accounts.

Not here: what is decided (`eligibility.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from pipeline.assets.discounts_over import discounts_over
from pipeline.billing_month import BillingMonth
from pipeline.contracts import events, ingest, ledger
from pipeline.contracts.advance_discounts import ADVANCE_SCHEDULE, ADVANCE_TERMS
from pipeline.contracts.table import Table
from pipeline.domain.allocation.ahead import Ahead, fixed_lines, released
from pipeline.domain.eligibility import sources
from pipeline.domain.eligibility.fixed_parts import in_parts
from pipeline.domain.eligibility.posted import ITEM_COLUMNS, MOVEMENT_COLUMNS, Posted
from pipeline.domain.eligibility.replay import Happened
from pipeline.storage.run import MonthRun

THIS, BEFORE = pl.lit(1, dtype=pl.Int8), pl.lit(0, dtype=pl.Int8)


def posted_by_ledger(run: MonthRun, part: str, bills: pl.DataFrame) -> Posted:
    """Every account of the part as the ledger of this cycle found and left it."""
    return Posted(
        bills=bills,
        documents=run.read(ledger.BILLED_DOCUMENTS, part),
        open_items_before=run.state.read(ledger.OPEN_ITEMS, part),
        open_items=run.read(ledger.OPEN_ITEMS, part, columns=ITEM_COLUMNS),
        advances_before=run.state.read(ledger.ADVANCES, part),
        advances=run.read(ledger.ADVANCES, part),
        payments=run.read(ledger.POSTED_PAYMENTS, part),
        reversals=run.read(ingest.POSTED_REVERSALS, part),
        movements=run.read(ledger.PAYMENT_ALLOCATIONS, part, columns=MOVEMENT_COLUMNS),
    )


def this_cycle(
    run: MonthRun, part: str, posted: Posted, versions: pl.DataFrame, account_ids: pl.Series
) -> Happened:
    """From the state to the cut, the given accounts only."""
    payments, reversals = _of(account_ids, posted.payments), _of(account_ids, posted.reversals)
    replaced = _of(account_ids, versions)
    advances = _of(account_ids, posted.advances_before)
    moved_before = _moved_before(run, part, payments, reversals, replaced, until=run.state.month)
    over = discounts_over(run.state, part, advances, payments, moved_before)
    ahead = _ahead(run, run.state.read(ADVANCE_TERMS, part), run.state.read(ADVANCE_SCHEDULE, part), over)
    documents = sources.with_credits_left(_of(account_ids, posted.documents), posted.movements, posted.advances)
    return Happened(
        open_items=sources.as_judged_now(
            _of(account_ids, posted.open_items_before), _of(account_ids, posted.open_items)
        ),
        advances=_with_contracts(run, released(advances, over)),
        documents=_in_parts(run, part, documents, ahead),
        versions=replaced,
        payments=_with_terms(run, released(payments, over)).with_columns(cycle=THIS),
        reversals=reversals.with_columns(cycle=THIS),
        moved_before=moved_before,
        ahead=ahead,
    )


def both_cycles(
    run: MonthRun, part: str, posted: Posted, now: Happened, account_ids: pl.Series
) -> Happened:
    """From the state of the month before to the cut, the given accounts only."""
    older = _Older(run, part, account_ids)
    last, opening = run.state.month, run.state.month.previous
    # the discounts that lasted when the cycle of the documents asked began
    advances, posted_then = older.read(ledger.ADVANCES, opening), older.read(ledger.POSTED_PAYMENTS, last)
    over = discounts_over(run.state, part, advances, posted_then, until=opening)
    # documents are replaced in this cycle only: money on them is laid anew by what was over when it began
    ahead = _ahead(
        run, older.read(ADVANCE_TERMS, opening), older.read(ADVANCE_SCHEDULE, opening), now.ahead.over
    )
    moved = older.read(ledger.PAYMENT_ALLOCATIONS, last)
    documents = sources.with_credits_left(
        older.read(ledger.BILLED_DOCUMENTS, last).filter(~pl.col("is_superseded")), moved,
        older.read(ledger.ADVANCES, last),
    ).pipe(in_parts, older.read(ledger.OPEN_ITEMS, last), moved, ahead.fixed_lines)
    payments = older.then(_with_terms(run, released(posted_then, over)).with_columns(cycle=BEFORE), now.payments)
    reversals = older.then(older.read(ingest.POSTED_REVERSALS, last).with_columns(cycle=BEFORE), now.reversals)
    replaced = _of(account_ids, now.versions)
    return Happened(
        open_items=sources.as_judged_now(
            older.read(ledger.OPEN_ITEMS, opening), _of(account_ids, posted.open_items)
        ),
        advances=_with_contracts(run, released(advances, over)),
        documents=older.then(documents, now.documents),
        versions=replaced,
        payments=payments,
        reversals=reversals,
        moved_before=_moved_before(run, part, payments, reversals, replaced, until=opening),
        ahead=ahead,
    )


@dataclass(frozen=True)
class _Older:
    """Published rows of a few accounts of one part, and this cycle's rows behind them."""

    run: MonthRun
    part: str
    account_ids: pl.Series

    def read(self, table: Table, month: BillingMonth) -> pl.DataFrame:
        return self.run.state.keyed(table, [month], part=self.part, account_ids=self.account_ids)

    def then(self, before: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
        return pl.concat([before, _of(self.account_ids, now).select(before.columns)])


def _of(account_ids: pl.Series, rows: pl.DataFrame) -> pl.DataFrame:
    return rows.filter(pl.col("account_id").is_in(account_ids.implode()))


def _moved_before(
    run: MonthRun, part: str, payments: pl.DataFrame, reversals: pl.DataFrame, versions: pl.DataFrame, *,
    until: BillingMonth,
) -> pl.DataFrame:
    """Movements of all months up to `until` on what is taken back or replaced; nothing is read when nothing is."""
    money = sources.older_money(payments, reversals)
    months = BillingMonth.range(run.book.opening_month, until)
    movements = run.state.keyed(
        ledger.PAYMENT_ALLOCATIONS, months, part=part,
        account_ids=pl.concat([money["account_id"], versions["account_id"]]).unique(),
    )
    return sources.touched(movements, money, versions)


def _with_terms(run: MonthRun, payments: pl.DataFrame) -> pl.DataFrame:
    """Payments with the months of their writ and of their advance contract."""
    return payments.pipe(sources.with_writs, run.register(events.COURT_CASES)).pipe(
        sources.with_contract_months, run.register(events.ADVANCE_CONTRACTS)
    )


def _in_parts(run: MonthRun, part: str, documents: pl.DataFrame, ahead: Ahead) -> pl.DataFrame:
    """Documents of this cycle; what the ledger says of their lines is read for accounts with a discount only."""
    items, movements = ledger.OPEN_ITEMS, ledger.PAYMENT_ALLOCATIONS
    ids = ahead.fixed_lines["account_id"].unique()
    if ids.is_empty():
        return in_parts(documents, items.empty_inside(), movements.empty_inside(), ahead.fixed_lines)
    here = pl.col("account_id").is_in(ids.implode())
    return in_parts(
        documents, run.where(items, part, here, columns=items.inside_names),
        run.where(movements, part, here, columns=movements.inside_names), ahead.fixed_lines,
    )


def _ahead(run: MonthRun, terms: pl.DataFrame, schedule: pl.DataFrame, over: pl.DataFrame) -> Ahead:
    return Ahead(
        sources.contract_months(run.register(events.ADVANCE_CONTRACTS)), fixed_lines(terms, schedule), over
    )


def _with_contracts(run: MonthRun, advances: pl.DataFrame) -> pl.DataFrame:
    return sources.with_contract_months(advances, run.register(events.ADVANCE_CONTRACTS))
