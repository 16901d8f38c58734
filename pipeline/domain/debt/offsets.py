"""Set-offs to propose: money of an account that lies with a creditor whom it owes something overdue (ГК РФ, ст. 410).

    credit   advances ring-fenced to the creditor: what a negative line, a transfer or his own account left over. The
             ledger lays them on the next document, so they may stand beside an older debt or one of another contract
    debt     overdue items of the same account and creditor: not disputed, not lump sums, in limitation (ст. 411)
    offset   the lesser of the two

Never across creditors: free advances are no creditor's debt to the payer. Never money of an advance contract, which is
paid for months to come, and not while a dispute, an agreement or a bankruptcy stands against it. Proposed only: what is
allocated stays, and lists are shielded by the credit already (`shields.py`).
"""

from __future__ import annotations

from datetime import date
from typing import Final

import polars as pl

from pipeline import money
from pipeline.contracts.offsets import ARTICLE, OFFSETS_PROPOSED
from pipeline.domain.debt.arrears import PAIR
from pipeline.rules.debt_offsets import OffsetRules

#: Holds of the notice track under which nothing is set off.
AGAINST: Final = (
    "dispute", "complaint", "instalment", "does_not_match_debt", "bankruptcy", "death", "hold_refused",
)


def offsets_proposed(
    items: pl.DataFrame, notice: pl.DataFrame, advances: pl.DataFrame, *, rules: OffsetRules, as_of: date
) -> pl.DataFrame:
    """OFFSETS_PROPOSED of one part. items: `arrears.overdue_items`; notice: account × creditor with holds."""
    debts = items.filter(~pl.col("is_lump") & ~pl.col("is_time_barred")).group_by(PAIR).agg(
        money.total("outstanding_kop").alias("debt_kop"), pl.col("billing_month").min().alias("from_month"),
        pl.col("billing_month").max().alias("to_month"), pl.col("due_on").min().alias("oldest_due_on"),
        pl.col("days_overdue").max(),
    )
    lying = advances.filter(pl.col("creditor_id").is_not_null(), pl.col("contract_reference").is_null())
    credits = lying.group_by(PAIR).agg(credit_kop=money.total("amount_kop"))
    held = notice.filter(pl.col("holds").list.set_intersection(list(AGAINST)).list.len() > 0)
    return (
        debts.join(credits, on=PAIR).join(held, on=PAIR, how="anti")
        .with_columns(
            offset_kop=pl.min_horizontal("credit_kop", "debt_kop"), run_on=pl.lit(as_of), article=pl.lit(ARTICLE)
        )
        .filter(pl.col("offset_kop") >= max(rules.min_kop, 1))
        .select(OFFSETS_PROPOSED.inside_names).cast(pl.Schema(OFFSETS_PROPOSED.inside_schema))
        .sort(OFFSETS_PROPOSED.primary_key)
    )
