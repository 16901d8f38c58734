"""What is judged for the whole book before its parts: small registers, events, plain feeds; rows that hang together
over several parts; payments that are not ordinary, reversals, registries, decisions on suspended money.

What follows from them for a part waits for it in work files. Not here: a part's own rows (`staging_parts.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from pipeline.contracts import ingest, payments
from pipeline.domain.ingest.accounts import KNOWN_ACCOUNT, with_known_account
from pipeline.domain.ingest.counts import counts_by_fate
from pipeline.domain.ingest.money_in import accepted_payments, posted_reversals
from pipeline.domain.ingest.month import (
    FEEDS_OF_ACCOUNTS,
    OF_ACCOUNTS,
    Before,
    Ground,
    Money,
    Rows,
    judged_money_in,
    judged_of_accounts,
)
from pipeline.domain.ingest.ordinary import Ordinary
from pipeline.storage.arrivals import Arrivals
from pipeline.storage.delivery_files import empty_rows
from pipeline.storage.homes import ID, PART, homes_in
from pipeline.storage.part_rows import SET_ASIDE, rows_aside
from pipeline.storage.parts import UNPLACED, part_name
from pipeline.storage.run import MonthRun
from pipeline.storage.seen_before import known_feeds
from pipeline.storage.work_files import folder_for, write_arrow

WHOLE_RESULTS: Final = "whole"
POSTED: Final = ingest.POSTED_REVERSALS.name


@dataclass(frozen=True)
class Whole:
    """Judged rows by table, but for those of the parts, and what follows from money."""

    settled: Rows
    money: Money

    @property
    def counts(self) -> pl.DataFrame:
        """Rows and money by delivery and fate."""
        return counts_by_fate(self.settled)


def judged_whole(
    run: MonthRun, arrived: Arrivals, ground: Ground, settled: Rows, before: Before, ordinary: Ordinary
) -> Whole:
    """Judge everything that no part judges by itself; `settled` are small tables, judged already."""
    rows = {table.name: empty_rows(table) for table in (*OF_ACCOUNTS, *FEEDS_OF_ACCOUNTS)}
    rows |= {table.name: rows_aside(run, table) for table in SET_ASIDE}
    together, _ = judged_of_accounts(ground, rows, known_feeds(run))
    came = {table.name: arrived.of(table) for table in (
        payments.PAYMENT_REVERSALS, payments.REGISTRIES, payments.PAYMENT_IDENTIFICATIONS
    )}
    paid = rows_aside(run, payments.PAYMENTS)
    money = judged_money_in(ground, came | {payments.PAYMENTS.name: paid}, before, before.index, ordinary=ordinary)
    return Whole({**settled, **{table.name: together[table.name] for table in SET_ASIDE}, **money.settled}, money)


def for_parts(run: MonthRun, whole: Whole, ground: Ground, accounts: Path) -> None:
    """Leave what follows for each part in work files; `accounts` is their directory."""
    for table in SET_ASIDE:
        # a part goes on with them as with its own, refused ones too
        leave(run, table.name, with_known_account(whole.settled[table.name], ground.spellings), accounts,
              key=KNOWN_ACCOUNT)
    money = whole.money
    leave(run, payments.PAYMENTS.name, accepted_payments(money.rows.payments), accounts)
    leave(run, POSTED, posted_reversals(money.rows), accounts)
    leave(run, payments.PAYMENT_IDENTIFICATIONS.name, money.identified, accounts)


def leave(run: MonthRun, name: str, rows: pl.DataFrame, accounts: Path, *, key: str = "account_id") -> None:
    """Rows for the parts of their accounts; for `unplaced` where there is none."""
    homes = homes_in(accounts, rows[key]).rename({ID: key})
    placed = rows.join(homes, on=key, how="left", maintain_order="left")
    for (part,), mine in placed.partition_by(PART, as_dict=True, maintain_order=True).items():
        name_of = UNPLACED if part is None else part_name(int(str(part)))
        write_arrow(folder_for(run, f"{WHOLE_RESULTS}/{name}") / f"{name_of}.arrow", mine.drop(PART))


def left_for(run: MonthRun, name: str, part: str, like: pl.DataFrame) -> pl.DataFrame:
    """Rows that the whole book has left for a part, in the columns of `like`."""
    file = folder_for(run, f"{WHOLE_RESULTS}/{name}") / f"{part}.arrow"
    return pl.read_ipc(file).select(like.columns) if file.is_file() else like.clear()
