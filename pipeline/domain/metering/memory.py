"""The memory of each meter that the month leaves to the next: its register, its history, its open estimates.

Open estimates belong to a contract's service and zone; its meters share the sums in equal parts, the odd 10⁻⁷ or
kopeck to the later meter ids, and each shows all the months.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from pipeline import money
from pipeline.contracts.metering import METER_MEMORY
from pipeline.domain.metering.keys import GROUP, METER, is_recent

_SUMS = ("estimated_volume_e7", "estimated_charged_kop", "norm_volume_e7", "norm_charged_kop")


def memory_after(registers: pl.DataFrame, open_lines: pl.DataFrame, *, month: date) -> pl.DataFrame:
    """METER_MEMORY, inside shape, zones still ""; meters gone for a year and without open estimates are forgotten."""
    is_read = ~pl.col("is_new")
    removed_long_ago = ~is_recent(pl.col("removed_on"), pl.lit(month))
    return (
        registers.join(_estimates(open_lines), on=GROUP, how="left")
        .filter(~removed_long_ago.fill_null(False) | pl.col("estimated_months").is_not_null())
        .sort(METER)
        .with_columns(_share(name) for name in _SUMS)
        .with_columns(
            pl.col("estimated_months", "norm_months").fill_null(0),
            pl.col("estimated_charge_months").fill_null(pl.lit([], dtype=pl.List(pl.String))),
            last_value_e7=pl.when(is_read).then("base_value_e7"),
            last_read_on=pl.when(is_read).then("base_on"),
            last_actual_month=pl.when(is_read).then("closed_month"),
        )
        .select(METER_MEMORY.inside_names)
        .cast(METER_MEMORY.inside_schema)  # type: ignore[arg-type]
    )


def _share(name: str) -> pl.Expr:
    total = money.widened(name)
    meters = pl.len().over(GROUP)
    number = pl.int_range(pl.len()).over(GROUP)
    share = money.divided(total * (number + 1), meters) - money.divided(total * number, meters)
    return share.fill_null(0).alias(name)


def _estimates(open_lines: pl.DataFrame) -> pl.DataFrame:
    is_average = pl.col("basis_code") == "average"
    is_norm = pl.col("basis_code").is_in(["norm", "norm_uplift"])
    written = pl.col("charge_month").dt.strftime("%Y-%m")

    def months(which: pl.Expr) -> pl.Expr:
        return written.filter(which).unique().sort()

    return (
        open_lines.filter(is_average | is_norm)
        .sort("charge_month", "document_id")
        .group_by(GROUP)
        .agg(
            estimated_volume_e7=pl.col("volume_e7").filter(is_average).sum(),
            estimated_charged_kop=pl.col("charged_kop").filter(is_average).sum(),
            estimated_months=pl.col("charge_month").filter(is_average).n_unique(),
            estimated_tariff_e6=pl.col("tariff_e6").drop_nulls().last(),
            norm_volume_e7=pl.col("volume_e7").filter(is_norm).sum(),
            norm_charged_kop=pl.col("charged_kop").filter(is_norm).sum(),
            norm_months=pl.col("charge_month").filter(is_norm).n_unique(),
            average_months=months(is_average),
            norms=months(is_norm),
        )
        .with_columns(estimated_charge_months=pl.concat_list("average_months", "norms"))
        .drop("average_months", "norms")
    )
