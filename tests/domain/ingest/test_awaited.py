"""Which registries are in: the closed formula against a queue that is played through."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pipeline.contracts.ingest import AWAITED_REGISTRIES
from pipeline.contracts.registers import ISSUE_CALENDAR
from pipeline.domain.ingest.awaited import awaited_registries

FIRST = date(2026, 1, 1)
days = st.lists(st.integers(0, 30), max_size=12)


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def played(covers: list[int], came: list[int]) -> int:
    """How many expected registries are in: each one that comes takes the earliest that it can cover."""
    waiting, filled = sorted(covers), 0
    for moment in sorted(came):
        if filled < len(waiting) and waiting[filled] <= moment:
            filled += 1
    return filled


@given(covers=days, came=days)
def test_the_formula_plays_the_queue(covers: list[int], came: list[int]) -> None:
    expected = sorted(covers)
    calendar = pl.DataFrame(
        [("bank", "site", day(40 + place), day(number)) for place, number in enumerate(expected)],
        schema=ISSUE_CALENDAR.inside_schema, orient="row",
    )
    registries = pl.DataFrame(
        [("bank", day(number), True) for number in came],
        schema={"provider_code": pl.String, "received_on": pl.Date, "is_complete": pl.Boolean}, orient="row",
    )

    told = awaited_registries(calendar, registries, AWAITED_REGISTRIES.empty_inside(), issue_on=FIRST,
                              next_issue_on=day(31), cut_on=day(31)).sort("expected_on")

    filled = played(covers, came)
    assert told["status_code"].to_list() == ["received"] * filled + ["awaited"] * (len(covers) - filled)
