"""What counts as a change of a register: never a first delivery, dropped history or another spelling of the same."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from pipeline.domain.recalculation.register_changes import (
    FLATS,
    HOUSES,
    NORMS,
    PERSONS,
    TARIFFS,
    Register,
    changed,
)

SINCE, ENDED, APRIL = date(2020, 1, 1), date(2024, 12, 31), date(2026, 4, 11)


def rows(register: Register, *told: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(list(told), schema=register.table.inside_schema)


def person(name: str | None, since: date = SINCE, to: date | None = None, count: int | None = None) -> dict[str, Any]:
    return {"premises_id": "p1", "person_id": name, "persons_count": count, "valid_from": since, "valid_to": to}


def tariff(value: int, since: date = SINCE, to: date | None = None, **scope: str) -> dict[str, Any]:
    return {"service_code": "heating", "part_code": "variable", "tariff_e6": value, "valid_from": since,
            "valid_to": to, **scope}


def since_of(register: Register, before: list[dict[str, Any]], now: list[dict[str, Any]]) -> list[date] | None:
    found = changed(rows(register, *before), rows(register, *now), register)
    return None if found is None else found.touched["since"].to_list()


def test_a_register_that_comes_for_the_first_time_changes_nothing() -> None:
    assert since_of(PERSONS, [], [person("a")]) is None


def test_the_same_rows_in_another_order_change_nothing() -> None:
    assert since_of(PERSONS, [person("a"), person("b")], [person("b"), person("a")]) is None


def test_a_person_who_comes_and_one_who_leaves_count_from_that_day() -> None:
    assert since_of(PERSONS, [person("a")], [person("a"), person("b", APRIL)]) == [APRIL]
    assert since_of(PERSONS, [person("a")], [person("a", to=APRIL)]) == [date(2026, 4, 12)]


def test_persons_named_instead_of_counted_change_nothing() -> None:
    assert since_of(PERSONS, [person(None, count=2)], [person("a"), person("b")]) is None


def test_dropped_history_is_no_change_and_stays_known() -> None:
    old = [person("a", to=ENDED), person("b")]
    assert since_of(PERSONS, old, [person("b")]) is None
    found = changed(rows(PERSONS, *old), rows(PERSONS, person("b"), person("c", APRIL)), PERSONS)
    assert found is not None and found.touched["since"].to_list() == [APRIL]
    assert found.now.sort("person_id")["person_id"].to_list() == ["a", "b", "c"]


def test_dropped_history_of_counted_persons_stays_known() -> None:
    old = [person(None, to=ENDED, count=2), person(None, date(2025, 1, 1), count=3)]
    now = [person(None, date(2025, 1, 1), date(2026, 4, 10), 3), person(None, APRIL, count=4)]
    found = changed(rows(PERSONS, *old), rows(PERSONS, *now), PERSONS)
    assert found is not None and found.touched["since"].to_list() == [APRIL]
    assert found.now.height == 3


def test_a_new_tariff_that_ends_the_old_one_counts_from_its_first_day() -> None:
    before, ended = [tariff(100)], date(2026, 9, 30)
    assert since_of(TARIFFS, before, [tariff(100, to=ended), tariff(110, date(2026, 10, 1))]) == [date(2026, 10, 1)]
    assert since_of(TARIFFS, before, [tariff(90)]) == [SINCE]


def test_scopes_that_nothing_changes_are_left_out() -> None:
    before = [tariff(100, territory_code="t1"), tariff(100, territory_code="t2")]
    found = changed(rows(TARIFFS, *before), rows(TARIFFS, before[0], tariff(90, territory_code="t2")), TARIFFS)
    assert found is not None and found.touched["territory_code"].to_list() == ["t2"]
    assert found.before["tariff_e6"].to_list() == [100] and found.now["tariff_e6"].to_list() == [90]


def test_an_area_changes_for_all_time_and_other_facts_of_a_flat_do_not() -> None:
    flat = {"premises_id": "p1", "house_id": "h1", "area_m2_e7": 54, "heated_area_m2_e7": None}
    assert since_of(FLATS, [flat], [flat | {"area_m2_e7": 52}]) == [date(1900, 1, 1)]
    assert since_of(FLATS, [flat], [flat | {"meter_impossible_services": ["cold_water"]}]) is None
    assert since_of(FLATS, [flat], [flat, flat | {"premises_id": "p2"}]) is None
    assert since_of(HOUSES, [{"house_id": "h1", "common_area_m2_e7": 5}], [{"house_id": "h1"}]) == [date(1900, 1, 1)]


def test_a_norm_told_for_one_house_counts_for_it_alone() -> None:
    norm = {"service_code": "cold_water", "per_code": "person", "norm_volume_e7": 4, "valid_from": SINCE}
    found = changed(rows(NORMS, norm), rows(NORMS, norm, norm | {"house_id": "h1"}), NORMS)
    assert found is not None and found.touched["house_id"].to_list() == ["h1"]
