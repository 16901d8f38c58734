"""What must be true of any meter, estimates and readings: no unit lost, no order felt, nothing twice."""

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pipeline import money
from pipeline.billing_month import BillingMonth
from tests.domain.metering.town import E6, E7, Town, scaled
from tests.examples import examples

FIRST = BillingMonth(2025, 12)
VOLUMES = st.integers(min_value=0, max_value=30_000).map(lambda thousandths: f"{Decimal(thousandths) / 1000:.3f}")
TARIFFS = st.sampled_from(["49.19", "50.03", "0.01", "2371.72"])
QUICK = examples(10)


def _town() -> Town:
    return Town.of([{"months": 0, "total": "0"}], last="150.000", last_on=date(2025, 11, 25))


def _in_one_line() -> Town:
    town = _town()
    town.rule_book = town.rule_book.with_overrides({"recalculation.by_month_where": []})
    return town


def _estimate(month: BillingMonth, volume: str, tariff: str) -> dict[str, Any]:
    charged = money.amount_of(scaled(volume, E7) or 0, scaled(tariff, E6) or 0)
    return {
        "document": f"d{month}", "month": str(month), "volume": volume, "tariff": tariff,
        "charged": str(money.roubles_of(charged)),
    }


def _estimated(town: Town, estimates: list[tuple[str, str]], reading: str | None) -> pl.DataFrame:
    """Months billed by average, the reading in the month of the last; returns the proposals."""
    proposals = town.proposals
    for place, (volume, tariff) in enumerate(estimates):
        month = FIRST.plus(place)
        is_last = place == len(estimates) - 1
        readings = [{"id": "r1", "read_on": month.last_day, "value": reading}] if is_last and reading else []
        _, proposals = town.run(month.first_day, billed=[_estimate(month, volume, tariff)], readings=readings)
    return proposals


@QUICK
@given(estimates=st.lists(st.tuples(VOLUMES, TARIFFS), min_size=1, max_size=5), volume=VOLUMES)
def test_months_hold_exactly_what_the_registers_say(estimates: list[tuple[str, str]], volume: str) -> None:
    town = _town()
    _estimated(town, estimates, str(Decimal("150.000") + Decimal(volume)))

    settled = town.unconfirmed.filter(pl.col("settled_code") == "reading")
    assert settled["actual_volume_e7"].sum() == scaled(volume, E7)
    assert (settled["actual_volume_e7"] >= 0).all()
    assert town.memory["estimated_months"].to_list() == [0]
    assert town.unbilled.is_empty()


@QUICK
@given(volumes=st.lists(VOLUMES, min_size=1, max_size=4), tariff=TARIFFS, actual=VOLUMES)
def test_at_one_tariff_the_difference_is_volume_times_tariff(
    volumes: list[str], tariff: str, actual: str
) -> None:
    town = _in_one_line()
    proposals = _estimated(town, [(volume, tariff) for volume in volumes], str(Decimal("150.000") + Decimal(actual)))

    charged = sum(money.amount_of(scaled(volume, E7) or 0, scaled(tariff, E6) or 0) for volume in volumes)
    expected = money.amount_of(scaled(actual, E7) or 0, scaled(tariff, E6) or 0) - charged
    assert proposals["difference_kop"].to_list() == ([expected] if expected else [])


@QUICK
@given(estimates=st.lists(st.tuples(VOLUMES, TARIFFS), min_size=2, max_size=5), actual=VOLUMES)
def test_a_line_a_month_moves_the_total_by_the_rounding_of_its_months(
    estimates: list[tuple[str, str]], actual: str
) -> None:
    value = str(Decimal("150.000") + Decimal(actual))
    apart, whole = _estimated(_town(), estimates, value), _estimated(_in_one_line(), estimates, value)

    moved = int(apart["difference_kop"].sum()) - int(whole["difference_kop"].sum())
    assert apart["covered_months"].to_list() == [1] * apart.height
    assert 2 * abs(moved) <= len(estimates) + 1


@QUICK
@given(volume=VOLUMES, tariff=TARIFFS)
def test_an_estimate_that_was_right_proposes_nothing(volume: str, tariff: str) -> None:
    town = _town()
    assert _estimated(town, [(volume, tariff)], str(Decimal("150.000") + Decimal(volume))).is_empty()


@QUICK
@given(estimates=st.lists(st.tuples(VOLUMES, TARIFFS), min_size=1, max_size=3), volume=VOLUMES)
def test_a_month_in_which_nothing_comes_changes_nothing(estimates: list[tuple[str, str]], volume: str) -> None:
    town = _town()
    _estimated(town, estimates, str(Decimal("150.000") + Decimal(volume)))
    before = (town.memory, town.unconfirmed.filter(pl.col("settled_code").is_null()), town.proposals)

    town.run(FIRST.plus(len(estimates)).first_day)

    assert [frame.equals(other) for frame, other in zip(
        before, (town.memory, town.unconfirmed, town.proposals), strict=True
    )] == [True, True, True]


@QUICK
@given(
    volumes=st.lists(VOLUMES, min_size=2, max_size=4), is_shuffled=st.permutations([0, 1, 2, 3]), value=VOLUMES
)
def test_order_of_rows_is_not_felt(volumes: list[str], is_shuffled: list[int], value: str) -> None:
    lines = [
        {**_estimate(FIRST, volume, "49.19"), "document": f"d{place}"} for place, volume in enumerate(volumes)
    ]
    readings = [
        {"id": f"r{place}", "read_on": date(2026, 1, 20 + place), "value": str(Decimal(value) + 150 + place)}
        for place in range(4)
    ]
    straight, shuffled = _town(), _town()

    straight.run(FIRST.first_day, billed=lines, readings=readings)
    shuffled.run(
        FIRST.first_day, billed=[lines[place] for place in is_shuffled if place < len(lines)],
        readings=[readings[place] for place in is_shuffled],
    )

    assert straight.memory.equals(shuffled.memory)
    assert straight.unconfirmed.equals(shuffled.unconfirmed)
    assert straight.unbilled.equals(shuffled.unbilled)
    assert straight.proposals.equals(shuffled.proposals)


@QUICK
@given(estimates=st.lists(st.tuples(VOLUMES, TARIFFS), min_size=1, max_size=3), volume=VOLUMES)
def test_a_month_run_again_proposes_the_same(estimates: list[tuple[str, str]], volume: str) -> None:
    value = str(Decimal("150.000") + Decimal(volume))
    assert _estimated(_town(), estimates, value).equals(_estimated(_town(), estimates, value))
