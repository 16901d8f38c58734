"""A decree that becomes known late: what was settled before it is counted anew, once, and the difference is named."""

import datetime as dt

import polars as pl
import pytest

from pipeline.contracts.ledger import ITEM_KEY
from pipeline.domain.penalty.recount import changed_from, recounted
from tests.domain.penalty import town

#: Day 41 is the day of payment: 11 days at 1/300.
DUE, PAID = dt.date(2025, 1, 10), dt.date(2025, 2, 20)
CAP, RATE = "penalty.rate_cap_percent", "penalty.key_rate_percent"
CUT = dt.date(2025, 3, 10)
OLD = [(CAP, "2024-01-01", "9.5"), (CAP, "2025-01-01", "null"), (RATE, "2024-10-28", "21.00")]


@pytest.mark.parametrize(("now", "expected"), [
    (OLD, None),
    ([*OLD[:1], (CAP, "2025-01-01", "9.5"), *OLD[2:]], dt.date(2025, 1, 1)),
    # a rate of days to come changes nothing that was counted
    ([*OLD, (RATE, "2025-03-11", "20.00")], None), ([*OLD, (RATE, "2025-03-10", "20.00")], dt.date(2025, 3, 10)),
    # a value that was wrong and is gone
    (OLD[:2], dt.date(2024, 10, 28)),
    # a choice of the book is no law of past days
    ([*OLD, ("penalty.rate_mode", "2016-01-01", "per_day"), ("debt.sms_min_rub", "2005-03-01", "1.00")], None),
])
def test_since_when_the_law_is_another(now: list[tuple[str, str, str]], expected: dt.date | None) -> None:
    assert changed_from(OLD, now, until=CUT) == expected


@pytest.mark.parametrize(("told", "penalty", "change"), [("77.00", "34.83", "-42.17"), ("34.83", None, None)])
def test_a_settled_item_is_told_again_only_when_its_penalty_is_another(
    told: str, penalty: str | None, change: str | None
) -> None:
    item = town.key(DUE)
    late = town.counted(town.facts(town.items(), town.movements(town.paid(item, PAID, "10000.00"))), CUT).late_payments
    facts = town.facts(
        town.items(), town.movements(), carried=late,
        stood=town.before(item | {"outstanding_kop": 0, "penalty_kop": town.kop(told)}),
    )

    month = town.counted(facts, CUT)
    again = recounted(month, month.penalties.select(ITEM_KEY))

    rows = again.penalties.select("penalty_kop", "change_kop", "outstanding_kop").rows()
    assert rows == ([] if penalty is None else [(town.kop(penalty), town.kop(str(change)), 0)])
    assert again.accruals.is_empty() == again.late_payments.is_empty() == (penalty is None)


def test_items_that_this_month_moves_itself_stay() -> None:
    item = town.key(DUE)
    facts = town.facts(town.items(), town.movements(town.paid(item, PAID, "10000.00")))

    month = town.counted(facts, CUT)

    assert recounted(month, month.penalties.select(ITEM_KEY).clear()).penalties.equals(month.penalties)
    assert isinstance(month.penalties, pl.DataFrame)
