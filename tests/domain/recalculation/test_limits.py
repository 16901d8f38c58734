"""Every case of `cases/limits.yaml`: which new proposals wait for a person, and why."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from pipeline.contracts.recalculation import RECALCULATIONS
from pipeline.domain.recalculation.limits import (
    Tripped,
    billed_by_contract,
    held_by_account,
    held_by_slice,
    totals,
    tripped,
    usual_bills,
    waiting_halves,
)
from pipeline.rules.recalculation_limits import LimitRules
from tests.case_files import cases
from tests.domain.metering.town import KOP, RULES, frame, scaled
from tests.domain.recalculation.applications import billed, lines

ALL = cases("limits.yaml")
LIMITS = LimitRules.in_force(RULES, date(2026, 7, 1))
CONTRACTS = pl.DataFrame({
    "contract_id": ["k-h1", "k-h2", "k-other"], "house_id": ["h1", "h2", "h3"], "creditor_id": ["c1", "c1", "c2"],
})


def _proposals(case: dict[str, Any]) -> pl.DataFrame:
    told = []
    for one in case["proposals"]:
        for time in range(one.get("times", 1)):
            account = one["of"] if "times" not in one else f"{one['of']}{time}"
            told.append({"proposal_id": str(len(told)), "account_id": account,
                         "contract_id": case.get("contract", "k-h1"),
                         "difference_kop": scaled(one["sum"], KOP), "cause_code": one.get("cause", "absence"),
                         "status_code": "proposed", "corrected_months": ["2026-06"]})
    return frame(RECALCULATIONS, told)


@pytest.mark.parametrize("case", ALL, ids=[case["case"] for case in ALL])
def test_what_is_above_its_limit_waits(case: dict[str, Any]) -> None:
    new = _proposals(case)
    usual = scaled(case.get("usual", "5000.00"), KOP)
    bills = new.select("account_id").unique().with_columns(usual_kop=pl.lit(usual, dtype=pl.Int64))
    cycle = case.get("billed", {"h1": "1000000.00"})
    of_cycle = pl.DataFrame({
        "contract_id": [f"k-{house}" for house in cycle],
        "billed_kop": [scaled(sum_rub, KOP) for sum_rub in cycle.values()],
    }).join(CONTRACTS, on="contract_id")

    held = held_by_account(new, bills, rules=LIMITS)
    slices = tripped(totals(held, CONTRACTS, rules=LIMITS), of_cycle, rules=LIMITS)
    found = held_by_slice(held, CONTRACTS, slices, rules=LIMITS)

    asked = case["waits"] * (case["proposals"][0].get("times", 1))
    assert found["waiting_reason_code"].to_list() == asked
    assert found["status_code"].to_list() == ["waits_for_approval" if why else "proposed" for why in asked]


def test_usual_bill_is_the_average_of_the_months_billed() -> None:
    bills = lines(billed("2026-06", "100.00"), billed("2026-06", "50.00", service="gas"), billed("2026-07", "51.00"),
                  billed("2026-07", "-20.00", batch_id="2026-06:absence:c1:h1"))
    assert usual_bills(bills)["usual_kop"].to_list() == [10050]


def test_a_document_replaced_in_the_same_cycle_bills_nothing() -> None:
    told = pl.DataFrame({
        "contract_id": ["k-h1", "k-h1", "k-h2"], "document_id": ["d1", "d2", "d3"],
        "payable_kop": [100_00, 120_00, 7_00],
    })
    live = billed_by_contract(told, pl.Series(["d1"])).sort("contract_id")
    assert live.rows() == [("k-h1", 120_00), ("k-h2", 7_00)]


def test_where_one_half_waits_the_other_waits_with_it() -> None:
    """The former owner's usual bill is known, the new owner's is not; a pair lies in two parts."""
    told = frame(RECALCULATIONS, [
        {"proposal_id": name, "account_id": account, "contract_id": "k-h1", "difference_kop": kop, "cause_code": cause,
         "status_code": "proposed", "corrected_months": ["2026-06"]}
        for name, account, kop, cause in [
            ("ab", "A1", -160_00, "change_of_owner"), ("ba", "A2", 160_00, "change_of_owner"),
            ("cd", "A3", -5_00, "change_of_owner"), ("dc", "A4", 5_00, "change_of_owner"),
            ("xy", "A5", -160_00, "absence"), ("yx", "A6", 5_00, "absence"),
        ]
    ])
    bills = pl.DataFrame({"account_id": ["A1", "A5"], "usual_kop": [100_00, 100_00]})

    held = held_by_account(told, bills, rules=LIMITS)
    found = held_by_slice(held, CONTRACTS, Tripped(halves=waiting_halves(held)), rules=LIMITS)

    assert dict(found.select("account_id", "waiting_reason_code").rows()) == {
        "A1": "account_history", "A2": "other_half", "A3": None, "A4": None, "A5": "account_history", "A6": None}
    assert found.filter(account_id="A2")["status_code"].item() == "waits_for_approval"
