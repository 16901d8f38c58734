"""Pre-trial notices: who is told tonight that the debt will go to court, while it can still be paid without costs.

    day of filing   the later of the day on which the debt is old enough and the days after its debt receipt; an
                    application has not left
    told            that day comes within the days of the rule book, the sum is one that goes to court and would bring
                    more than it costs, no hold of messages or of the court stands against it, and nobody else lives in
                    the flat already (a closed account)

Where limitation is near nothing waits for that day, so nothing is told. No case waits for a notice: before an order the
law wants none (ГПК РФ, ст. 122–124). One notice leaves in an episode (`storage/handover.py`).
"""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from pipeline.contracts.pretrial import PRETRIAL_NOTICES
from pipeline.domain.debt.arrears import PAIR
from pipeline.domain.debt.court_gate import expected, filing_duty
from pipeline.domain.debt.debtors import Standing
from pipeline.rules.debt import DebtRules
from pipeline.rules.debt_pretrial import PretrialRules


def pretrial_notices(
    found: Standing, accounts: pl.DataFrame, *, rules: DebtRules, pretrial: PretrialRules, as_of: date
) -> pl.DataFrame:
    """PRETRIAL_NOTICES of one part; `accounts`: account_id, premises_id, closed_on."""
    court, duty = rules.court, filing_duty(pl.col("claimed_kop"), rules.court)
    application = pl.when(pl.col("claimed_kop") > court.order_limit_kop).then(pl.lit("claim")).otherwise(
        pl.lit("court_order")
    )
    told = found.notice.filter(
        (pl.col("holds").list.len() == 0) & (pl.col("last_stage_code") == "debt_receipt")
    ).select(*PAIR, receipt_on="last_stage_on")
    held = found.reasons.filter(pl.col("reason_code").is_in(court.holds))
    closed = accounts.filter(pl.col("closed_on") < as_of)
    near_until = pl.lit(as_of).dt.offset_by(f"{court.limitation_near_months}mo")
    return (
        found.court_claims.join(told, on=PAIR).join(held, on=PAIR, how="anti")
        .join(closed, on="account_id", how="anti")
        .with_columns(
            run_on=pl.lit(as_of), once_since_on="episode_from", duty_kop=duty, stage_code=application,
            court_on=pl.max_horizontal(
                pl.col("claim_due_on").dt.offset_by(f"{court.months_overdue_min}mo"),
                pl.col("receipt_on").dt.offset_by(f"{court.days_after_debt_receipt}d"),
            ),
        )
        .filter(
            pl.col("claim_due_on").is_not_null(), pl.col("last_rank") == 0,
            pl.col("claimed_kop") >= max(rules.contact_min_kop, court.min_kop),
            pl.col("court_on") > as_of, pl.col("court_on") <= as_of + timedelta(days=pretrial.days_before_court),
            ~(pl.col("limitation_on") <= near_until).fill_null(False),
            (expected(pl.col("claimed_kop"), pl.col("duty_kop"), court.gate) > 0).fill_null(False),
        )
        .select(PRETRIAL_NOTICES.inside_names).cast(pl.Schema(PRETRIAL_NOTICES.inside_schema))
        .sort(PRETRIAL_NOTICES.primary_key)
    )
