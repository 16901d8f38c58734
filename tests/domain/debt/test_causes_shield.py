"""Whatever the cause of a recalculation, its credit keeps the account from being troubled, and its charge asks for
nothing before a document bills it."""

from dataclasses import replace

import polars as pl
import pytest

from pipeline.contracts import ledger, recalculation, registers
from pipeline.contracts.recalculation import RECALCULATIONS, UNBILLED_STATUSES
from pipeline.domain.debt.debtors import Facts, standing
from tests.domain.debt import town
from tests.domain.debt.town import DAY, frame, item, kop

CAUSES = next(column.allowed for column in RECALCULATIONS.columns if column.name == "cause_code") or ()
LONG_AGO = DAY.replace(year=DAY.year - 1)


def _owing_everywhere() -> Facts:
    """An account for each cause, each with the same old debt."""
    return replace(
        town.nothing(),
        accounts=frame(registers.ACCOUNTS, *(town.account(cause) for cause in CAUSES)),
        rights=frame(registers.RIGHTS, *(town.right(account_id=cause) for cause in CAUSES)),
        open_items=frame(ledger.OPEN_ITEMS, *(
            item(number, DAY, due_on=LONG_AGO, rub="900.00", account=cause) for number, cause in enumerate(CAUSES)
        )),
    )


def _notices(rub: str | None, status: str = "proposed") -> pl.DataFrame:
    """The debtors where every account has a proposal of its cause; none where `rub` is None."""
    proposals = [
        {"account_id": cause, "contract_id": "k-c1", "cause_code": cause, "difference_kop": kop(rub),
         "status_code": status} for cause in CAUSES
    ] if rub is not None else []
    facts = replace(_owing_everywhere(), recalculations=frame(recalculation.RECALCULATIONS, *proposals))
    found = standing(facts, rules=town.RULES, as_of=DAY, book_id=town.BOOK).debtors
    return found.filter(pl.col("track_code") == "notice").sort("account_id")


@pytest.mark.parametrize("status", UNBILLED_STATUSES)
def test_a_credit_of_any_cause_keeps_its_account_off_the_lists(status: str) -> None:
    troubled, covered = _notices(None), _notices("-900.00", status)

    assert troubled["account_id"].to_list() == covered["account_id"].to_list() == sorted(CAUSES)
    assert "none" not in troubled["stage_code"], "without the credit each is asked"
    assert covered.select("claimed_kop", "stage_code").unique().rows() == [(0, "none")]


def test_a_credit_that_is_billed_or_rejected_covers_nothing_twice() -> None:
    for status in ("billed", "rejected", "settled_by_biller"):
        assert _notices("-900.00", status)["claimed_kop"].to_list() == [kop("900.00")] * len(CAUSES)


def test_a_charge_of_any_cause_asks_for_nothing_before_it_is_billed() -> None:
    assert _notices("700.00").equals(_notices(None))
