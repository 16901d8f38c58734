"""Paying what nobody could be asked for starts no penalty: a disputed item, what the owner of a municipal flat owes."""

import datetime as dt
from typing import Any

import pytest

from tests.domain.penalty import town

DUE, PAID_ON, CUT = dt.date(2026, 2, 10), dt.date(2026, 4, 20), dt.date(2026, 5, 31)
JANUARY = dt.date(2026, 1, 1)


def told(reason: str | None = None, *, kind: str = "principal", is_told: bool = True, **of_part: Any) -> list[Any]:
    """(reason, kopecks) of 1 000 ₽ paid 69 days late; `is_told`: the month before told of it while it was open."""
    item = town.key(DUE, debt_kind_code=kind, charge_month=JANUARY)
    stood = town.before(item | {"outstanding_kop": 100_000, "penalty_kop": 0, "reason_code": reason})
    found = town.counted(town.facts(
        town.items(), town.movements(town.paid(item, PAID_ON, "1000.00")),
        stood=stood if is_told else None, **of_part,
    ), CUT)
    return found.penalties.select("reason_code", "penalty_kop").rows()


# 1 000 × 39 days × 9.5 % ÷ 300 = 12.35
@pytest.mark.parametrize(("reason", "expected"), [
    ("disputed", ("disputed", 0)), (None, (None, 1235)), ("time_barred", ("time_barred", 0)),
])
def test_a_dispute_that_stood_when_it_was_paid_stands(reason: str | None, expected: tuple[Any, ...]) -> None:
    assert told(reason) == [expected]


@pytest.mark.parametrize(("account_kind", "kind", "expected"), [
    ("municipal_tenant", "capital_repair", ("disputed", 0)), ("citizen", "capital_repair", (None, 1235)),
    ("municipal_tenant", "principal", (None, 1235)),
])
def test_a_tenant_pays_no_penalty_for_his_landlord(account_kind: str, kind: str, expected: tuple[Any, ...]) -> None:
    assert told(kind=kind, is_told=False, account_kind=account_kind) == [expected]


@pytest.mark.parametrize(("first", "last", "expected"), [
    (JANUARY, None, ("disputed", 0)), (dt.date(2025, 11, 1), JANUARY, ("disputed", 0)),
    (dt.date(2026, 2, 1), None, (None, 1235)), (dt.date(2025, 11, 1), dt.date(2025, 12, 1), (None, 1235)),
])
def test_an_empty_month_bears_none(first: dt.date, last: dt.date | None, expected: tuple[Any, ...]) -> None:
    assert told(is_told=False, account_kind="municipal_tenant", empty=(("A", first, last),)) == [expected]
