"""Episodes that ran in another system before the book began."""

import datetime as dt
from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from pipeline.contracts import ledger, opening, registers
from pipeline.contracts.debt import DEBTORS
from pipeline.contracts.gate import gate
from pipeline.domain.debt.debtors import standing
from pipeline.domain.debt.opening import opening_debtors
from pipeline.storage.shapes import to_outside
from tests.domain.debt import town
from tests.domain.debt.town import RULES, account, frame, item

OPENED, NIGHT = dt.date(2026, 4, 30), dt.date(2026, 5, 31)
DUE = dt.date(2026, 2, 10)
SENT = dt.date(2026, 4, 20)


def opened(track: str, stage: str) -> pl.DataFrame:
    dunning = {
        "account_id": "A", "creditor_id": "c1", "track_code": track, "episode_id": "theirs", "stage_code": stage,
        "stage_on": SENT,
    }
    return opening_debtors(
        frame(ledger.OPEN_ITEMS, item(1, OPENED, due_on=DUE, rub="15000.00")), frame(opening.OPENING_DUNNING, dunning),
        frame(registers.ACCOUNTS, account()), rules=RULES, as_of=OPENED, book_id=town.BOOK,
    )


def test_the_opening_keeps_its_contract() -> None:
    found = opened("notice", "debt_receipt")

    gate(to_outside(found, DEBTORS), DEBTORS)
    assert found.select("track_code", "previous_stage_code", "previous_stage_on").rows() == [
        ("notice", "debt_receipt", SENT)
    ]


@pytest.mark.parametrize(
    ("track", "stage", "expected"),
    [
        ("notice", "debt_receipt", [("court", "court_order"), ("notice", "debt_receipt")]),
        ("notice", "reminder", [("court", "none"), ("notice", "sms")]),
        ("court", "court_order", [("court", "court_order"), ("notice", "none")]),
        ("restriction", "notified", [("court", "none"), ("notice", "reminder")]),
        ("notice", "phone call", [("court", "none"), ("notice", "reminder")]),
    ],
)
def test_the_first_month_goes_on_from_there(track: str, stage: str, expected: list[tuple[str, Any]]) -> None:
    facts = replace(town.owing(NIGHT, {"due_on": DUE, "rub": "15000.00"}), previous=opened(track, stage))

    found = standing(facts, rules=RULES, as_of=NIGHT, book_id=town.BOOK).debtors

    assert found.select("track_code", "stage_code").rows() == expected
