"""Every changed rouble lands under the cause that was planted; nothing is left over, and nothing moves by itself."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest

from pipeline.contracts.changes import CHANGES
from pipeline.contracts.gate import gate
from tests.reports.changes.conftest import Nights
from tests.reports.changes.nights import ADDED, PLANTED


@pytest.mark.parametrize(("account", "cause"), PLANTED.items(), ids=PLANTED.values())
def test_each_planted_account_has_its_own_cause_only(nights: Nights, account: str, cause: str) -> None:
    own = nights.planted.changes.filter(pl.col("account_id") == account)

    assert own.height
    assert set(own["cause_code"]) == {cause}


def test_nobody_else_has_changed(nights: Nights) -> None:
    assert set(nights.planted.changes["account_id"]) == set(PLANTED)


def test_causes_carry_their_roubles(nights: Nights) -> None:
    debt = {
        row["cause_code"]: row["net_rub"] for row in nights.planted.causes
        if (row["table_name"], row["measure_code"]) == ("open_items", "outstanding")
    }

    assert debt.pop("reversal") > Decimal(0), "the money of a reversed payment is owed again"
    assert debt == {"late_payment": Decimal("-1000.00"), "corrected_document": ADDED}
    assert nights.planted.net("posted_payments", "received") == Decimal("1000.00")


@pytest.mark.parametrize(("table", "reference"), [("posted_payments", "LATE-1"), ("debtors", "instalment")])
def test_causes_name_what_they_rest_on(nights: Nights, table: str, reference: str) -> None:
    own = nights.planted.changes.filter(pl.col("table_name") == table)

    assert reference in own["cause_reference"].to_list()


def test_two_days_without_arrivals_are_time_alone(nights: Nights) -> None:
    assert nights.later.codes == {"time"}
    assert nights.later.net("open_items", "outstanding") == Decimal(0)
    assert nights.later.net("sms_list", "claimed") > Decimal(0), "the day of the reminder has come"


def test_another_rule_on_the_same_night_is_the_rule_alone(nights: Nights) -> None:
    assert nights.ruled.codes == {"rule"}
    assert set(nights.ruled.changes["cause_reference"]) == {"recalculation.approval_from_rub"}


def test_the_same_night_again_changes_nothing(nights: Nights) -> None:
    assert nights.same.causes == []
    assert nights.same.changes.height == 0
    assert nights.same.totals, "the totals stand there, equal on both sides"


def test_every_night_adds_up_to_the_kopeck_and_nothing_is_unexplained(nights: Nights) -> None:
    for night in (nights.planted, nights.later, nights.ruled, nights.same):
        assert "unexplained" not in night.codes
        for total in night.totals:
            assert total["difference_rub"] == total["explained_rub"], total
            assert total["after_rows"] - total["before_rows"] == total["explained_rows"], total


def test_changed_rows_keep_their_contract(nights: Nights) -> None:
    gate(nights.planted.changes, CHANGES)
    for name in CHANGES.primary_key:
        assert nights.planted.changes[name].null_count() == 0


def test_the_summary_shows_the_largest_causes(nights: Nights) -> None:
    assert "Что изменило долг с 15.01.2026" in nights.planted.said
    assert "сторно платежа" in nights.planted.said
    assert "Долг с прошлого запуска не изменился." in nights.later.said
