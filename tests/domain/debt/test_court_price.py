"""Penalties in the price of a claim as a truth table: every case of tests/cases/court_price.yaml."""

import datetime as dt
from typing import Any

import polars as pl
import pytest

from pipeline.contracts import ledger, penalty
from pipeline.domain.debt.court_price import GROWN, PENALTY, free_items, penalties_to_claim, penalty_lines
from tests.case_files import cases
from tests.domain.debt.town import DAY, frame, item, kop

CASES = cases("court_price.yaml")
FIRST_MONTH = dt.date(2026, 1, 1)
NAMES = {"penalty": "penalty_kop", "paid": "penalty_paid_kop", "doubt": "penalty_doubt_kop"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_court_price(case: dict[str, Any]) -> None:
    given = case["given"]
    rows = [
        item(number, DAY, due_on=due_on, rub=rub, month=month, billed=month)
        for number, (month, due_on, rub, *_) in enumerate(given["items"])
    ]
    items = frame(ledger.OPEN_ITEMS, *rows)
    told = items.with_columns(
        penalty_kop=pl.Series([kop(one[3]) for one in given["items"]]),
        before_kop=pl.Series([kop(one[4]) if len(one) > 4 else 0 for one in given["items"]]),
    )
    claimed = kop(given["claimed"]) if "claimed" in given else items["outstanding_kop"].sum()
    pair = pl.DataFrame({"account_id": ["A"], "creditor_id": ["c1"], "claimed_kop": [claimed]})

    free = free_items(items, pair)
    found = penalties_to_claim(free, told.select(PENALTY), _lines(given), told.select(GROWN)).to_dicts()[0]

    assert {name: found[NAMES[name]] for name in case["expect"]} == {
        name: kop(rub) for name, rub in case["expect"].items()
    }


def _lines(given: dict[str, Any]) -> pl.DataFrame:
    common = {"account_id": "A", "creditor_id": "c1", "debt_kind_code": "penalty"}
    paid = frame(penalty.PAID_PENALTIES, *(
        {**common, "document_id": f"p{number}", "charge_month": month, "billing_month": billed, "paid_kop": kop(rub)}
        for number, (month, billed, rub) in enumerate(given.get("paid", []))
    ))
    still_open = frame(ledger.OPEN_ITEMS, *(
        {**common, "document_id": f"o{number}", "charge_month": billed, "billing_month": billed,
         "outstanding_kop": kop(rub)} for number, (billed, rub) in enumerate(given.get("open", []))
    ))
    return penalty_lines(paid, still_open, first_month=FIRST_MONTH)
