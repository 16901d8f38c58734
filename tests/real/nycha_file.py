"""The file of New York's public-housing water bills: what it says, read exactly, before any rule of ours.

Here: spelling, kopecks, which account, document and chain a row belongs to, and what the file by itself lets expect.
Not here: how rows become a book (`nycha_book.py`). Row order is the file's, and so is `row`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import polars as pl

from pipeline.billing_month import BillingMonth

FILE: Final = Path(__file__).resolve().parents[3] / "shared" / "data" / "nycha_water_2013_2019.parquet"
MISSING: Final = "настоящих счетов нет: ../shared/data/nycha_water_2013_2019.parquet (docs/real-data.md)"
#: Years are shifted by four, leap years on leap years: the rules of courts begin in June 2016.
SHIFT: Final = "48mo"
FIRST_MONTH: Final = BillingMonth(2017, 1)
LAST_MONTH: Final = BillingMonth(2023, 12)
#: The six months of `make test`: most of what is odd in the file stands in them.
SIX_MONTHS: Final = (BillingMonth(2023, 4), BillingMonth(2023, 9))

UNMETERED: Final = "UN-METERED"
_MONEY: Final = {
    "charged_kop": "Water_Sewer_Charges", "recalculated_kop": "Other_Charges", "payable_kop": "Current_Charges",
}
_MONTH: Final = ("account_id", "billing_month")


def bills(file: Path, first: BillingMonth = FIRST_MONTH, last: BillingMonth = LAST_MONTH) -> pl.DataFrame:
    """One row per row of the file, of the billing months asked for.

    row, development, borough, account_id, document_id, billing_month, charge_month (of the last day of service),
    days, basis_code, volume_e7, charged_kop, recalculated_kop, payable_kop, copy (0: the first row of its document),
    chain (the place of its period among those of its account and month), version (its place in the chain).
    """
    told = pl.read_parquet(file).with_row_index("row").with_columns(
        billing_month=pl.format("{}-01", "Revenue_Month").str.to_date().dt.offset_by(SHIFT),
        started_on=pl.col("Service_Start_Date").str.to_date("%m/%d/%Y").dt.offset_by(SHIFT),
        ended_on=pl.col("Service_End_Date").str.to_date("%m/%d/%Y").dt.offset_by(SHIFT),
        **{name: kopecks(pl.col(column)) for name, column in _MONEY.items()},
    ).filter(pl.col("billing_month").is_between(first.first_day, last.first_day))
    _require_exact(told)
    return (
        told.with_columns(account_id=_account())
        .with_columns(document_id=pl.format("{}-{}", "UMIS_BILL_ID", "account_id"))
        .with_columns(copy=pl.int_range(pl.len()).over("document_id", order_by="row"))
        .pipe(_with_chains)
        .select(
            "row", "account_id", "document_id", "billing_month", "chain", "version", "copy",
            "charged_kop", "recalculated_kop", "payable_kop",
            development=pl.col("TDS_No").cast(pl.String), borough="Borough",
            charge_month=pl.col("ended_on").dt.month_start(),
            days=(pl.col("ended_on") - pl.col("started_on")).dt.total_days(),
            basis_code=pl.when(pl.col("Meter_Number") == UNMETERED).then(pl.lit("fixed"))
            .when(pl.col("Estimated") == "Y").then(pl.lit("average")).otherwise(pl.lit("meter")),
            volume_e7=pl.col("Consumption_HCF").cast(pl.Int64) * 10**7,
        )
        .sort("row")
    )


def kopecks(amount: pl.Expr) -> pl.Expr:
    """Whole cents of a binary fraction."""
    return (amount * 100).round().cast(pl.Int64)


def _require_exact(told: pl.DataFrame) -> None:
    """Every amount is whole cents, current = water and sewer + other, and periods have the days the file says."""
    off = [((pl.col(column) * 100 - pl.col(name)).abs() > 1e-6).any() for name, column in _MONEY.items()]
    adds_up = pl.col("payable_kop") == pl.col("charged_kop") + pl.col("recalculated_kop")
    days = ((pl.col("ended_on") - pl.col("started_on")).dt.total_days() == pl.col("#_days")).all()
    if not told.select(pl.any_horizontal(*off).not_() & adds_up.all() & days).item():
        raise ValueError("the file is not what the mapping was written for")


def _account() -> pl.Expr:
    """Development and meter; what has no meter is told apart by its place among the month's unmetered bills."""
    place = pl.col("UMIS_BILL_ID").rank("dense").over("TDS_No", "billing_month", "Meter_Number").cast(pl.Int64)
    meter = pl.when(pl.col("Meter_Number") == UNMETERED).then(pl.format("{}-{}", "Meter_Number", place))
    return pl.format("{}-{}", "TDS_No", meter.otherwise(pl.col("Meter_Number")))


def _with_chains(told: pl.DataFrame) -> pl.DataFrame:
    """Bills of one account, month and period are versions of each other; a period of no days is no period."""
    first = told.filter(pl.col("copy") == 0)
    has_period = (pl.col("ended_on") > pl.col("started_on")).fill_null(False)
    own = pl.when(has_period).then(pl.lit(0, dtype=pl.Int64)).otherwise(pl.col("UMIS_BILL_ID"))
    never = pl.date(9999, 1, 1)
    placed = first.with_columns(
        _own=own, _began=pl.col("started_on").fill_null(never), _ended=pl.col("ended_on").fill_null(never)
    ).with_columns(
        chain=pl.struct("_began", "_ended", "_own").rank("dense").over(_MONTH).cast(pl.Int64),
        version=pl.col("UMIS_BILL_ID").rank("dense").over(*_MONTH, "_began", "_ended", "_own").cast(pl.Int64),
    )
    return told.join(placed.select("document_id", "chain", "version"), on="document_id", how="left")
