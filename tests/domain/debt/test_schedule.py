"""The schedule of an instalment: every case of tests/cases/schedule.yaml."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest

from pipeline.domain.debt.schedule import months_offered, schedule
from pipeline.rules.debt_instalments import InstalmentRules
from tests.case_files import cases
from tests.domain.debt.town import kop

CASES = cases("schedule.yaml")
RULES = InstalmentRules(
    days_after_receipt=10, offer_min_kop=300_000, part_min_kop=100_000, months_max=12, seasonal_percent=25 * 10**4,
    seasonal_months=12, contact_min_kop=10_000,
)
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
    owed = pl.DataFrame({"claimed_kop": [kop(rub)]})

    assert owed.select(months_offered("claimed_kop", RULES)).item() == months
