"""Organisations over three months: what a consumer pays in the free days of citizens is late, carried and taken back.

| account | May, to 30.06.2026 | June, to 31.07.2026 |
| W1 | the 300.00 of day 20 are taken back: 1300 x 9.5 % x 140/130 = 133.00, before 84.77 | 171/130: 162.45 |
| W2 | paid in full on day 5: 47.50 x 5/130 = 1.83, before 5.85 | taken back: 47.50 x 77/130 = 28.13, before 1.83 |
| X2 | 500.00 open, 100.00 paid on day 35: 2.5577 + 47.50 x 140/130 = 53.71, before 42.75 | 2.5577 + 171/130: 65.04 |
"""

import datetime as dt
from typing import Any

import pytest

import pipeline.checks.penalty  # noqa: F401  declares the checks
from pipeline.billing_month import BillingMonth
from pipeline.checks.room import DECLARED, finding_of
from pipeline.contracts.penalty import LATE_PAYMENTS, PENALTIES
from pipeline.storage.run import MonthRun, NotComputed
from tests.penalty import town
from tests.penalty.test_credits_in_months import after_april, publish_and_close

CHECKS = [one.name for one in DECLARED if one.check.__module__ == "pipeline.checks.penalty"]
#: The lines of these documents bill other sums than waited, which only warns.
EXPECTED = ["billers_agree_with_penalties"]
DAY_5 = dt.date(2026, 5, 20)


def with_all_of_w1(*left_out: str) -> list[dict[str, Any]]:
    own = [town.of_item("W1", 130000)]
    return own + [item for item in town.ITEMS if item["account_id"] not in ("W1", *left_out)]


@pytest.fixture(scope="module")
def may_and_june(tmp_path_factory: pytest.TempPathFactory) -> tuple[MonthRun, MonthRun]:
    book = after_april(tmp_path_factory.mktemp("organisations") / "book")
    moved = [town.moved("W1", town.DAY_20, -30000, rule_code="reversal"),
             town.moved("W2", DAY_5, 50000, due_on=town.MAY)]
    may = town.computed(book, dt.date(2026, 6, 30), BillingMonth(2026, 5), moved, with_all_of_w1("W2"))
    assert failing(may) == EXPECTED
    publish_and_close(may, dt.date(2026, 7, 1))
    back = [town.moved("W2", DAY_5, -50000, due_on=town.MAY, rule_code="reversal")]
    june = town.computed(book, dt.date(2026, 7, 31), BillingMonth(2026, 6), back, with_all_of_w1())
    return may, june


def failing(run: MonthRun) -> list[str]:
    return [name for name in CHECKS if not finding_of(name, run).passed]


def told(run: MonthRun) -> dict[str, tuple[int, int]]:
    return {
        row["account_id"]: (row["before_kop"], row["penalty_kop"])
        for row in run.read(PENALTIES).to_dicts() if row["account_id"] in ("W1", "W2", "X2")
    }


def test_what_is_late_from_day_1_is_carried_and_comes_back(may_and_june: tuple[MonthRun, MonthRun]) -> None:
    may, june = may_and_june

    assert told(may) == {"W1": (8477, 13300), "W2": (585, 183), "X2": (4275, 5371)}
    assert told(june) == {"W1": (13300, 16245), "W2": (183, 2813), "X2": (5371, 6504)}


def test_late_payments_of_organisations_go_with_their_items(may_and_june: tuple[MonthRun, MonthRun]) -> None:
    own = [
        [row for row in run.read(LATE_PAYMENTS).select("account_id", "paid_on", "paid_kop").rows() if row[0][0] in "WY"]
        for run in may_and_june
    ]

    assert own == [[("W2", DAY_5, 50000)], []]


def test_every_check_holds(may_and_june: tuple[MonthRun, MonthRun]) -> None:
    assert failing(may_and_june[1]) == EXPECTED


@pytest.mark.parametrize("name", [
    "penalties_are_counted_again_day_by_day", "every_late_item_is_told_and_no_other", "late_payments_follow_movements",
])
def test_a_closed_month_is_counted_again_from_what_is_published(
    may_and_june: tuple[MonthRun, MonthRun], name: str
) -> None:
    may, _ = may_and_june

    with pytest.raises(NotComputed):
        finding_of("scales_of_organisations_follow_registers", may)
    assert finding_of(name, may).passed
