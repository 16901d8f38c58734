"""Each minute counts once: over cycles, in any order, for a flat and its house; acts add up to their union."""

from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.recalculation.applications import acts, billed, lines, rerated
from tests.examples import examples

QUICK = examples(12)
BILLS = lines(billed("2026-06", "1000.00", basis_code="meter"))
START = datetime(2026, 6, 1)
AUGUST = date(2026, 8, 1)
ACT = st.tuples(st.integers(0, 200), st.integers(1, 60), st.sampled_from(["house", "premises"]))


def _acts(*rows: dict[str, Any]) -> pl.DataFrame:
    return acts([{"violation": "cold_water_break"} | row for row in rows], service="cold_water", about="house")


def _sum(proposals: pl.DataFrame) -> int:
    return int(proposals["difference_kop"].sum())


def test_a_later_cycle_takes_off_what_is_new_even_where_its_act_was_registered_before() -> None:
    first = _acts({"from": "2026-06-05 08:00", "hours": 7, "registered": date(2026, 7, 10)})
    both = _acts({"from": "2026-06-05 08:00", "hours": 7, "registered": date(2026, 7, 10)},
                 {"from": "2026-06-05 10:00", "hours": 7, "registered": date(2026, 7, 5)})
    july, _ = rerated(BILLS, bad=first)
    august, back = rerated(BILLS, bad=both, earlier=july, new=["e02"], month=AUGUST)

    # 3 hours above 4, then 2 more
    assert (_sum(july), _sum(august)) == (-450, -300)
    assert august["event_id"].to_list() == ["e02"]
    assert "уже учтено по прежним актам 5 ч 0 мин, по этому новых 2 ч 0 мин" in august["formula"].item()
    assert back.is_empty()


def test_an_act_that_adds_no_minute_in_a_later_cycle_goes_back() -> None:
    both = _acts({"from": "2026-06-05 08:00", "hours": 7},
                 {"from": "2026-06-05 09:00", "hours": 2, "about": "premises"})
    july, _ = rerated(BILLS, bad=both.head(1))
    august, back = rerated(BILLS, bad=both, earlier=july, new=["e02"], month=AUGUST)

    assert august.is_empty()
    assert back.select("event_id", "reason_code", "premises_id", "service_code", "from_on", "to_on").rows() == [
        ("e02", "told_already", "f1", "cold_water", date(2026, 6, 5), date(2026, 6, 5))
    ]


@QUICK
@given(told=st.lists(ACT, min_size=1, max_size=6))
def test_acts_together_take_off_what_their_union_would(told: list[tuple[int, int, str]]) -> None:
    rows = [
        {"from": str(START + timedelta(hours=begun)), "hours": hours, "about": about, "registered": date(2026, 7, 1)}
        for begun, hours, about in told
    ]
    covered = sorted({hour for begun, hours, _ in told for hour in range(begun, begun + hours)})
    begun = [hour for hour in covered if hour - 1 not in covered]
    union = [{"from": str(START + timedelta(hours=hour)), "registered": date(2026, 7, 1),
              "hours": next(over for over in range(hour, 400) if over not in covered) - hour} for hour in begun]

    apart, _ = rerated(BILLS, bad=_acts(*rows))
    together, _ = rerated(BILLS, bad=_acts(*union))
    backwards, _ = rerated(BILLS, bad=_acts(*rows[::-1]))

    at_once = sum(max(0, row["hours"] - 4) for row in union)  # type: ignore[operator]
    hours = max(at_once, len(covered) - 8, 0)
    assert _sum(apart) == _sum(together) == _sum(backwards) == -min(150 * hours, 100_000)
