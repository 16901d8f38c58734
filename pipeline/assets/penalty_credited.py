"""Months that the cycle's documents credit: their items, also those that older months have settled; credits known.

Older months are read by key only: accounts with a credit, from the credited month on. What is credited and how the base
falls: `domain/penalty/credited.py`. What is read of them is staged as it was read: the audit need not scan them again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import polars as pl

from pipeline import money
from pipeline.assets.older_lines import replaced_now
from pipeline.billing_month import BillingMonth
from pipeline.contracts import ledger
from pipeline.contracts.ledger import ITEM_KEY
from pipeline.contracts.penalty import (
    BEARING,
    CREDITED_CHARGES,
    CREDITED_EARLIER,
    LATE_EARLIER,
    LATE_PAYMENTS,
    PENALTIES,
    TOLD_EARLIER,
)
from pipeline.contracts.table import Table
from pipeline.domain.penalty.credited import OF_MONTH, credited_now, credits_of, with_laid
from pipeline.domain.penalty.month import BEFORE, Facts
from pipeline.storage.run import MonthRun
from pipeline.storage.state import RUN_MONTH

_BILLED: Final = (*ITEM_KEY, "billing_month", "due_on", "billed_kop")
_ROOM: Final = (*ITEM_KEY, "billing_month", "due_on", "room_kop")
_OF_RUN: Final = (*ITEM_KEY, RUN_MONTH)
_WAS_SETTLED: Final = (
    (pl.col("outstanding_kop") == 0) & (pl.col("penalty_kop") > 0) & pl.col("reason_code").is_null()
)


def with_credits(
    run: MonthRun, part: str, facts: Facts, moved: pl.DataFrame, back: pl.DataFrame, months: list[BillingMonth]
) -> Facts:
    """The facts with what is credited, and with settled items that a credit of this month reaches. `moved`: movements
    of this month; `back`: items that come back for another reason; `months`: those that may be looked at."""
    replaced = replaced_now(run, part)
    in_force = ~pl.col("credit_document_id").is_in(replaced.implode())
    credits = credits_of(moved, replaced)
    of_back = _told_of(run, part, back, months)
    known = pl.concat([_carried(run, part), _as_told_last(*of_back)]).filter(in_force)
    told, late_read, credited_read = _told_settled(run, part, credits, months)
    run.write_staged(TOLD_EARLIER, part, pl.concat([of_back[0], told]).unique().sort(_OF_RUN))
    run.write_staged(LATE_EARLIER, part, late_read.sort(*_OF_RUN, "paid_on"))
    both = pl.concat([of_back[1], credited_read]).unique()
    run.write_staged(CREDITED_EARLIER, part, both.sort(*_OF_RUN, "credit_document_id"))
    if credits.is_empty():
        return replace(facts, credited=with_laid(known, moved))
    newest = _settled(told, facts)
    late, theirs = (
        rows.join(newest, on=_OF_RUN, how="semi", nulls_equal=True).drop(RUN_MONTH)
        for rows in (late_read, credited_read)
    )
    stands = pl.concat([known, theirs.filter(in_force)])
    now = credited_now(credits, _room(run, part, credits, late, stands, replaced))
    before, late, theirs = (
        rows.join(now, on=ITEM_KEY, how="semi", nulls_equal=True)
        for rows in (newest.select(BEFORE), late, theirs.filter(in_force))
    )
    return replace(
        facts, before=pl.concat([facts.before, before]), carried=pl.concat([facts.carried, late]),
        credited=with_laid(pl.concat([known, theirs, now]), moved),
    )


def credited_before(run: MonthRun, part: str, items: pl.DataFrame, months: list[BillingMonth]) -> pl.DataFrame:
    """CREDITED_CHARGES of items (ITEM_KEY) of closed months, as told last."""
    return _as_told_last(*_told_of(run, part, items, months))


def _told_of(
    run: MonthRun, part: str, items: pl.DataFrame, months: list[BillingMonth]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """BEFORE and CREDITED_CHARGES that closed months told of those of the items that one of them credited, with
    RUN_MONTH."""
    rows = run.state.keyed(
        CREDITED_CHARGES, months, part=part, with_run_month=True, account_ids=items["account_id"].unique()
    ).join(items, on=ITEM_KEY, how="semi", nulls_equal=True)
    told = run.state.keyed(
        PENALTIES, months if rows.height else [], part=part, columns=BEFORE, with_run_month=True,
        account_ids=rows["account_id"].unique(),
    )
    return told.join(rows, on=ITEM_KEY, how="semi", nulls_equal=True), rows


def _as_told_last(told: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """`rows` (CREDITED_CHARGES, RUN_MONTH) of the month that told the item last: a credit that a later month told no
    more has been taken back with its document. An item in its free days is in no penalties (`told`)."""
    newest = pl.concat([told.select(_OF_RUN), rows.select(_OF_RUN)]).group_by(ITEM_KEY).agg(pl.col(RUN_MONTH).max())
    return rows.join(newest, on=_OF_RUN, how="semi", nulls_equal=True).select(CREDITED_CHARGES.inside_names)


def _carried(run: MonthRun, part: str) -> pl.DataFrame:
    """Of items that the month before left open."""
    rows = run.state.read(CREDITED_CHARGES, part)
    still_open = run.state.keyed(
        ledger.OPEN_ITEMS, [run.state.month], part=part, columns=ITEM_KEY, account_ids=rows["account_id"].unique()
    )
    return rows.join(still_open, on=ITEM_KEY, how="semi", nulls_equal=True)


def _told_settled(
    run: MonthRun, part: str, credits: pl.DataFrame, months: list[BillingMonth]
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """BEFORE of items of the credited months in all closed months; LATE_PAYMENTS and CREDITED_CHARGES of those that
    settled one with a penalty. All with RUN_MONTH."""
    told = pl.concat([run.state.keyed(PENALTIES, [], columns=BEFORE, with_run_month=True), *(
        run.state.keyed(
            PENALTIES, [month], part=part, columns=BEFORE, with_run_month=True,
            account_ids=credits.filter(pl.col("charge_month") <= month.first_day)["account_id"].unique(),
        ) for month in months
    )]).join(credits, on=OF_MONTH, how="semi")
    settled = told.filter(_WAS_SETTLED)
    settled_in = [month for month in months if month.first_day in settled[RUN_MONTH].to_list()]

    def read(table: Table) -> pl.DataFrame:
        rows = run.state.keyed(
            table, settled_in, part=part, with_run_month=True, account_ids=settled["account_id"].unique()
        )
        return rows.join(credits, on=OF_MONTH, how="semi")

    return told, read(LATE_PAYMENTS), read(CREDITED_CHARGES)


def _settled(told: pl.DataFrame, facts: Facts) -> pl.DataFrame:
    """Of `told` the items that closed months settled with a penalty, as told last; without those that this month counts
    anyway."""
    return (
        told.sort(RUN_MONTH).unique(ITEM_KEY, keep="last").filter(_WAS_SETTLED)
        .join(facts.before, on=ITEM_KEY, how="anti", nulls_equal=True)
        .join(facts.open_items, on=ITEM_KEY, how="anti", nulls_equal=True)
    )


def _room(
    run: MonthRun, part: str, credits: pl.DataFrame, late: pl.DataFrame, stands: pl.DataFrame, replaced: pl.Series
) -> pl.DataFrame:
    """What the credits may reach: items that were or are open with what they were billed, settled ones with what of it
    was paid late, each less what is credited already."""
    accounts = credits["account_id"].unique()
    is_of_account = pl.col("account_id").is_in(accounts.implode()) & pl.col("debt_kind_code").is_in(BEARING)
    now = run.where(ledger.OPEN_ITEMS, part, is_of_account, columns=_BILLED)
    was = run.state.keyed(
        ledger.OPEN_ITEMS, [run.state.month], part=part, columns=_BILLED, account_ids=accounts
    ).filter(~pl.col("document_id").is_in(replaced.implode()))
    settled = late.group_by(*ITEM_KEY, "billing_month", "due_on").agg(billed_kop=money.total("paid_kop"))
    used = stands.group_by(ITEM_KEY).agg(money.total("credited_kop"))
    return (
        pl.concat([rows.select(_BILLED) for rows in (now, was, settled)]).unique(ITEM_KEY, keep="first")
        .join(used, on=ITEM_KEY, how="left", nulls_equal=True)
        .with_columns(room_kop=pl.col("billed_kop") - pl.col("credited_kop").fill_null(0)).select(_ROOM)
    )
