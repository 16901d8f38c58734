"""Every case of `cases/house_corrections.yaml`, and what holds over all of them."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from pipeline.billing_month import BillingMonth
from pipeline.contracts.gate import gate
from pipeline.contracts.house_corrections import HOUSE_CORRECTIONS
from pipeline.contracts.recalculation import RECALCULATIONS
from pipeline.domain.recalculation.house_corrections import cases, corrected
from pipeline.rules.house_corrections import HouseCorrectionRules
from pipeline.storage.shapes import to_outside
from tests.domain.metering.town import KOP, RULES, scaled
from tests.domain.recalculation.houses import CASES, COMMON_SERVICES, balances_of, billed_of, earlier_of, told_of


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_correction_is_what_the_case_says(case: dict[str, Any]) -> None:
    _, found, told = told_of(case)

    gate(to_outside(found.corrections, HOUSE_CORRECTIONS), HOUSE_CORRECTIONS)
    gate(to_outside(told, RECALCULATIONS), RECALCULATIONS)
    expected = case["expect"]
    if expected is None:
        assert found.corrections.is_empty() and told.is_empty()
        return
    house, = found.corrections.to_dicts()
    assert house["reason_code"] == expected.get("reason")
    assert house["left_out_accounts"] == expected.get("left_out", 0)
    assert [house["due_kop"], house["shared_kop"]] == [scaled(expected.get(name), KOP) for name in ("due", "shared")]
    gone = told.filter(pl.col("cause_code") == "closed_account_credit")
    told = told.filter(pl.col("cause_code") != "closed_account_credit")
    given_back = expected.get("given_back", {})
    assert dict(gone.select("account_id", "difference_kop").rows()) == {
        account: scaled(rub, KOP) for account, rub in given_back.items()
    }
    assert (house["closed_credit_kop"] or 0) == gone["difference_kop"].sum()
    sums = {row["account_id"]: row for row in told.group_by("account_id").agg(
        pl.col("reversed_kop", "charged_again_kop", "difference_kop").sum(), documents=pl.len()).to_dicts()}
    parts = {account: [row["reversed_kop"], row["charged_again_kop"], row["difference_kop"]]
             for account, row in sums.items()}
    assert parts == {account: [scaled(rub, KOP) for rub in row] for account, row in expected["parts"].items()}
    for account, documents in expected.get("instalments", {}).items():
        assert sums[account]["documents"] == documents
    if not house["reason_code"]:
        unproposed = scaled(expected.get("unproposed", "0"), KOP)
        assert house["difference_kop"] == told["difference_kop"].sum() + unproposed
        assert house["small_kop"] == unproposed
        assert house["shared_kop"] == found.parts["charged_again_kop"].sum()


def test_parts_land_one_after_another_and_say_which_they_are() -> None:
    _, _, told = told_of(next(case for case in CASES if case["case"].startswith("a year by norm")))
    mine = told.filter(account_id="a1").sort("lands_in_month")

    assert mine["lands_in_month"].to_list() == [month.first_day for month in BillingMonth.range(
        BillingMonth(2027, 2), BillingMonth(2027, 12))]
    assert mine["event_id"][0] == "common_property:H:cold_water_common:2026-01:2026-12:1/11"
    # 1618.80 in eleven: no part differs from another by more than the rounding of both its sums
    assert mine["difference_kop"].max() - mine["difference_kop"].min() <= 2  # type: ignore[operator]
    assert mine["formula"][10].endswith("часть 11 из 11.")
    assert mine["corrected_months"][0].len() == 12


def test_order_of_rows_changes_nothing() -> None:
    case = CASES[1]
    run, billed = BillingMonth(2026, 5), billed_of(case)
    rules = HouseCorrectionRules.in_force(RULES, date(2026, 5, 1))
    asked = cases(
        balances_of(case), earlier_of(case), billed.houses, billed.contracts, COMMON_SERVICES, [], rules=rules,
        month=run,
    )
    turned = billed._replace(lines=billed.lines.reverse(), accounts=billed.accounts.reverse())

    one, other = (corrected(asked, balances_of(case), told, rules=rules) for told in (billed, turned))

    assert one.corrections.equals(other.corrections) and one.parts.equals(other.parts)
