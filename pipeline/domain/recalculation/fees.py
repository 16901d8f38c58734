"""What a line of one month was billed for: the ground that applications and acts reduce.

    fee  = Σ payable of the biller's own lines of the month (his recalculations and benefits included)
           + what documents have billed of true-ups of this month alone, of months rated anew, of its fee from another
             account and of a benefit that ended
    left = fee + what proposals for applications and acts take off, billed or not, and what open ones that rate the
           month anew would: never below zero

A reduction is a share of the fee for the service of one billing month (ПП 354, п. 92, 98, 150), so only what was billed
for the month counts. A true-up that no document has brought is no fee yet; of several months its proposal does not say
what it changes in each, and the whole of it is the fee of none: it is left out. A charge for tampering is no fee for
the service that was supplied. A reduction that still waits does count, with whatever it may take off, so that two
of them never exceed the fee.

A line that bills one of our proposals is counted as that proposal, not twice. A rejected proposal changes nothing, one
that the biller settled himself stands in his own lines.
"""

from __future__ import annotations

import polars as pl

from pipeline import money
from pipeline.contracts.recalculation import APPLIED_CAUSES, FEE_CAUSES, METER_MONTH_CAUSES, RERATED_CAUSES
from pipeline.domain.recalculation.true_up import LINE

LINE_MONTH = (*LINE, "charge_month")
#: What this room reads of a billed line and of an earlier proposal.
BILLED_LINE = (*LINE_MONTH, "document_id", "basis_code", "volume_e7", "unit_code", "tariff_e6", "charged_kop",
               "benefit_kop", "payable_kop", "batch_id")
EARLIER = (*LINE_MONTH, "proposal_id", "event_id", "cause_code", "status_code", "difference_kop", "billed_kop",
           "covered_months")
_WITHOUT_EFFECT = ("rejected", "settled_by_biller")


def fees(lines: pl.DataFrame, earlier: pl.DataFrame) -> pl.DataFrame:
    """LINE_MONTH, is_norm, basis_code (missing where a line has several), volume_e7, unit_code, tariff_e6, benefit_kop,
    fee_kop, left_kop, of lines that cost anything.

    `lines`: BILLED_LINE of live documents; `earlier`: EARLIER of the same accounts, each proposal once.
    """
    own = lines.filter(pl.col("batch_id").is_null()).sort(*LINE_MONTH, "document_id", "tariff_e6", nulls_last=True)
    is_main = pl.col("charged_kop") != 0
    billed = own.group_by(LINE_MONTH, maintain_order=True).agg(
        is_norm=(pl.col("basis_code").filter(is_main) == "norm").all() & is_main.any(),
        basis_code=pl.when(pl.col("basis_code").filter(is_main).n_unique() == 1).then(
            pl.col("basis_code").filter(is_main).first()),
        volume_e7=pl.col("volume_e7").sum(),
        benefit_kop=money.total("benefit_kop"),
        unit_code=pl.col("unit_code").drop_nulls().first(),
        tariff_e6=pl.col("tariff_e6").drop_nulls().last(),
        billed_kop=money.total("payable_kop"),
    )
    is_applied = pl.col("cause_code").is_in(list(APPLIED_CAUSES))
    is_rerated = pl.col("cause_code").is_in(list(RERATED_CAUSES))
    is_of_several = pl.col("cause_code").str.starts_with("true_up_") & (pl.col("covered_months") != 1)
    is_by_act = pl.col("cause_code").is_in(list(METER_MONTH_CAUSES))
    is_taken = pl.col("difference_kop") < 0
    is_of_the_month = pl.col("cause_code").is_in(list(FEE_CAUSES)) & ~is_of_several & ~(is_applied & is_taken)
    changed = earlier.filter(~pl.col("status_code").is_in(list(_WITHOUT_EFFECT))).group_by(LINE_MONTH).agg(
        changed_kop=pl.col("billed_kop").filter(is_of_the_month).sum(),
        applied_kop=pl.min_horizontal("billed_kop", "difference_kop").filter(is_applied & is_taken).sum(),
        open_kop=(pl.col("difference_kop") - pl.col("billed_kop").fill_null(0)).clip(upper_bound=0)
        .filter(is_rerated | is_by_act).sum(),
    )
    return (
        billed.join(changed, on=LINE_MONTH, how="left", nulls_equal=True, maintain_order="left")
        .with_columns(fee_kop=pl.col("billed_kop") + pl.col("changed_kop").fill_null(0))
        .with_columns(left_kop=pl.col("fee_kop") + pl.col("applied_kop").fill_null(0) + pl.col("open_kop").fill_null(0))
        .filter(pl.col("fee_kop") > 0)
        .select(*LINE_MONTH, "is_norm", "basis_code", "volume_e7", "unit_code", "tariff_e6", "benefit_kop", "fee_kop",
                "left_kop")
    )
