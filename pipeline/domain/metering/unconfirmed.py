"""Charge lines of metered services that no accepted register has confirmed: where they come from, who settles them.

    open now = open before (or what the opening memory sums up) + lines of this cycle's documents
               − superseded by a newer document version − trued up by the biller himself

A line of the biller with a recalculation and without a batch of ours, on the same account, contract and service, in a
later document than the estimate, settles the estimate: whatever it was for, nothing of ours may double it.

Row: numbers and texts of the MONTH key, document_id, basis_code, volume_e7, unit_code, tariff_e6, charged_kop.
"""

from __future__ import annotations

import polars as pl

from pipeline import money
from pipeline.domain.metering.keys import GROUP, MONTH, month_key

OPENING_DOCUMENT = "opening"
#: One document may bill a month on several bases; the first of these names it.
BASES = ("meter", "norm_uplift", "average", "norm")
_BILLED = ("document_id", "basis_code", "volume_e7", "unit_code", "tariff_e6", "charged_kop")
ROW = ("service", "group", "month_key", *MONTH, *_BILLED)
#: What this room reads of a charge line.
CHARGE = (*MONTH, *_BILLED, "line_number", "recalculated_kop", "batch_id")


def lines_of_billers(charges: pl.DataFrame, superseded: pl.Series, contracts: pl.Series) -> pl.DataFrame:
    """Lines of `contracts`, those of meters and of open lines, that bill volumes or recalculate on the biller's own
    account: neither ours by a batch nor of a document that has a newer version. All that follows looks at them alone.
    """
    return charges.lazy().select(CHARGE).filter(
        pl.col("batch_id").is_null(),
        pl.col("basis_code").is_in(list(BASES)) | (pl.col("recalculated_kop") != 0),
        pl.col("contract_id").is_in(contracts.implode()),
        ~pl.col("document_id").is_in(superseded.implode()),
    ).collect()


def lines_of_the_cycle(charges: pl.DataFrame, registers: pl.DataFrame) -> pl.DataFrame:
    """This cycle's lines (of `lines_of_billers`) of groups that have a register, per month and document.

    A line that only recalculates is no bill of its month: its volume, where it has one, is a difference.
    """
    is_correction = (pl.col("charged_kop") == 0) & (pl.col("recalculated_kop") != 0)
    bills = charges.filter(
        pl.col("basis_code").is_in(list(BASES)) & ~is_correction,
        pl.col("group").is_in(registers.get_column("group").implode()),
    ).with_columns(month_key=month_key())
    # Nearly every month is one line of one document: only the others are summed.
    is_alone = pl.len().over("month_key") == 1
    alone = bills.filter(is_alone).with_columns(pl.col("volume_e7").fill_null(0))
    return pl.concat([alone.select(ROW), _summed(bills.filter(~is_alone))])


def _summed(bills: pl.DataFrame) -> pl.DataFrame:
    place = {basis: number for number, basis in enumerate(BASES)}
    return (
        bills.sort("line_number")
        .group_by("month_key", "document_id")
        .agg(
            pl.col("service", "group", *MONTH).first(),
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
        memory.filter(~pl.col("group").is_in(carried.get_column("group").implode()))
        .sort("meter_id")
        .group_by("group")
        .agg(
            pl.col("service", *GROUP).first(),
            pl.col("estimated_volume_e7", "estimated_charged_kop", "norm_volume_e7", "norm_charged_kop").sum(),
            pl.col("estimated_months").max(),
            pl.col("estimated_tariff_e6").drop_nulls().last(),
            pl.col("estimated_charge_months").first(),
        )
    )
    months = (
        sums.explode("estimated_charge_months", empty_as_null=True)
        .drop_nulls("estimated_charge_months")
        .with_columns(number=pl.int_range(pl.len()).over("group"))
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
    ).with_columns(month_key=month_key()).select(ROW)


def _equal_part(name: str) -> pl.Expr:
    kind = ("group", "is_average")
    total = money.widened(pl.when("is_average").then(f"estimated_{name}").otherwise(f"norm_{name}"))
    months = pl.len().over(kind)
    number = pl.int_range(pl.len()).over(kind)
    return (money.divided(total * (number + 1), months) - money.divided(total * number, months)).alias(name)


def split_superseded(lines: pl.DataFrame, superseded: pl.Series) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Lines that stay, and those whose document has a newer version."""
    return _split(lines, pl.col("document_id").is_in(superseded.implode()), "superseded")


def split_trued_up(lines: pl.DataFrame, charges: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Lines that stay, and those that the biller's own recalculation of this cycle (`lines_of_billers`) settles."""
    recalculated = charges.filter(
        pl.col("recalculated_kop") != 0, pl.col("service").is_in(lines.get_column("service").implode())
    ).get_column("service")
    return _split(lines, pl.col("service").is_in(recalculated.implode()), "biller")


def _split(lines: pl.DataFrame, is_settled: pl.Expr, code: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    return lines.filter(~is_settled), lines.filter(is_settled).with_columns(settled_code=pl.lit(code))
