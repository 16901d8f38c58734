"""Charge lines of metered services that no accepted register has confirmed: where they come from, who settles them.

    open now = open before (or what the opening memory sums up) + lines of this cycle's documents
               − superseded by a newer document version − trued up by the biller himself

A line of the biller with a recalculation and without a batch of ours, on the same account, contract and service, in a
later document than the estimate, settles the estimate: whatever it was for, nothing of ours may double it.

Row: MONTH key, document_id, basis_code, volume_e7, unit_code, tariff_e6, charged_kop.
"""

from __future__ import annotations

import polars as pl

from pipeline import money
from pipeline.domain.metering.keys import GROUP, MONTH, SERVICE

OPENING_DOCUMENT = "opening"
#: One document may bill a month on several bases; the first of these names it.
BASES = ("meter", "norm_uplift", "average", "norm")
ROW = (*MONTH, "document_id", "basis_code", "volume_e7", "unit_code", "tariff_e6", "charged_kop")


def lines_of_the_cycle(charges: pl.DataFrame, superseded: pl.DataFrame, registers: pl.DataFrame) -> pl.DataFrame:
    """This cycle's charge lines of groups that have a register, per month and document.

    A line that only recalculates is no bill of its month: its volume, where it has one, is a difference.
    """
    is_correction = (pl.col("charged_kop") == 0) & (pl.col("recalculated_kop") != 0)
    place = {basis: number for number, basis in enumerate(BASES)}
    return (
        charges.filter(pl.col("basis_code").is_in(list(BASES)) & pl.col("batch_id").is_null(), ~is_correction)
        .join(superseded, on="document_id", how="anti")
        .join(registers.select(GROUP).unique(), on=GROUP, how="semi")
        .sort("line_number")
        .group_by(*MONTH, "document_id")
        .agg(
            basis=pl.col("basis_code").replace_strict(place, return_dtype=pl.Int64).min(),
            volume_e7=pl.col("volume_e7").sum(),
            unit_code=pl.col("unit_code").drop_nulls().first(),
            tariff_e6=pl.col("tariff_e6").drop_nulls().last(),
            charged_kop=money.total("charged_kop"),
        )
        .with_columns(basis_code=pl.col("basis").replace_strict(dict(enumerate(BASES)), return_dtype=pl.String))
        .select(ROW)
    )


def lines_of_the_opening(memory: pl.DataFrame, carried: pl.DataFrame) -> pl.DataFrame:
    """Estimates that a memory only knows as sums, in equal parts per month: average months first, then norm."""
    sums = (
        memory.join(carried.select(GROUP).unique(), on=GROUP, how="anti")
        .filter(pl.col("estimated_months") + pl.col("norm_months") > 0)
        .sort("meter_id")
        .group_by(GROUP)
        .agg(
            pl.col("estimated_volume_e7", "estimated_charged_kop", "norm_volume_e7", "norm_charged_kop").sum(),
            pl.col("estimated_months").max(),
            pl.col("estimated_tariff_e6").drop_nulls().last(),
            pl.col("estimated_charge_months").first(),
        )
    )
    months = (
        sums.explode("estimated_charge_months", empty_as_null=True)
        .drop_nulls("estimated_charge_months")
        .with_columns(number=pl.int_range(pl.len()).over(GROUP))
        .with_columns(is_average=pl.col("number") < pl.col("estimated_months"))
    )
    return months.with_columns(
        pl.col("estimated_charge_months").add("-01").str.to_date("%Y-%m-%d").alias("charge_month"),
        pl.lit(OPENING_DOCUMENT).alias("document_id"),
        pl.when("is_average").then(pl.lit("average")).otherwise(pl.lit("norm")).alias("basis_code"),
        _equal_part("volume_e7"),
        _equal_part("charged_kop"),
        pl.lit(None, dtype=pl.String).alias("unit_code"),
        pl.when("is_average").then("estimated_tariff_e6").alias("tariff_e6"),
    ).select(ROW)


def _equal_part(name: str) -> pl.Expr:
    kind = (*GROUP, "is_average")
    total = money.widened(pl.when("is_average").then(f"estimated_{name}").otherwise(f"norm_{name}"))
    months = pl.len().over(kind)
    number = pl.int_range(pl.len()).over(kind)
    return (money.divided(total * (number + 1), months) - money.divided(total * number, months)).alias(name)


def split_superseded(lines: pl.DataFrame, superseded: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Lines that stay, and those whose document has a newer version."""
    return (
        lines.join(superseded, on="document_id", how="anti"),
        lines.join(superseded, on="document_id", how="semi").with_columns(settled_code=pl.lit("superseded")),
    )


def split_trued_up(
    lines: pl.DataFrame, charges: pl.DataFrame, superseded: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Lines that stay, and those that the biller's own recalculation of this cycle settles."""
    recalculated = (
        charges.filter(pl.col("batch_id").is_null() & (pl.col("recalculated_kop") != 0))
        .join(superseded, on="document_id", how="anti")
        .select(SERVICE)
        .unique()
    )
    return (
        lines.join(recalculated, on=SERVICE, how="anti"),
        lines.join(recalculated, on=SERVICE, how="semi").with_columns(settled_code=pl.lit("biller")),
    )
