"""The file of Santa Monica's water use: what it says, and the registers that meters of its rows would show.

Here: customers, rows, derived meters, readings. Not here: who bills what (`santa_monica_biller.py`), how it becomes a
book (`santa_monica_book.py`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import polars as pl

from pipeline.billing_month import BillingMonth

FILE: Final = Path(__file__).resolve().parents[3] / "shared" / "data" / "santa_monica_water.parquet"
MISSING: Final = "настоящих расходов нет: ../shared/data/santa_monica_water.parquet (docs/real-data.md)"
#: Years are shifted by four, leap years on leap years: the rules of courts begin in June 2016.
SHIFT: Final = "48mo"
FIRST_MONTH: Final = BillingMonth(2018, 1)
LAST_MONTH: Final = BillingMonth(2020, 9)
#: The six months of `make test`: four full ones and the first two of the lost ones; every eighth customer.
SIX_MONTHS: Final = (BillingMonth(2019, 2), BillingMonth(2019, 7))
EVERY: Final = 8
#: Nobody's rows: they are delivered, and no register of meters knows them.
NOBODY: Final = 0
UNIT: Final = 10**7


def usages(
    file: Path, first: BillingMonth = FIRST_MONTH, last: BillingMonth = LAST_MONTH, every: int = 1
) -> pl.DataFrame:
    """One row per row of the file, of the months and customers asked for.

    customer (Int64), account_id, meter_id, class_name, month (Date), usage_e7, value_e7: the register of the derived
    meter after the row. `every` takes each so-manieth customer in the order of ids, and nobody.
    """
    told = pl.read_parquet(file).select(
        customer=pl.col("cust_id").cast(pl.Int64), class_name="cust_class", class_code="cust_class_from_utility",
        month=pl.date("usage_year", "usage_month", 1).dt.offset_by(SHIFT), usage_ccf="usage_ccf",
    )
    if told.select((pl.col("usage_ccf") != pl.col("usage_ccf").round()).any() | (pl.col("usage_ccf") < 0).any()).item():
        raise ValueError("the file is not what the mapping was written for")
    place = pl.col("customer").rank("dense").cast(pl.Int64) - 2
    of_month = ("customer", "class_code", "month")
    return (
        told.filter((pl.col("customer") == NOBODY) | (place % every == 0))
        .filter(pl.col("month").is_between(first.first_day, last.first_day))
        .with_columns(usage_e7=pl.col("usage_ccf").cast(pl.Int64) * UNIT)
        .sort(*of_month, "usage_e7", "class_name", descending=[False, False, False, True, False])
        .with_columns(place=pl.int_range(1, pl.len() + 1).over(of_month))
        .with_columns(
            account_id=pl.format("{}", "customer"),
            meter_id=pl.format("{}-{}-{}", "customer", _spelled("class_code"), "place"),
        )
        .with_columns(value_e7=pl.col("usage_e7").cum_sum().over("meter_id", order_by="month"))
        .select("customer", "account_id", "meter_id", "class_name", "month", "usage_e7", "value_e7")
        .sort("customer", "meter_id", "month")
    )


def _spelled(code: str) -> pl.Expr:
    """Rows without a class code still need a name for their meter."""
    return pl.when(pl.col(code).str.strip_chars() == "").then(pl.lit("none")).otherwise(pl.col(code).str.strip_chars())


def known(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of somebody."""
    return rows.filter(pl.col("customer") != NOBODY)


def meters(rows: pl.DataFrame) -> pl.DataFrame:
    """meter_id, account_id, first_month: derived meters, in place from the end of the month before their first row."""
    return known(rows).group_by("meter_id", "account_id").agg(first_month=pl.col("month").min()).sort("meter_id")
