"""Proposals of reductions: what applications and acts take off the lines of billed months.

    difference = − what is wanted, as far as anything of the line's fee is left; in order of registration
    reversed   = left before; charged again = left after

A batch of these is one cause, creditor and house. One line an event, line and month; what an earlier run proposed for
the same is not proposed once more, whatever became of it. So a reduction never exceeds the fee, no fee falls below
zero, and a repeated event changes nothing.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from pipeline.contracts.recalculation import RECALCULATIONS
from pipeline.domain.rating import wording
from pipeline.domain.recalculation.fees import LINE_MONTH
from pipeline.domain.recalculation.true_up import batch_id, sha256

#: What a kind says of each line that it reduces: roubles wanted, the volume that they stand for, and why.
REDUCTION = (*LINE_MONTH, "event_id", "registered_at", "cause_code", "wanted_kop", "volume_part_e7", "article",
             "formula", "answer_due_on")
#: What this room reads of a contract.
PLACE = ("contract_id", "creditor_id", "house_id")
#: One of these is proposed once.
ONE = ("event_id", "cause_code", *LINE_MONTH)


def proposals(
    reductions: pl.DataFrame, fees: pl.DataFrame, earlier: pl.DataFrame, contracts: pl.DataFrame,
    *, book_id: str, month: date, lands_in_month: date,
) -> pl.DataFrame:
    """RECALCULATIONS rows, inside shape. `earlier`: EARLIER proposals; `contracts`: for creditors."""
    return (
        reductions.join(earlier, on=ONE, how="anti", nulls_equal=True)
        .join(fees.select(*LINE_MONTH, "left_kop"), on=LINE_MONTH, nulls_equal=True)
        .sort(*LINE_MONTH, "registered_at", "event_id", nulls_last=True)
        .pipe(_within_the_fee)
        .pipe(as_proposals, contracts, book_id=book_id, month=month, lands_in_month=lands_in_month)
    )


def as_proposals(
    counted: pl.DataFrame, contracts: pl.DataFrame, *, book_id: str, month: date, lands_in_month: date
) -> pl.DataFrame:
    """RECALCULATIONS rows, inside shape, of REDUCTION rows with their three sums."""
    places = contracts.select(PLACE).unique("contract_id", keep="first", maintain_order=True)
    return (
        counted.join(places, on="contract_id", how="left", maintain_order="left")
        .with_columns(
            batch_id=pl.concat_str(
                batch_id(month, pl.col("cause_code"), pl.col("creditor_id").fill_null("-")),
                pl.col("house_id").fill_null("-"), separator=":",
            ),
            lands_in_month=pl.lit(lands_in_month),
            corrected_months=pl.concat_list(pl.col("charge_month").dt.strftime("%Y-%m")),
            covered_months=pl.lit(1, dtype=pl.Int64),
            volume_difference_e7=-pl.col("volume_part_e7"),
            status_code=pl.lit("proposed"),
            waiting_reason_code=pl.lit(None, dtype=pl.String),
            billed_kop=pl.lit(None, dtype=pl.Int64),
            proposal_id=proposal_ids(book_id),
        )
        .select(RECALCULATIONS.inside_names)
        .cast(RECALCULATIONS.inside_schema)  # type: ignore[arg-type]
    )


def _within_the_fee(wanted: pl.DataFrame) -> pl.DataFrame:
    """As far as the fee goes: `reversed_kop`, `charged_again_kop`, `difference_kop`, and said so where it was cut."""
    so_far = pl.col("wanted_kop").cum_sum().over(LINE_MONTH)
    left = pl.col("left_kop").clip(lower_bound=0)
    cut = wording.money_text(pl.col("charged_again_kop") - pl.col("reversed_kop"))
    return (
        wanted.with_columns(
            charged_again_kop=left - pl.min_horizontal(so_far, left),
            reversed_kop=left - pl.min_horizontal(so_far - pl.col("wanted_kop"), left),
        )
        .with_columns(difference_kop=pl.col("charged_again_kop") - pl.col("reversed_kop"))
        .filter(pl.col("difference_kop") < 0)
        .with_columns(
            formula=pl.when(pl.col("difference_kop") == -pl.col("wanted_kop")).then("formula").otherwise(
                pl.concat_str("formula", pl.lit(" Больше платы месяца не снимают: "), cut, pl.lit("."))
            ),
            volume_part_e7=pl.col("volume_part_e7") * (pl.col("difference_kop") == -pl.col("wanted_kop")),
        )
    )


def proposal_ids(book_id: str) -> pl.Expr:
    """proposal_id of one event, cause, line and month."""
    written = pl.concat_str(
        pl.lit(book_id), *(pl.col(name).cast(pl.String).fill_null("") for name in ONE), separator="|"
    )
    return written.map_batches(sha256, return_dtype=pl.String)
