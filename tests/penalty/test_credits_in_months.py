"""Credits over two months: what April credited goes on in May, where another document credits the same month again.

To 30.06.2026, day 140, that is 60 days at 1/300 and 50 at 1/130 of 9.5 %.

| account | May | penalty |
| R1 | nothing new: 800.00 of 1000.00 were owed | 76.00 x (60/300 + 50/130) = 44.43, before 26.89 |
| S1 | settled on day 64, 200.00 credited in April, 100.00 more | 700 x 9.5 % x 34/300 = 7.54, before 8.61 |
| T1 | 700.00 of 1000.00 | 66.50 x (60/300 + 50/130) = 38.88, before 23.53 |

U1 over three months: April replaces the document that credited 400.00 of it, May settles it on day 130, June takes the
payment back. To 31.07.2026, day 171, all 1000.00 were owed: 95.00 x (60/300 + 81/130) = 78.19, before 48.23 = 95.00 x
(60/300 + 40/130).
"""

import datetime as dt
import shutil
from pathlib import Path

import polars as pl
import pytest

import pipeline.checks.penalty  # noqa: F401  declares the checks
from pipeline.billing_month import BillingMonth
from pipeline.checks.room import DECLARED, finding_of
from pipeline.contracts.penalty import CREDITED_CHARGES, PENALTIES
from pipeline.storage.book import Book
from pipeline.storage.close import close
from pipeline.storage.files import parquet_files
from pipeline.storage.publish import publish
from pipeline.storage.run import MonthRun
from tests.debt.test_checks_fail import add, of
from tests.penalty import town

NAME = "credited_months_follow_lines"
JUNE = {"document_id": "june-S1", "payment_id": "credit:june-S1:k1"}


def after_april(root: Path) -> Book:
    book = town.book_at(root)
    publish_and_close(town.computed(book), dt.date(2026, 6, 1))
    return book


def publish_and_close(run: MonthRun, on: dt.date) -> None:
    run.record_rules("penalty")
    publish(run)
    close(run.book, run.month, on)


@pytest.fixture(scope="module")
def may(tmp_path_factory: pytest.TempPathFactory) -> MonthRun:
    book = after_april(tmp_path_factory.mktemp("credits") / "book")
    again = [row | JUNE for row in town.credit_of("S1", 10000)]
    return town.computed(book, dt.date(2026, 6, 30), BillingMonth(2026, 5), again)


def test_each_month_goes_on_from_the_one_before(may: MonthRun) -> None:
    told = {row["account_id"]: row for row in may.read(PENALTIES).to_dicts()}

    assert {account: (told[account]["before_kop"], told[account]["penalty_kop"]) for account in ("R1", "S1", "T1")} == {
        "R1": (2689, 4443), "S1": (861, 754), "T1": (2353, 3888),
    }


def test_credits_of_one_month_stand_side_by_side(may: MonthRun) -> None:
    rows = may.read(CREDITED_CHARGES).select("account_id", "credit_document_id", "credited_kop").rows()

    assert rows == [
        ("R1", "may-R1", 20000), ("S1", "june-S1", 10000), ("S1", "may-S1", 20000), ("T1", "apr-T1", 30000),
        ("V1", "mar-V1", 10000),
    ]


@pytest.fixture(scope="module")
def taken_back(tmp_path_factory: pytest.TempPathFactory) -> MonthRun:
    """June takes back the payment of U1, whose credit was dropped in April."""
    book = after_april(tmp_path_factory.mktemp("dropped") / "book")
    paid_on = dt.date(2026, 6, 20)
    without = [item for item in town.ITEMS if item["account_id"] != "U1"]
    paid = [town.moved("U1", paid_on, 100000)]
    may = town.computed(book, dt.date(2026, 6, 30), BillingMonth(2026, 5), paid, without, replaces_older=False)
    publish_and_close(may, dt.date(2026, 7, 1))
    back = [town.moved("U1", paid_on, -100000, rule_code="reversal")]
    return town.computed(book, dt.date(2026, 7, 31), BillingMonth(2026, 6), back, replaces_older=False)


def test_a_credit_that_was_dropped_does_not_come_back(taken_back: MonthRun) -> None:
    told = taken_back.read(PENALTIES).filter(of("U1")).select("before_kop", "penalty_kop").rows()

    assert told == [(4823, 7819)]
    assert "U1" not in taken_back.read(CREDITED_CHARGES)["account_id"]
    assert finding_of(NAME, taken_back).passed


def test_a_credit_that_comes_back_after_all_is_seen(taken_back: MonthRun, tmp_path: Path) -> None:
    shutil.copytree(taken_back.book.root, tmp_path / "book", symlinks=True)
    run = MonthRun.resume(Book.at(tmp_path / "book"), taken_back.month, taken_back.run_id)
    path = run.folder / "credited_charges" / "part-000.parquet"
    add(of("R1"), account_id="U1", document_id="d-U1")(pl.read_parquet(path)).write_parquet(path)

    finding = finding_of(NAME, run)

    assert (finding.passed, finding.sample_ids) == (False, ["U1"])


def test_the_check_opens_no_file_of_older_months(may: MonthRun, tmp_path: Path) -> None:
    shutil.copytree(may.book.root, tmp_path / "book", symlinks=True)
    book = Book.at(tmp_path / "book")
    older = book.published(may.month.plus(-2)).resolve()
    unreadable = [file for table in ("penalties", "late_payments") for file in parquet_files(older / table)]
    for file in unreadable:
        file.chmod(0o600)
        file.write_bytes(b"unreadable")

    assert unreadable
    assert finding_of(NAME, MonthRun.resume(book, may.month, may.run_id)).passed


def test_every_check_holds(may: MonthRun) -> None:
    checks = [one.name for one in DECLARED if one.check.__module__ == "pipeline.checks.penalty"]
    found = {name: finding_of(name, may) for name in checks}

    # the lines of these documents bill other sums than waited, which only warns
    assert [name for name, one in found.items() if not one.passed] == ["billers_agree_with_penalties"]
