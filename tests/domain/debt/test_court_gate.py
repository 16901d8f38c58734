"""Duty by the scale of its day, one case of several accounts, and whether filing pays."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from pipeline.contracts import events, ledger, registers
from pipeline.domain.debt import lists
from pipeline.domain.debt.court_gate import claim_duty, order_duty
from pipeline.domain.debt.debtors import Standing, standing
from pipeline.money import kopecks_of, roubles_of
from pipeline.rules.debt import DebtRules
from pipeline.rules.debt_duty import DutyScale
from pipeline.rules.registry import RuleBook
from tests.case_files import cases
from tests.domain.debt import town
from tests.domain.debt.town import DAY, frame, item

CASES = cases("duty.yaml")
BOOK = RuleBook.read()
OLD, LAST_DAY = dt.date(2026, 1, 12), dt.date(2026, 9, 1)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['filed_on']} {case['price']}")
def test_duty(case: dict[str, Any]) -> None:
    scale = DutyScale.in_force(BOOK, case["filed_on"])
    price = pl.lit(kopecks_of(Decimal(case["price"])))

    found = pl.select(claim=claim_duty(price, scale), order=order_duty(price, scale)).row(0)

    assert [None if kop is None else f"{roubles_of(kop):.2f}" for kop in found] == [case["claim"], case["order"]]


def applied_for(found: Standing) -> list[tuple[str, str, int]]:
    listed = lists.court_list(found, run_on=DAY, book_id=town.BOOK)
    return listed.select("account_id", "stage_code", "duty_kop").rows()


def night(rub: str, second_owner: str, rules: DebtRules = town.RULES, **tables: pl.DataFrame) -> Standing:
    """Two accounts of one flat, limitation near, each with a debt of the sum."""
    rows = [
        item(number, DAY, account=account, due_on=OLD, rub=rub, limitation_on=LAST_DAY)
        for number, account in enumerate(("A", "B"))
    ]
    accounts = [town.account("A"), town.account("B", premises_id="flat-A", opened_on=dt.date(2025, 1, 1))]
    accounts[0]["closed_on"] = dt.date(2026, 1, 31)
    sold = dt.date(2026, 1, 31)
    rights = [town.right("P", valid_to=None if second_owner == "P" else sold)]
    if second_owner != "P":
        rights.append(town.right(second_owner, valid_from=sold + dt.timedelta(days=1)))
    facts = replace(
        town.nothing(), open_items=frame(ledger.OPEN_ITEMS, *rows), accounts=frame(registers.ACCOUNTS, *accounts),
        rights=frame(registers.RIGHTS, *rights), **tables,
    )
    return standing(facts, rules=rules, as_of=DAY, book_id=town.BOOK)


def test_accounts_of_one_flat_and_debtor_are_one_case_with_one_duty() -> None:
    listed = lists.court_list(night("100000.00", "P"), run_on=DAY, book_id=town.BOOK)

    assert listed["case_id"].n_unique() == 1
    assert listed["duty_kop"].to_list() == [3_500_00, 3_500_00]  # (4 000 + 3 % of 100 000) / 2 = 3 500 for 200 000


def test_the_limit_of_an_order_goes_by_the_case() -> None:
    at, over = night("250000.00", "P"), night("250000.01", "P")

    # 500 000: (10 000 + 2.5 % of 200 000) / 2 = 7 500; 500 000.02: 15 000 + 2 % of 0.02 = 15 000.0004 → 15 000, no half
    assert applied_for(at) == [("A", "court_order", 7_500_00), ("B", "court_order", 7_500_00)]
    assert applied_for(over) == [("A", "claim", 15_000_00), ("B", "claim", 15_000_00)]
    assert all("дело больше предела судебного приказа" in reason for reason in over.court["reason"])


def test_an_account_that_is_held_lends_its_price_to_no_case() -> None:
    """Held, B is not filed tonight: A alone is within the limit of an order, and pays the duty of its own sum."""
    held = frame(events.HOLDS, {"account_id": "B", "reason_code": "dispute", "from_on": town.EARLY})

    # 300 000: (4 000 + 3 % of 200 000) / 2 = 5 000
    assert applied_for(night("300000.00", "P", holds=held)) == [("A", "court_order", 5_000_00)]


def test_a_claim_does_not_pay_where_its_duty_is_unknown() -> None:
    """The scale has been read up to 8 000 000: 45 000 + 0.7 % of 5 000 000 = 80 000."""
    at, over = night("4000000.00", "P"), night("4000000.01", "P")

    assert applied_for(at) == [("A", "claim", 80_000_00), ("B", "claim", 80_000_00)]
    assert applied_for(over) == [] and all("она неизвестна" in reason for reason in over.court["reason"])


def test_another_debtor_is_another_case() -> None:
    listed = lists.court_list(night("250000.01", "Q"), run_on=DAY, book_id=town.BOOK)

    assert listed["case_id"].n_unique() == listed.height == 2


def test_a_case_that_does_not_pay_its_duty_says_so() -> None:
    # (5 843.13 + 2 000) × 30 % × 85 % = 1 999.998 → 2 000.00 less the duty is nothing; a kopeck more is worth a kopeck
    gate = replace(town.RULES.court.gate, chance=300_000)
    rules = replace(town.RULES, court=replace(town.RULES.court, gate=gate))
    at, over = (night(rub, "Q", rules) for rub in ("5843.14", "5843.17"))

    assert lists.court_list(at, run_on=DAY, book_id=town.BOOK).is_empty()
    assert all("подавать невыгодно" in reason for reason in at.court["reason"])
    assert lists.court_list(over, run_on=DAY, book_id=town.BOOK)["expected_kop"].to_list() == [1, 1]
