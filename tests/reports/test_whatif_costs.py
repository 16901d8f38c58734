"""What the lists of a scenario cost: each by its own price, a court list by its orders alone."""

from datetime import date

import polars as pl

from pipeline.contracts.scenarios import SCENARIO_MOVES, WHOLE_LIST
from pipeline.reports.whatif.compared import Prices, figures
from pipeline.rules.registry import RuleBook
from tests.domain.debt.town import frame

NIGHT = date(2026, 5, 31)


def test_a_claim_is_not_priced_as_an_order() -> None:
    """Three orders before; in the scenario one has become a claim and one has gone: 3 × 2 000 ₽, then 1 × 2 000 ₽."""
    book = RuleBook.read()
    told = figures(frame(
        SCENARIO_MOVES, listed("A", "court_order", "court_order"), listed("B", "court_order", "claim"),
        listed("C", "court_order", None),
    ), Prices.of(book, book, NIGHT)).filter(pl.col("part_code") == WHOLE_LIST).row(0, named=True)

    assert (told["rows_before"], told["rows_after"]) == (3, 2)
    assert (told["cost_before_kop"], told["cost_after_kop"]) == (6_000_00, 2_000_00)


def listed(account: str, before: str | None, after: str | None) -> dict[str, object]:
    return {
        "list_code": "court_list", "entry_key": f"{account}|c1", "account_id": account, "creditor_id": "c1",
        "move_code": "stays" if before and after else "leaves", "stage_before": before, "stage_after": after,
        "before_kop": 1 if before else None, "after_kop": 1 if after else None,
    }
