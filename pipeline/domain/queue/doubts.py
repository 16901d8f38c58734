"""Doubts of the debt room that only a person can end: an agreement for another sum than the debt, a service cut off too
early, money that court, bank or bailiffs collected twice."""

from __future__ import annotations

from datetime import date
from typing import Final

import polars as pl

from pipeline.contracts.debt_decisions import latest, subject_of
from pipeline.domain.queue.kinds import SUBJECT, queued

_EARLY: Final = "restricted_too_early"
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
    told = {"instalment_doubt": agreements, "early_restriction": cuts, "double_recovery": twice}
    return pl.concat([
        queued(rows.select(
            subject_of(kind).alias(SUBJECT), subject_of(kind).alias("subject_id"), "account_id", "creditor_id",
            "effect_kop", kind_code=pl.lit(kind), reason_codes=pl.concat_list("_reason"),
            waiting_since_on=pl.max_horizontal(pl.col("_since"), pl.lit(issued_on)),
        )) for kind, rows in told.items()
    ])
