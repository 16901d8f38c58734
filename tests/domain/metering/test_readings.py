"""Every case of `cases/readings.yaml`, in the order given and in reverse."""

from datetime import date
from typing import Any

import pytest

from pipeline.contracts.gate import gate
from pipeline.contracts.metering import CONSUMPTION, METER_MEMORY
from pipeline.storage.shapes import to_outside
from tests.case_files import cases
from tests.domain.metering.town import E7, Town, scaled

ALL = cases("readings.yaml")


@pytest.mark.parametrize("is_reversed", [False, True])
@pytest.mark.parametrize("case", ALL, ids=[case["case"] for case in ALL])
def test_reading_is_judged_as_the_case_says(case: dict[str, Any], is_reversed: bool) -> None:
    town = Town.of(case.get("meters", [case.get("meter", {})]), last="100.000", last_on=date(2026, 4, 25))
    town.rule_book = town.rule_book.with_overrides(case.get("rules", {}))
    step = -1 if is_reversed else 1

    result, _ = town.run(
        date(2026, 4, 1), readings=case["readings"][::step], checks=case.get("checks", [])[::step],
        windows=case.get("windows", {}),
    )

    found = {
        row["reading_id"]: (row["verdict_code"], row["findings"], row["volume_e7"])
        for row in result.consumption.iter_rows(named=True)
    }
    assert found == {
        one["id"]: (one["verdict"], one["findings"], scaled(one["volume"], E7)) for one in case["judged"]
    }
    gate(to_outside(result.consumption, CONSUMPTION), CONSUMPTION)
    gate(to_outside(result.memory, METER_MEMORY), METER_MEMORY)


def test_accepted_reading_moves_the_register_and_the_history() -> None:
    town = Town.of([{"months": 3, "total": "12.000"}], last="100.000", last_on=date(2026, 4, 25))

    town.run(date(2026, 4, 1), readings=[{"id": "r1", "read_on": date(2026, 5, 24), "value": "105.000"}])

    memory = town.memory.row(0, named=True)
    assert (memory["last_value_e7"], memory["last_read_on"]) == (105 * E7, date(2026, 5, 24))
    assert memory["last_actual_month"] == date(2026, 5, 1)
    assert (memory["actual_months"], memory["actual_volume_e7"]) == (4, 17 * E7)


def test_history_is_not_longer_than_the_longest_average() -> None:
    town = Town.of([{"months": 6, "total": "24.000"}], last="100.000", last_on=date(2026, 4, 25))

    town.run(date(2026, 4, 1), readings=[{"id": "r1", "read_on": date(2026, 5, 24), "value": "111.000"}])

    memory = town.memory.row(0, named=True)
    # (24 + 11) × 6 / 7
    assert (memory["actual_months"], memory["actual_volume_e7"]) == (6, 30 * E7)


def test_a_check_told_late_moves_the_register_and_adds_nothing_to_the_history() -> None:
    town = Town.of([{}], last="100.000", last_on=date(2026, 5, 24))

    town.run(date(2026, 5, 1), checks=[{"id": "a1", "day": date(2026, 5, 27), "value": "130.000"}])

    memory = town.memory.row(0, named=True)
    assert (memory["last_value_e7"], memory["last_read_on"]) == (130 * E7, date(2026, 5, 27))
    assert memory["last_actual_month"] == date(2026, 5, 1)
    assert (memory["actual_months"], memory["actual_volume_e7"]) == (6, 24 * E7)
    assert town.unbilled.is_empty()


def test_rejected_reading_leaves_the_memory_alone() -> None:
    town = Town.of([{}], last="100.000", last_on=date(2026, 4, 25))
    before = town.memory

    town.run(date(2026, 4, 1), readings=[{"id": "r1", "read_on": date(2026, 5, 24), "value": "1.000"}])

    assert town.memory.equals(before)


def test_new_meter_takes_over_the_history_of_its_point() -> None:
    old = {"meter": "A", "point": "p", "removed": date(2026, 4, 30)}
    new = {"meter": "B", "point": "p", "last": None, "installed": date(2026, 4, 30)}
    town = Town.of([old, new], last="100.000", last_on=date(2026, 4, 30))

    result, _ = town.run(
        date(2026, 4, 1), readings=[{"id": "r1", "meter": "B", "read_on": date(2026, 5, 24), "value": "25.000"}]
    )

    # four a month: 25 in April's no days and May are above threefold for two months
    assert result.consumption.row(0, named=True)["average_volume_e7"] == 4 * E7
    assert result.consumption.row(0, named=True)["findings"] == ["above_average"]


def test_meter_shows_its_zones_with_the_first_reading_that_has_one() -> None:
    town = Town.of([{"meter": "A", "last": None}], last="0", last_on=date(2026, 4, 25))
    town.run(date(2026, 3, 1))
    assert town.memory["zone_code"].to_list() == [None]

    town.run(date(2026, 4, 1), readings=[
        {"id": "r1", "zone": "t1", "read_on": date(2026, 5, 24), "value": "100.000"},
        {"id": "r2", "zone": "t2", "read_on": date(2026, 5, 24), "value": "50.000"},
    ])

    assert town.memory["zone_code"].to_list() == ["t1", "t2"]
    assert town.memory["last_value_e7"].to_list() == [100 * E7, 50 * E7]


def test_meter_gone_for_a_year_is_forgotten() -> None:
    town = Town.of([{"removed": date(2025, 4, 30)}], last="100.000", last_on=date(2025, 4, 25))

    town.run(date(2026, 4, 1))
    assert town.memory.height == 1
    town.run(date(2026, 5, 1))
    assert town.memory.is_empty()
