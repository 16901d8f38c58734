"""Credits over two months: what April credited goes on in May, where another document credits the same month again.

To 30.06.2026, day 140, that is 60 days at 1/300 and 50 at 1/130 of 9.5 %.

| account | May | penalty |
| R1 | nothing new: 800.00 of 1000.00 were owed | 76.00 x (60/300 + 50/130) = 44.43, before 26.89 |
| S1 | settled on day 64, 200.00 credited in April, 100.00 more | 700 x 9.5 % x 34/300 = 7.54, before 8.61 |
| T1 | 700.00 of 1000.00 | 66.50 x (60/300 + 50/130) = 38.88, before 23.53 |
"""

import datetime as dt

import pytest

import pipeline.checks.penalty  # noqa: F401  declares the checks
from pipeline.billing_month import BillingMonth
from pipeline.checks.room import DECLARED, finding_of
from pipeline.contracts.penalty import CREDITED_CHARGES, PENALTIES
from pipeline.storage.close import close
from pipeline.storage.publish import publish
from pipeline.storage.run import MonthRun
from tests.penalty import town

JUNE = {"document_id": "june-S1", "payment_id": "credit:june-S1:k1"}


@pytest.fixture(scope="module")
def may(tmp_path_factory: pytest.TempPathFactory) -> MonthRun:
    book = town.book_at(tmp_path_factory.mktemp("credits") / "book")
    april = town.computed(book)
    april.record_rules("penalty")
    publish(april)
    close(book, town.MONTH, dt.date(2026, 6, 1))
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


def test_every_check_holds(may: MonthRun) -> None:
    checks = [one.name for one in DECLARED if one.check.__module__ == "pipeline.checks.penalty"]
    found = {name: finding_of(name, may) for name in checks}

    # the lines of these documents bill other sums than waited, which only warns
    assert [name for name, one in found.items() if not one.passed] == ["billers_agree_with_penalties"]
