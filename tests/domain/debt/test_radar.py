"""The limitation radar as a truth table: every case of tests/cases/radar.yaml."""

from typing import Any

import pytest

from pipeline.contracts import events, ledger
from pipeline.domain.debt.arrears import overdue_items
from pipeline.domain.debt.radar import limitation_radar
from pipeline.money import roubles_of
from tests.case_files import cases
from tests.domain.debt.town import DAY, first_of_month, frame, item

CASES = cases("radar.yaml")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_radar(case: dict[str, Any]) -> None:
    rows, filed = [], []
    for number, told in enumerate(case["given"]):
        due_on = told["limitation_on"].replace(year=2023)
        rows.append(item(number, DAY, due_on=due_on, **{k: v for k, v in told.items() if k != "in_court"}))
        if told.get("in_court"):
            month = first_of_month(due_on, 1)
            filed.append({"account_id": "A", "creditor_id": "c1", "from_month": month, "to_month": month})

    found = limitation_radar(
        overdue_items(frame(ledger.OPEN_ITEMS, *rows), frame(events.COURT_CASES, *filed)), as_of=DAY
    ).rows()

    shown = [[*(f"{roubles_of(kop):.2f}" for kop in row[2:5]), row[5]] for row in found]
    assert shown == ([] if case["expect"] is None else [case["expect"]])
