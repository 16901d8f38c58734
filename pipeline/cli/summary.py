"""The figures of a published month, read from its published tables only: what the last screen of `raschet run` says.

Units: roubles as Decimal, rows as int. Not here: how they look (`summary_screen.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final, NamedTuple

import polars as pl

from pipeline.billing_month import BillingMonth
from pipeline.contracts.debt import STAGES, TRACKS
from pipeline.contracts.queue import WORK_QUEUE
from pipeline.storage.files import parquet_files

NOTHING: Final = Decimal("0.00")
#: Tracks and stages in the order of the ladder.
STEPS: Final = (*TRACKS, *STAGES)


def _sum(column: str) -> pl.Expr:
    return pl.col(column).sum()


_DUE: Final = pl.col("next_action_on") <= pl.col("run_on")
#: Of debtors: a stage to dispatch now stands in the place of the last one dispatched.
_DUE_NOW: Final = (pl.col("stage_code") == pl.col("next_action_code")) & (pl.col("stage_code") != "none")
#: Table, rows, money and which rows of it, by code; a code is told in words by the screen.
FURTHER: Final[Mapping[str, tuple[str, pl.Expr, pl.Expr, pl.Expr | None]]] = {
    **{action: ("restriction_list", pl.len(), _sum("claimed_rub"), _DUE & (pl.col("next_action_code") == action))
       for action in ("notice", "restriction", "suspension")},
    "restore": ("restriction_list", pl.len(), _sum("total_rub"), pl.col("next_action_code") == "restore"),
    "pretrial": ("pretrial_notices", pl.len(), _sum("claimed_rub"), None),
    "claims": ("claim_list", pl.len(), _sum("claimed_rub") + _sum("penalty_rub"), None),
    "cases": ("court_standing", pl.len(), _sum("open_rub"), pl.col("stage_code") != "ended"),
    "writs": ("enforcement_list", pl.len(), _sum("claimed_rub"), None),
    "withdrawals": ("withdrawal_list", pl.len(), _sum("paid_rub"), None),
    **{status: ("instalments", pl.col("account_id").n_unique(), _sum("agreed_rub"), pl.col("status_code") == status)
       for status in ("kept", "broken", "does_not_match_debt")},
    "penalties": ("penalties", (pl.col("penalty_rub") != 0).sum(), _sum("penalty_rub"), None),
    "penalties_to_bill": (
        "penalty_proposals", (pl.col("to_bill_rub") != 0).sum(), _sum("to_bill_rub"), None
    ),
    "lost": ("limitation_radar", pl.len(), _sum("lost_in_90_days_rub"), None),
}


class Counted(NamedTuple):
    """Rows and their money."""

    rows: int
    rub: Decimal


class Audited(NamedTuple):
    """Bills against registers: what was billed, what of it could be counted anew, lines that residents overpay and
    underpay, both sums above zero."""

    billed_rub: Decimal
    audited_rub: Decimal
    too_much: Counted
    too_little: Counted


class OnStage(NamedTuple):
    """Debtors of one track by the last stage dispatched, the next one, and whether its day has come."""

    track: str
    sent: str
    next_action: str
    is_due: bool
    accounts: int
    claimed_rub: Decimal


class Listed(NamedTuple):
    """One list of the night."""

    name: str
    status: str
    rows: int
    rub: Decimal
    awaited: list[str]


class Messages(NamedTuple):
    """Debts whose reminder, SMS or call is due, and why lists of messages ask for less: out of limitation; nobody to
    write to, written to enough or no room tonight."""

    due_rub: Decimal
    barred_rub: Decimal
    left_rub: Decimal


@dataclass(frozen=True)
class MonthSummary:
    """One published month in figures."""

    month: BillingMonth
    files: int
    rows: int
    suspended: Counted
    refused: int
    """Rows that this month refused, decided since or not."""
    quarantined: list[tuple[str, int]]
    """The same rows by reason: one with two reasons stands at both."""
    undecided: int | None
    """Refused documents, with their lines, and rows of all months that still wait for a person; None in a month from
    before there were queues."""
    billed: Counted
    paid: Counted
    collected_rub: Decimal
    eligible: int
    decided: int
    debtors: list[OnStage]
    proposed: Counted
    audit: Audited
    lists: list[Listed]
    told_by_message: Messages
    further: list[tuple[str, Counted]]
    """What follows reminders, by code of `FURTHER`: rows and money of what is there."""
    folder: Path

    @property
    def ready_lists(self) -> list[str]:
        """Lists that may leave now and have somebody on them."""
        return [found.name for found in self.lists if found.status == "ready" and found.rows]


def summary_of(folder: Path, month: BillingMonth) -> MonthSummary:
    """Read the published month in `folder` (`published/run_month=…`): part by part, the needed columns only."""
    tables = _Tables(folder.resolve())
    first_day = month.first_day
    own = pl.col("billing_month") == first_day
    read = pl.col("status_code") == "read"
    deliveries = tables.summed("deliveries", pl.len(), pl.col("received_rows").sum(), of=read)
    bonus = tables.summed("eligibility", pl.len(), pl.col("is_eligible").sum(), of=own)
    # live documents of the month; voluntary insurance and penalties count as they were printed
    live = own & ~pl.col("is_superseded")
    billed = tables.summed("billed_documents", pl.col("document_id").n_unique(), pl.col("billed_rub").sum(), of=live)
    # laid in this cycle on documents of the month, advances of earlier payments among it
    collected = tables.summed(
        "payment_allocations", pl.len(), pl.col("allocated_rub").sum(), of=own & (pl.col("origin_code") != "credit")
    )
    waits = pl.col("status_code").is_in(["proposed", "waits_for_approval"])
    return MonthSummary(
        month=month,
        files=_whole(deliveries[0]),
        rows=_whole(deliveries[1]),
        suspended=_counted(tables.summed("suspended_payments", pl.len(), pl.col("amount_rub").sum())),
        refused=tables["quarantine"].select(pl.len()).collect().item(),
        quarantined=_reasons(tables["quarantine"].select("rule_ids").collect()),
        undecided=_undecided(tables),
        billed=_counted(billed),
        paid=_counted(tables.summed("posted_payments", pl.len(), pl.col("amount_rub").sum())),
        collected_rub=_roubles(collected[1]),
        eligible=_whole(bonus[1]),
        decided=_whole(bonus[0]),
        debtors=_on_stages(tables["debtors"]),
        proposed=_counted(tables.summed("recalculations", pl.len(), pl.col("difference_rub").sum(), of=waits)),
        audit=audited_of(folder),
        lists=(lists := _lists(tables["debtor_lists"].collect())),
        told_by_message=_messages(tables, lists),
        further=[(code, found) for code in FURTHER if (found := _counted(tables.summed(*FURTHER[code]))).rows],
        folder=folder,
    )


class _Tables:
    """Published tables by name, all parts of each."""

    def __init__(self, version: Path) -> None:
        self.version = version

    def __getitem__(self, name: str) -> pl.LazyFrame:
        return pl.scan_parquet(self.version / name / "*.parquet", glob=True, hive_partitioning=False)

    def summed(self, name: str, rows: pl.Expr, money: pl.Expr, of: pl.Expr | None = None) -> tuple[object, object]:
        """Two sums over the rows `of` a table. A document lies in one part, so its parts are counted one by one.

        Nothing of a table that the month is too old to have.
        """
        found = []
        for file in parquet_files(self.version / name):
            part = pl.scan_parquet(file, glob=False, hive_partitioning=False)
            asked = part if of is None else part.filter(of)
            found.append(asked.select(rows.alias("rows"), money.alias("money")).collect())
        if not found:
            return None, None
        added = pl.concat(found).sum()
        return added.item(0, "rows"), added.item(0, "money")


def audited_of(folder: Path) -> Audited:
    """The charge audit of the month in `folder`; nothing of a month that is too old to have it."""
    tables = _Tables(folder.resolve())
    difference = pl.col("difference_rub")
    is_audited = pl.col("outcome_code") != "not_audited"
    billed, audited = (
        _counted(tables.summed("charge_audit_totals", pl.len(), pl.col("billed_rub").sum(), of=of)).rub
        for of in (None, is_audited)
    )
    too_much, too_little = (
        _counted(tables.summed("charge_audit", pl.len(), difference.abs().sum(), of=of))
        for of in (difference > 0, difference < 0)
    )
    return Audited(billed, audited, too_much, too_little)


def _reasons(quarantine: pl.DataFrame) -> list[tuple[str, int]]:
    counts = quarantine.explode("rule_ids").group_by("rule_ids").len().sort("len", "rule_ids", descending=[True, False])
    return [(str(reason), int(rows)) for reason, rows in counts.rows()]


def _undecided(tables: _Tables) -> int | None:
    if not parquet_files(tables.version / WORK_QUEUE.name):
        return None
    is_refused = pl.col("kind_code").is_in(["quarantined_document", "quarantined_row"])
    return _whole(tables[WORK_QUEUE.name].filter(is_refused).select(pl.len()).collect().item())


def _on_stages(debtors: pl.LazyFrame) -> list[OnStage]:
    codes = ["track_code", "sent", "next_action_code"]
    ladder = [pl.col(code).replace_strict({step: place for place, step in enumerate(STEPS)}, default=None)
              for code in codes]
    sums = debtors.group_by(
        "track_code", pl.col("previous_stage_code").fill_null("none").alias("sent"), "next_action_code",
        _DUE_NOW.alias("is_due"),
    ).agg(pl.col("account_id").n_unique(), pl.col("claimed_rub").sum())
    return [
        OnStage._make((*keys, _roubles(rub))) for *keys, rub in sums.collect().sort(*ladder, "is_due").rows()
    ]


def _messages(tables: _Tables, lists: list[Listed]) -> Messages:
    """What is due on the track of messages beside what its lists of the night ask for."""
    is_message = pl.col("next_action_code").is_in(["reminder", "sms", "call"])
    barred = pl.min_horizontal("barred_rub", "claimed_rub").sum()
    due, lost = tables.summed("debtors", _sum("claimed_rub"), barred, of=_DUE_NOW & is_message)
    asked = sum((row.rub for row in lists if row.name in ("sms_list", "call_list")), NOTHING)
    return Messages(_roubles(due), _roubles(lost), _roubles(due) - _roubles(lost) - asked)


def _lists(lists: pl.DataFrame) -> list[Listed]:
    columns = ["list_code", "status_code", "rows", "total_rub", "awaited"]
    return [Listed(*row) for row in lists.sort("list_code").select(columns).rows()]


def _counted(sums: tuple[object, object]) -> Counted:
    rows, rub = sums
    return Counted(_whole(rows), _roubles(rub))


def _roubles(total: object) -> Decimal:
    return Decimal(str(total)) if total else NOTHING


def _whole(total: object) -> int:
    return int(str(total)) if total else 0
