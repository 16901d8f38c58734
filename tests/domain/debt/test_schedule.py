"""The schedule of an instalment: every case of tests/cases/schedule.yaml; who is offered one."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from pipeline.contracts.debt import DEBTORS, INSTALMENTS
from pipeline.domain.debt.schedule import months_offered, offers, schedule
from pipeline.rules.debt_instalments import InstalmentRules
from tests.debt.town import full
from tests.domain.debt.town import kop

CASES = yaml.safe_load((Path(__file__).parents[2] / "cases" / "schedule.yaml").read_text(encoding="utf-8"))
RULES = InstalmentRules(days_after_receipt=10, offer_min_kop=300_000, part_min_kop=100_000, months_max=12)
NIGHT = dt.date(2026, 6, 20)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_schedule(case: dict[str, Any]) -> None:
    parts = schedule(kop(case["total_rub"]), case["months"], case["signed_on"])

    assert parts == [(on, kop(rub)) for on, rub in case["parts"]]
    assert sum(part for _, part in parts) == kop(case["total_rub"])


@pytest.mark.parametrize("months", [0, -1, 3])
def test_a_part_holds_a_kopeck_at_least(months: int) -> None:
    with pytest.raises(ValueError, match="2 kopecks"):
        schedule(2, months, NIGHT)


@pytest.mark.parametrize(("rub", "months"), [
    ("1999.99", 2), ("3000.00", 3), ("3999.99", 3), ("11999.99", 11), ("12000.00", 12), ("99999.00", 12),
])
def test_as_few_parts_as_keep_the_smallest(rub: str, months: int) -> None:
    assert months_offered(kop(rub), RULES) == months


def debtor(**more: Any) -> pl.DataFrame:
    return full(DEBTORS, {
        "account_id": "A", "creditor_id": "U", "track_code": "notice", "previous_stage_code": "debt_receipt",
        "previous_stage_on": dt.date(2026, 6, 10), "claimed_kop": 300_000, "holds": [], **more,
    })


@pytest.mark.parametrize(("more", "agreed", "is_offered"), [
    ({}, None, True), ({}, "finished", True),
    ({"previous_stage_on": dt.date(2026, 6, 11)}, None, False), ({"claimed_kop": 299_999}, None, False),
    ({"previous_stage_code": "sms"}, None, False), ({"holds": ["dispute"]}, None, False),
    ({"track_code": "court"}, None, False), ({}, "kept", False), ({}, "broken", False),
    ({"overdue_longer_kop": 1}, None, False),
])
def test_who_is_offered_one(more: dict[str, Any], agreed: str | None, is_offered: bool) -> None:
    known = INSTALMENTS.empty_inside()
    if agreed:
        known = full(INSTALMENTS, {"account_id": "A", "creditor_id": "U", "status_code": agreed})

    assert offers(debtor(**more), known, rules=RULES, as_of=NIGHT).height == int(is_offered)


@pytest.mark.parametrize(("stage", "is_offered"), [("none", True), ("court_order", False)])
def test_what_goes_to_court_is_offered_nothing(stage: str, is_offered: bool) -> None:
    rows = pl.concat([debtor(), debtor(track_code="court", stage_code=stage, previous_stage_code=None)])

    found = offers(rows, INSTALMENTS.empty_inside(), rules=RULES, as_of=NIGHT)

    assert found.height == int(is_offered)
