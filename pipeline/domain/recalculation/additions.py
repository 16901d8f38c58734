"""Proposals that charge a line and month once more, on top of its fee: what a benefit or a discount has lost.

    difference = what is wanted; reversed = the fee; charged again = fee + what is wanted

One line an event, cause, line and month, proposed once. Not here: what is taken off (`reductions.py`).
"""

from __future__ import annotations

from datetime import date

import polars as pl

from pipeline.contracts.recalculation import RECALCULATIONS
from pipeline.domain.recalculation.fees import LINE_MONTH
from pipeline.domain.recalculation.reductions import ONE, PLACE, as_proposals


def charges(
    additions: pl.DataFrame, fees: pl.DataFrame, earlier: pl.DataFrame, contracts: pl.DataFrame,
    *, book_id: str, month: date, lands_in_month: date,
) -> pl.DataFrame:
    """RECALCULATIONS rows, inside shape. `additions`: REDUCTION rows whose `wanted_kop` is charged; `fees`: of
    `fees.fees`; `earlier`: EARLIER proposals; `contracts`: reductions.PLACE."""
    return (
        additions.filter(pl.col("wanted_kop") > 0)
        .join(earlier, on=ONE, how="anti", nulls_equal=True)
        .join(fees.select(*LINE_MONTH, "fee_kop"), on=LINE_MONTH, how="left", nulls_equal=True)
        .with_columns(
            reversed_kop=pl.col("fee_kop").fill_null(0), difference_kop="wanted_kop",
            charged_again_kop=pl.col("fee_kop").fill_null(0) + pl.col("wanted_kop"),
        )
        .pipe(as_proposals, contracts.select(PLACE), book_id=book_id, month=month, lands_in_month=lands_in_month)
        .select(RECALCULATIONS.inside_names)
    )
