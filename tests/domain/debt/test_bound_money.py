"""Money bound to the fixed lines of an advance discount that runs covers no debt; all other advances do."""

import polars as pl
import pytest

from pipeline.contracts.advance_discounts import ADVANCE_TERMS
from pipeline.contracts.ledger import ADVANCES
from pipeline.domain.debt.shields import TERM, may_cover
from tests.domain.debt.town import frame

MONEY = frame(
    ADVANCES, {"account_id": "A", "payment_id": "bound", "contract_reference": "Д-1", "amount_kop": 500},
    {"account_id": "A", "payment_id": "other", "contract_reference": "Д-2", "amount_kop": 300},
    {"account_id": "A", "payment_id": "free", "amount_kop": 200},
    {"account_id": "B", "payment_id": "namesake", "contract_reference": "Д-1", "amount_kop": 100},
)


@pytest.mark.parametrize(("status", "price_kop", "covers"), [
    ("running", 700, ["free", "namesake", "other"]), ("planned", None, ["bound", "free", "namesake", "other"]),
    # a debt may refuse what has not begun, and then this money pays that debt
    ("planned", 700, ["bound", "free", "namesake", "other"]),
    ("awaits_money", 700, ["bound", "free", "namesake", "other"]),
    ("ended", 700, ["bound", "free", "namesake", "other"]), ("finished", 700, ["bound", "free", "namesake", "other"]),
    ("refused", 700, ["bound", "free", "namesake", "other"]),
])
def test_what_covers(status: str, price_kop: int | None, covers: list[str]) -> None:
    terms = frame(ADVANCE_TERMS, {"account_id": "A", "contract_reference": "Д-1", "status_code": status,
                                  "price_kop": price_kop}).select(TERM)

    assert sorted(may_cover(MONEY, terms)["payment_id"]) == covers
    assert may_cover(MONEY, terms.clear()).equals(MONEY)
    assert may_cover(MONEY, terms).schema == pl.Schema(MONEY.schema)
