"""Months that a reading trues up and a corrected register has rated anew: a person looks at them.

The tariff and the sum of such a month are no longer those of its line, so the arithmetic of a true-up (`true_up.py`)
would charge the corrected difference again. Where the true-up came first the corrected register counts it
(`rerated.py`). What a person has turned down changes nothing. Months beside it are trued up as ever, by their own days.
"""

from __future__ import annotations

from datetime import date
from typing import Final

import polars as pl

from pipeline.contracts.recalculation import RERATED_CAUSES, RETURNED_APPLICATIONS
from pipeline.domain.rating import wording
from pipeline.domain.recalculation.applications import ABOUT
from pipeline.domain.recalculation.true_up import settled
from pipeline.rules.recalculation import RecalculationRules

#: What is read of an earlier proposal.
RATED_ANEW: Final = ("proposal_id", "account_id", "contract_id", "service_code", "zone_code", "charge_month",
                     "cause_code", "status_code")
_LINE_MONTH: Final = ("account_id", "contract_id", "service_code", "zone_code", "charge_month")


def rated_anew(older: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Lines and months that stand rated anew. `older`: RATED_ANEW as older months have published them, in their order;
    `known`: proposals of the month before as they stand now."""
    of_cause = pl.col("cause_code").is_in(RERATED_CAUSES)
    told = pl.concat([older.select(RATED_ANEW).filter(of_cause), known.select(RATED_ANEW).filter(of_cause)])
    newest = told.unique("proposal_id", keep="last", maintain_order=True)
    return newest.filter(pl.col("status_code") != "rejected").select(_LINE_MONTH).unique()


def beside(
    unconfirmed: pl.DataFrame, known: pl.DataFrame, rated: pl.DataFrame, consumption: pl.DataFrame, *,
    rules: RecalculationRules, month: date,
) -> pl.DataFrame:
    """RETURNED_APPLICATIONS rows, inside shape, one a reading and account, of lines that a reading would true up
    (`true_up.settled`). `rated`: of `rated_anew`; `consumption`: reading_id and read_on of this run."""
    if rated.is_empty():
        return RETURNED_APPLICATIONS.empty_inside()
    lines = settled(unconfirmed, known, rules).join(rated, on=_LINE_MONTH, how="semi", nulls_equal=True)
    if lines.is_empty():
        return RETURNED_APPLICATIONS.empty_inside()
    days = consumption.select(settled_by="reading_id", registered_on="read_on")
    told = (
        lines.select("account_id", "service_code", "settled_by", "charge_month", "cause_code").unique()
        .sort("account_id", "settled_by", "service_code", "charge_month")
        .group_by("account_id", "settled_by", maintain_order=True)
        .agg(pl.col("service_code").first(), kind_code=pl.col("cause_code").min(), from_on=pl.col("charge_month").min(),
             to_on=pl.col("charge_month").max().dt.month_end(),
             months=wording.month_text(pl.col("charge_month").unique().sort()).str.join(", "))
        .join(days, on="settled_by", how="left", maintain_order="left")
    )
    nothing = {name: pl.lit(None, dtype=dtype) for name, dtype in ABOUT.items() if name not in told.columns}
    return told.with_columns(
        event_id="settled_by", field_code=pl.lit("charge_month"),
        reason_code=pl.lit("told_already"), registered_on=pl.col("registered_on").fill_null(month),
        answer_due_on=pl.lit(None, dtype=pl.Date), reason=pl.concat_str(
            pl.lit("Показание уточняет месяцы, плата за которые уже пересчитана по исправленному реестру: "), "months",
            pl.lit(". Сколько исправить по показанию, решает сотрудник."),
        ), **nothing,
    ).select(RETURNED_APPLICATIONS.inside_names).cast(RETURNED_APPLICATIONS.inside_schema)  # type: ignore[arg-type]
