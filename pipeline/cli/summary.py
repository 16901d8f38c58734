"""The figures of a published month, read from its published tables only: what the last screen of `raschet run` says.

Units: roubles as Decimal, rows as int. Not here: how they look (`summary_screen.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final, NamedTuple

import polars as pl

from pipeline.billing_month import BillingMonth
from pipeline.contracts.debt import STAGES, TRACKS

NOTHING: Final = Decimal("0.00")
#: Tracks and stages in the order of the ladder.
STEPS: Final = (*TRACKS, *STAGES)


class Counted(NamedTuple):
    """Rows and their money."""

    rows: int
    rub: Decimal


class OnStage(NamedTuple):
    """Debtors of one track on one stage, with the next step that their list offers."""

    track: str
    stage: str
    next_action: str
    accounts: int
    claimed_rub: Decimal


class Listed(NamedTuple):
    """One list of the night."""

    name: str
    status: str
    rows: int
    rub: Decimal
    awaited: list[str]


@dataclass(frozen=True)
class MonthSummary:
    """One published month in figures."""

    month: BillingMonth
    files: int
    rows: int
    suspended: Counted
    quarantined: list[tuple[str, int]]
    billed: Counted
    paid: Counted
    collected_rub: Decimal
    eligible: int
    decided: int
    debtors: list[OnStage]
    proposed: Counted
    lists: list[Listed]
    folder: Path

    @property
    def ready_lists(self) -> list[str]:
        """Lists that may leave now and have somebody on them."""
        return [found.name for found in self.lists if found.status == "ready" and found.rows]


def summary_of(folder: Path, month: BillingMonth) -> MonthSummary:
    """Read the published month in `folder` (`published/run_month=…`)."""
    tables = _Tables(folder.resolve())
    first_day = month.first_day
    deliveries = tables["deliveries"].filter(pl.col("status_code") == "read")
    bonus = tables["eligibility"].filter(pl.col("billing_month") == first_day)
    return MonthSummary(
        month=month,
        files=deliveries.height,
        rows=_whole(deliveries["received_rows"].sum()),
        suspended=_counted(tables["suspended_payments"], "amount_rub"),
        quarantined=_reasons(tables["quarantine"]),
        billed=_counted(_bills(tables["billed_documents"], first_day), "billed_rub", by="document_id"),
        paid=_counted(tables["posted_payments"], "amount_rub"),
        collected_rub=_collected(tables["payment_allocations"], first_day),
        eligible=_whole(bonus["is_eligible"].sum()),
        decided=bonus.height,
        debtors=_on_stages(tables["debtors"]),
        proposed=_counted(
            tables["recalculations"].filter(pl.col("status_code").is_in(["proposed", "waits_for_approval"])),
            "difference_rub",
        ),
        lists=_lists(tables["debtor_lists"]),
        folder=folder,
    )


class _Tables:
    """Published tables by name, all parts of each."""

    def __init__(self, version: Path) -> None:
        self.version = version

    def __getitem__(self, name: str) -> pl.DataFrame:
        return pl.read_parquet(self.version / name / "*.parquet", glob=True)


def _bills(billed: pl.DataFrame, first_day: date) -> pl.DataFrame:
    """Live documents of the month; voluntary insurance and penalties count as they were printed."""
    return billed.filter((pl.col("billing_month") == first_day) & ~pl.col("is_superseded"))


def _collected(allocations: pl.DataFrame, first_day: date) -> Decimal:
    """Laid in this cycle on documents of the month, advances of earlier payments among it."""
    own = allocations.filter((pl.col("billing_month") == first_day) & (pl.col("origin_code") != "credit"))
    return _roubles(own["allocated_rub"].sum())


def _reasons(quarantine: pl.DataFrame) -> list[tuple[str, int]]:
    counts = quarantine.explode("rule_ids").group_by("rule_ids").len().sort("len", "rule_ids", descending=[True, False])
    return [(str(reason), int(rows)) for reason, rows in counts.rows()]


def _on_stages(debtors: pl.DataFrame) -> list[OnStage]:
    keys = ["track_code", "stage_code", "next_action_code"]
    ladder = [pl.col(key).replace_strict({code: step for step, code in enumerate(STEPS)}, default=None) for key in keys]
    found = debtors.group_by(keys).agg(pl.col("account_id").n_unique(), pl.col("claimed_rub").sum()).sort(ladder)
    return [OnStage._make((*codes, accounts, _roubles(rub))) for *codes, accounts, rub in found.rows()]


def _lists(lists: pl.DataFrame) -> list[Listed]:
    columns = ["list_code", "status_code", "rows", "total_rub", "awaited"]
    return [Listed(*row) for row in lists.sort("list_code").select(columns).rows()]


def _counted(frame: pl.DataFrame, money: str, *, by: str | None = None) -> Counted:
    return Counted(frame[by].n_unique() if by else frame.height, _roubles(frame[money].sum()))


def _roubles(total: object) -> Decimal:
    return Decimal(str(total)) if total else NOTHING


def _whole(total: object) -> int:
    return int(str(total)) if total else 0
