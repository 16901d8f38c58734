"""Every condition of «Коммунальный бонус» for every document, the first that fails and what was missing.

A document that is not covered yet is judged as it stands: its channel by what was paid so far, its past debt at the
cut. `missing_kop` is the rest of the net total or the past debt, whichever fails first; `missing_days` counts from the
day of the next issue, which is late by one day.
"""

from __future__ import annotations

from datetime import datetime

import polars as pl

from pipeline.contracts.eligibility import CONDITIONS
from pipeline.domain.eligibility.coverage import covered
from pipeline.domain.eligibility.past_debt import with_past_debt
from pipeline.domain.eligibility.replay import Replayed
from pipeline.domain.eligibility.timeline import start_of
from pipeline.rules.eligibility import EligibilityRules

#: What `decided` answers; finality and entitlements come after (`finality.py`).
DECIDED = (
    "account_id", "document_id", "programme_code", "billing_month", "is_eligible", *CONDITIONS, "first_failed_code",
    "next_issue_on", "net_total_kop", "missing_kop", "missing_days", "covered_at", "covering_payment_ids",
    "blocked_documents", "decided_at",
)


def decided(
    documents: pl.DataFrame, replayed: Replayed, accounts: pl.DataFrame, channels: pl.DataFrame, *,
    rules: EligibilityRules, cut: datetime,
) -> pl.DataFrame:
    """Decisions on main documents.

    documents: account_id, document_id, billing_month, next_issue_on, net_total_kop, is_bill_complete,
        blocked_documents
    """
    judged = (
        covered(documents, replayed.movements, channels, tolerance_kop=rules.tolerance_kop)
        .with_columns(judged_at=pl.col("settled_at").fill_null(cut))
        .pipe(with_past_debt, replayed, same_visit_minutes=rules.same_visit_minutes)
        .join(_served(accounts), on="account_id", how="left", maintain_order="left")
    )
    return (
        judged.with_columns(**_conditions(rules))
        .with_columns(first_failed_code=_first_failed(), is_eligible=pl.all_horizontal(*CONDITIONS))
        .with_columns(
            missing_kop=_missing(), missing_days=_days_late(), programme_code=pl.lit(rules.programme_code),
            decided_at=pl.lit(cut).cast(pl.Datetime("us", "Europe/Moscow")),
        )
        .select(DECIDED)
        .sort("account_id", "document_id")
    )


def _served(accounts: pl.DataFrame) -> pl.DataFrame:
    return accounts.select("account_id", is_served=pl.col("is_served") & (pl.col("mode_code") == "full"))


def _conditions(rules: EligibilityRules) -> dict[str, pl.Expr]:
    """A term that the rules do not ask for holds."""
    is_in_time = pl.col("covered_at").is_null() | (pl.col("covered_at") < start_of("next_issue_on"))
    owes_nothing = pl.col("past_debt_kop") <= rules.past_debt_tolerance_kop
    return {
        "is_served": pl.col("is_served").fill_null(False),
        "is_paid_online": pl.col("is_paid_online") | (not rules.needs_own_online_channel),
        "is_paid_before_next_issue": pl.col("is_paid_in_full") & is_in_time,
        "is_free_of_past_debt": owes_nothing | (not rules.needs_no_past_debt),
        "has_no_reversed_bonus": pl.col("blocked_documents") == 0,
    }


def _first_failed() -> pl.Expr:
    return pl.coalesce(pl.when(~pl.col(condition)).then(pl.lit(condition)) for condition in CONDITIONS)


def _missing() -> pl.Expr:
    failed = pl.col("first_failed_code")
    return (
        pl.when(failed == "is_paid_in_full").then(pl.col("net_total_kop") - pl.col("laid_kop"))
        .when(failed == "is_free_of_past_debt").then("past_debt_kop")
    )


def _days_late() -> pl.Expr:
    days = (pl.col("covered_at").dt.date() - pl.col("next_issue_on")).dt.total_days() + 1
    return pl.when(pl.col("is_paid_in_full") & ~pl.col("is_paid_before_next_issue")).then(days).cast(pl.Int32)
