"""The file of 15,000 real debtors: what it says, read exactly, before any rule of ours.

Here: spelling, years, the six statements of each client. Not here: how they become a book (`credit_book.py`).
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Final

import polars as pl

from pipeline.billing_month import BillingMonth

FILE: Final = Path(__file__).resolve().parents[3] / "shared" / "data" / "uci_credit_odd_ids.csv"
MISSING: Final = "настоящих должников нет: ../shared/data/uci_credit_odd_ids.csv (docs/real-data.md)"

#: Statement 1 is April's. The file counts back from September and has no PAY_1.
STATEMENTS: Final = 6
CUTS: Final = 5
FIRST_MONTH: Final = BillingMonth(2025, 4)
_BILLS: Final = [f"BILL_AMT{n}" for n in range(6, 0, -1)]
_PAID: Final = [f"PAY_AMT{n}" for n in range(6, 0, -1)]
_CODES: Final = ["PAY_6", "PAY_5", "PAY_4", "PAY_3", "PAY_2", "PAY_0"]


def month_of(statement: int) -> BillingMonth:
    """Billing month of a statement, the year shifted from 2005 to 2025."""
    return FIRST_MONTH.plus(statement - 1)


def statements(file: Path, clients: int | None = None) -> pl.DataFrame:
    """account_id × statement (1 to 6): bill_kop at its end, paid_kop in its month, code of its month.

    A repeated id stops: nobody could say which of the two the account is. `clients` takes the first ones of the file.
    """
    wide = pl.read_csv(file, infer_schema_length=0)
    if wide["ID"].n_unique() != wide.height:
        raise ValueError(f"repeated ids: {wide.height - wide['ID'].n_unique()}")
    chosen = wide if clients is None else wide.head(clients)
    kopecks = kopecks_of({text for name in (*_BILLS, *_PAID) for text in chosen[name].unique()})
    return pl.concat(
        chosen.select(
            account_id="ID", statement=pl.lit(n, dtype=pl.Int64),
            bill_kop=pl.col(bill).replace_strict(kopecks, return_dtype=pl.Int64()),
            paid_kop=pl.col(paid).replace_strict(kopecks, return_dtype=pl.Int64()), code=pl.col(code).cast(pl.Int64()),
        )
        for n, (bill, paid, code) in enumerate(zip(_BILLS, _PAID, _CODES, strict=True), start=1)
    ).sort("account_id", "statement")


def kopecks_of(texts: set[str]) -> dict[str, int]:
    """Whole roubles however they are spelled (`1.00E+05`), as kopecks; a fraction stops."""
    read = {text: Decimal(text) for text in texts}
    broken = sorted(text for text, value in read.items() if value != value.to_integral_value())
    if broken:
        raise ValueError(f"not whole: {broken[:5]}")
    return {text: int(value) * 100 for text, value in read.items()}


def charged(bills: pl.DataFrame) -> pl.DataFrame:
    """Statements with `charge_kop`, and `before_kop`: what of the bill before was still owed (negative: paid ahead)."""
    before = pl.col("bill_kop").shift(1).over("account_id", order_by="statement") - pl.col("paid_kop")
    is_first = pl.col("statement") == 1
    start = pl.min_horizontal("bill_kop", pl.lit(0, dtype=pl.Int64))
    return bills.with_columns(before_kop=pl.when(is_first).then(start).otherwise(before)).with_columns(
        charge_kop=pl.col("bill_kop") - pl.col("before_kop")
    )
