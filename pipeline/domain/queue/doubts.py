"""Doubts of the debt room that only a person can end: an agreement for another sum than the debt, a service cut off too
early, money that bank or bailiffs collected twice, a case told of for several accounts, collected duty that lies on the
principal; debts of the dead, which wait until a person finds the heirs; capital repair billed to a tenant."""

from __future__ import annotations

from datetime import date
from typing import Final

import polars as pl

from pipeline import money
from pipeline.contracts.debt_decisions import latest, subject_of
from pipeline.domain.queue.kinds import SUBJECT, queued

_EARLY: Final = "restricted_too_early"
#: What is read of a debtor.
DEBT: Final = ("account_id", "creditor_id", "track_code", "total_kop", "holds")
_DEATH: Final = "death"
_TENANT: Final = "municipal_tenant"
_MISMATCH: Final = "does_not_match_debt"


def doubts(
    instalments: pl.DataFrame, restrictions: pl.DataFrame, cases: pl.DataFrame, decisions: pl.DataFrame, *,
    issued_on: date,
) -> pl.DataFrame:
    """QUEUED rows of INSTALMENTS, RESTRICTION_LIST and COURT_STANDING of one part. A doubt waits since its own day, but
    not since before this cycle began; money collected twice is asked about until it is decided for its sum."""
    agreements = instalments.filter(pl.col("status_code") == _MISMATCH).with_columns(
        effect_kop=(pl.col("agreed_kop") - pl.col("debt_kop")).abs(), _since="signed_on", _reason=pl.lit(_MISMATCH)
    )
    cuts = restrictions.filter(pl.col("blocked_by").list.contains(_EARLY)).with_columns(
        effect_kop="claimed_kop", _since="stage_on", _reason=pl.lit(_EARLY)
    )
    decided = latest(decisions, "double_recovery").select(court_case_id="subject_id", double_kop="amount_kop")
    twice = cases.filter(pl.col("double_kop") > 0).join(
        decided, on=["court_case_id", "double_kop"], how="anti"
    ).with_columns(effect_kop="double_kop", _since="stage_on", _reason=pl.lit("collected_twice"))
    claim = pl.coalesce("claimed_kop", "open_kop")
    told = {
        "instalment_doubt": agreements, "early_restriction": cuts, "double_recovery": twice,
        "several_accounts": _blocked(cases, decisions, "several_accounts", claim),
        "costs_on_principal": _blocked(cases, decisions, "costs_on_principal", pl.col("on_principal_kop")),
    }
    return pl.concat([
        queued(rows.select(
            subject_of(kind).alias(SUBJECT), subject_of(kind).alias("subject_id"), "account_id", "creditor_id",
            "effect_kop", kind_code=pl.lit(kind), reason_codes=pl.concat_list("_reason"),
            waiting_since_on=pl.max_horizontal(pl.col("_since"), pl.lit(issued_on)),
        )) for kind, rows in told.items()
    ])


def heirs_unknown(debtors: pl.DataFrame, *, issued_on: date) -> pl.DataFrame:
    """QUEUED rows: an account whose debts a death holds (ГК РФ, ст. 1175), once over its creditors. debtors: DEBT.

    It ends when the register of rights tells who holds the flat after the dead, or the hold is ended.
    """
    held = debtors.filter((pl.col("track_code") == "notice") & pl.col("holds").list.contains(_DEATH))
    by_account = held.group_by("account_id").agg(effect_kop=money.total("total_kop"))
    return queued(by_account.select(
        pl.col("account_id").alias(SUBJECT), "account_id", "effect_kop", kind_code=pl.lit("heirs_unknown"),
        reason_codes=pl.concat_list(pl.lit(_DEATH)), waiting_since_on=pl.lit(issued_on),
    ))


def owner_owes(capital_repair: pl.DataFrame, accounts: pl.DataFrame, *, issued_on: date) -> pl.DataFrame:
    """QUEUED rows: capital repair that is open on the account of a tenant of a municipal flat (ЖК РФ, ст. 158, 169).
    capital_repair: account_id, outstanding_kop of open items."""
    tenants = accounts.filter(pl.col("account_kind_code") == _TENANT)
    by_account = capital_repair.join(tenants, on="account_id", how="semi").group_by("account_id").agg(
        effect_kop=money.total("outstanding_kop")
    )
    return queued(by_account.select(
        pl.col("account_id").alias(SUBJECT), "account_id", "effect_kop", kind_code=pl.lit("owner_owes"),
        reason_codes=pl.concat_list(pl.lit(_TENANT)), waiting_since_on=pl.lit(issued_on),
    ))


def _blocked(cases: pl.DataFrame, decisions: pl.DataFrame, doubt: str, at_stake: pl.Expr) -> pl.DataFrame:
    """Cases that a doubt blocks, without those that, as a person has said for this sum, a lawyer works by hand."""
    by_hand = latest(decisions, doubt).filter(pl.col("decision_code") == "by_hand").select(
        court_case_id="subject_id", effect_kop="amount_kop"
    )
    return (
        cases.filter(pl.col("blocked_by").list.contains(doubt))
        .with_columns(effect_kop=at_stake, _since="stage_on", _reason=pl.lit(doubt))
        .join(by_hand, on=["court_case_id", "effect_kop"], how="anti")
    )
