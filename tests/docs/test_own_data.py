"""The guide docs/your-data.md is true: the export in it becomes a book, and its month closes to the kopeck."""

import csv
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from tests.town.books import ROOT, raschet_here

EXAMPLES = ROOT / "docs" / "examples"
EXPORT = EXAMPLES / "export"


def summed(name: str, column: str) -> Decimal:
    """Straight from the export, without the script."""
    with (EXPORT / name).open(encoding="windows-1251", newline="") as file:
        return sum((Decimal(row[column].replace(",", ".")) for row in csv.DictReader(file, delimiter=";")), Decimal(0))


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The book of the guide, opened with its control total and run as of 20 February."""
    book = tmp_path_factory.mktemp("own") / "book"
    subprocess.run([sys.executable, EXAMPLES / "from_export.py", EXPORT, book], check=True, cwd=ROOT)
    debt = summed("debts_2026-02-01.csv", "Остаток")
    for words in (("open", "--debt", f"{debt:.2f}"), ("run", "--month", "2026-01", "--as-of", "2026-02-20")):
        said = raschet_here(book, *words)
        assert said.exit_code == 0, said.output
    return book / "published" / "run_month=2026-01"


def table(month: Path, name: str) -> pl.DataFrame:
    return pl.read_parquet(month / name / "*.parquet")


def test_every_row_of_the_export_is_accepted_or_suspended(month: Path) -> None:
    deliveries = table(month, "deliveries")

    assert deliveries["quarantined_rows"].sum() == 0
    assert deliveries["received_rows"].sum() == deliveries["accepted_rows"].sum() + deliveries["suspended_rows"].sum()
    assert deliveries["suspended_rows"].sum() == 1, "the payment of an account that the export does not know"


def test_the_month_holds_the_sums_of_the_export(month: Path) -> None:
    billed, paid = table(month, "billed_documents"), table(month, "posted_payments")
    suspended = table(month, "suspended_payments")

    assert billed["billed_rub"].sum() == summed("charges_2026-01.csv", "К оплате")
    assert paid["amount_rub"].sum() + suspended["amount_rub"].sum() == summed("payments_2026-02.csv", "Сумма")


def test_what_is_left_to_pay_is_debt_and_bill_less_money(month: Path) -> None:
    left, advances = table(month, "open_items")["outstanding_rub"].sum(), table(month, "advances")["amount_rub"].sum()
    placed = table(month, "posted_payments")["amount_rub"].sum()

    owed = summed("debts_2026-02-01.csv", "Остаток") + summed("charges_2026-01.csv", "К оплате")
    assert left - advances == owed - placed
