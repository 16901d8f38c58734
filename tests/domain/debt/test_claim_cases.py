"""Claims after a cancelled order: every case of tests/cases/claims.yaml."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

import polars as pl
import pytest

from pipeline.contracts import ledger, penalty
from pipeline.contracts.claims import CLAIM_LIST
from pipeline.contracts.gate import gate
from pipeline.domain.debt.arrears import overdue_items
from pipeline.domain.debt.claims import claim_list
from pipeline.domain.debt.court_price import LINES
from pipeline.domain.debt.debtors import Facts
from pipeline.rules.debt_claim import ClaimRules
from pipeline.rules.registry import RuleBook
from pipeline.storage.shapes import to_outside
from tests.case_files import cases
from tests.domain.debt import town
from tests.domain.debt.test_court_cases import tonight
from tests.domain.debt.town import frame, kop

CASES = cases("claims.yaml")
SHOWN = ("claimed_rub", "penalty_rub", "duty_rub", "order_duty_rub", "duty_to_pay_rub")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_claim(case: dict[str, Any]) -> None:
    given, expected = case["given"], dict(case["expect"])

    outside = to_outside(night(given).claims, CLAIM_LIST)
    gate(outside, CLAIM_LIST)
    rows = outside.to_dicts()

    assert [[f"{row[name]:.2f}" for name in SHOWN] for row in rows] == expected.pop("claims")
    for name, value in expected.items():
        shown = rows[0][name]
        assert (shown if isinstance(value, dt.date) else f"{shown:.2f}") == value, name


@dataclass(frozen=True)
class Night:
    """A night of what is given: what was read, the cases, and the claims of them."""

    as_of: dt.date
    rules: ClaimRules
    debts: Facts
    cases: pl.DataFrame
    claims: pl.DataFrame


def night(given: dict[str, Any]) -> Night:
    read, cases = tonight(given)
    debts = replace(read.debts, penalties=_penalties(given), penalty_lines=_lines(given))
    if given.get("is_disputed"):
        debts = replace(debts, open_items=debts.open_items.with_columns(is_disputed=pl.lit(True)))
    rules = ClaimRules.in_force(RuleBook.read(), given["as_of"])
    rules = replace(rules, credits_order_duty=given.get("credits_order_duty", rules.credits_order_duty))
    items = overdue_items(debts.open_items, debts.court_cases)
    return Night(given["as_of"], rules, debts, cases, claim_list(cases, items, debts, rules=rules))


def _penalties(given: dict[str, Any]) -> pl.DataFrame:
    item = town.item(0, given["as_of"], due_on=dt.date(2026, 2, 10), rub=given["open"])
    key = {name: item[name] for name in ledger.ITEM_KEY}
    grown = [{**key, "penalty_kop": kop(given["penalty"])}] if "penalty" in given else []
    return frame(penalty.PENALTIES, *grown)


def _lines(given: dict[str, Any]) -> pl.DataFrame:
    rows = [
        {"account_id": "A", "creditor_id": "c1", "charge_month": charged, "billing_month": billed,
         "paid_kop": kop(rub), "open_kop": 0, "is_before_book": False}
        for charged, billed, rub in given.get("paid_lines", [])
    ]
    return pl.DataFrame(rows, schema=LINES)
