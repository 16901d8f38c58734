"""The memory of each meter that the month leaves to the next: its register, its history, its open estimates.

Open estimates belong to a contract's service and zone; its meters share the sums in equal parts, the odd 10⁻⁷ or
kopeck to the later meter ids, and each shows all the months.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from pipeline import money
from pipeline.contracts.metering import METER_MEMORY
from pipeline.domain.metering.keys import is_recent

_SUMS = ("estimated_volume_e7", "estimated_charged_kop", "norm_volume_e7", "norm_charged_kop")
_COUNTS = ("estimated_months", "norm_months")


def memory_after(registers: pl.DataFrame, open_lines: pl.DataFrame, *, month: date) -> pl.DataFrame:
    """METER_MEMORY, inside shape, in the order of `registers`, zones still ""; meters gone for a year and without open
    estimates are forgotten. `open_lines` ascend by month and document."""
    is_read = ~pl.col("is_new")
    removed_long_ago = ~is_recent(pl.col("removed_on"), pl.lit(month))
    return (
        registers.join(_shares(registers, _estimates(open_lines)), on="register", how="left", maintain_order="left")
        .filter(~removed_long_ago.fill_null(False) | pl.col("estimated_months").is_not_null())
        .with_columns(
            pl.col(*_SUMS, *_COUNTS).fill_null(0),
            pl.col("estimated_charge_months").fill_null(pl.lit([], dtype=pl.List(pl.String))),
            last_value_e7=pl.when(is_read).then("base_value_e7"),
            last_read_on=pl.when(is_read).then("base_on"),
            last_actual_month=pl.when(is_read).then("closed_month"),
        )
        .select(METER_MEMORY.inside_names)
        .cast(METER_MEMORY.inside_schema)  # type: ignore[arg-type]
    )


def _shares(registers: pl.DataFrame, estimates: pl.DataFrame) -> pl.DataFrame:
    """Each register's part of the estimates of its group: all of it, where it is alone."""
    rows = (
        registers.select("register", "group")
        .join(estimates, on="group", maintain_order="left")
        .with_columns(meters=pl.len().over("group"))
    )
    is_alone = pl.col("meters") == 1
    shared = (
        rows.filter(~is_alone)
        .with_columns(number=pl.int_range(pl.len()).over("group"))
        .with_columns(_share(name) for name in _SUMS)
    )
    return pl.concat([rows.filter(is_alone), shared.select(rows.columns)]).drop("group", "meters")


def _share(name: str) -> pl.Expr:
    total, meters = money.widened(name), pl.col("meters").cast(pl.Int64)
    upto = money.divided(total * (pl.col("number") + 1), meters)
    return (upto - money.divided(total * pl.col("number"), meters)).alias(name)


def _estimates(open_lines: pl.DataFrame) -> pl.DataFrame:
    """One row per group: sums and months of its open lines billed by average and by norm, and their last tariff."""
    is_average = pl.col("basis_code") == "average"
    is_norm = pl.col("basis_code").is_in(["norm", "norm_uplift"])
    lines = open_lines.filter(is_average | is_norm).with_columns(
        average_starts=_starts_month(is_average), norm_starts=_starts_month(is_norm),
        written=pl.col("charge_month").dt.strftime("%Y-%m"),
    )
    months = pl.concat([lines.filter("average_starts"), lines.filter("norm_starts")])
    return (
        lines.group_by("group")
        .agg(
            estimated_volume_e7=_when(is_average, "volume_e7").sum(),
            estimated_charged_kop=_when(is_average, "charged_kop").sum(),
            estimated_months=pl.col("average_starts").sum(),
            norm_volume_e7=_when(is_norm, "volume_e7").sum(),
            norm_charged_kop=_when(is_norm, "charged_kop").sum(),
            norm_months=pl.col("norm_starts").sum(),
        )
        .join(_last_tariffs(lines), on="group", how="left")
        .join(months.group_by("group", maintain_order=True).agg(estimated_charge_months="written"), on="group")
    )


def _when(is_kind: pl.Expr, name: str) -> pl.Expr:
    return pl.when(is_kind).then(name).otherwise(0)


def _starts_month(is_kind: pl.Expr) -> pl.Expr:
    """The first line of its kind in the month: several documents of one month are one month."""
    return is_kind & pl.when(is_kind).then("month_key").is_first_distinct()


def _last_tariffs(lines: pl.DataFrame) -> pl.DataFrame:
    priced = lines.drop_nulls("tariff_e6")
    return priced.group_by("group", maintain_order=True).agg(estimated_tariff_e6=pl.col("tariff_e6").last())
