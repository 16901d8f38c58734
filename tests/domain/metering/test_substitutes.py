"""Every case of `cases/substitutes.yaml`, `substitute_mismatches.yaml` and `verification.yaml`; what holds over all."""

from datetime import date
from functools import cache
from typing import Any

import polars as pl
import pytest

from pipeline.contracts.billing import CHARGES
from pipeline.contracts.gate import gate
from pipeline.contracts.substitution import SUBSTITUTE_MISMATCHES, SUBSTITUTE_VOLUMES, VERIFICATION_CALENDAR
from pipeline.contracts.table import Table
from pipeline.domain.metering.billed_otherwise import mismatches
from pipeline.domain.metering.status import statuses
from pipeline.domain.metering.substitution import substitute_volumes
from pipeline.domain.metering.verification import calendar
from pipeline.storage.shapes import to_outside
from tests.case_files import cases
from tests.domain.metering.lapses import (
    MAY,
    acts_of,
    bills_of,
    known_of,
    month_given,
    norms_of,
    rules_on,
    town_of,
)
from tests.domain.metering.town import E7, KOP, charge_row, frame, month_of, scaled

VOLUMES, MISMATCHES = cases("substitutes.yaml"), cases("substitute_mismatches.yaml")
VERIFICATIONS = cases("verification.yaml")


def _named(given: list[dict[str, Any]]) -> dict[str, Any]:
    return {"argvalues": given, "ids": [case["case"] for case in given]}


def _substitutes(case: dict[str, Any]) -> pl.DataFrame:
    town, month = town_of(case), month_given(case)
    before = town.memory
    result, _ = town.run(month, readings=case.get("readings", []))
    if "then" in case:
        month, before = month_of(case["then"]), town.memory
        result, _ = town.run(month)
    return substitute_volumes(known_of(case, town, before, result.consumption), rules=rules_on(month), month=month)


@cache
def _due(number: int) -> pl.DataFrame:
    """What is due in a case of VOLUMES: computed once, told by the case and billed as it is."""
    return _substitutes(VOLUMES[number])


def _holds(rows: pl.DataFrame, table: Table) -> None:
    gate(to_outside(rows, table), table)


@pytest.mark.parametrize("number", range(len(VOLUMES)), ids=[case["case"] for case in VOLUMES])
def test_substitute_is_what_the_case_says(number: int) -> None:
    case, found = VOLUMES[number], _due(number)

    _holds(found, SUBSTITUTE_VOLUMES)
    told = {
        "meter": "meter_id", "reason": "reason_code", "run": "run_number", "basis": "basis_code", "status":
        "meter_status_code", "since": "status_since_on", "missing": "missing_code", "percent": "uplift_percent",
        "inspect_by": "inspection_due_on",
    }
    shown = [
        {name: row[told[name]] for name in one if name in told}
        | {"volume": row["volume_e7"], "uplift": row["uplift_volume_e7"]}
        for one, row in zip(case["expect"], found.iter_rows(named=True), strict=True)
    ]
    assert shown == [
        one | {"volume": scaled(one["volume"], E7), "uplift": scaled(one["uplift"], E7)} for one in case["expect"]
    ]


@pytest.mark.parametrize("case", **_named(MISMATCHES))
def test_bill_differs_as_the_case_says(case: dict[str, Any]) -> None:
    town, month = town_of(case), month_given(case)
    before, bills = town.memory, bills_of(case, town, month)
    result, _ = town.run(month)
    due = substitute_volumes(known_of(case, town, before, result.consumption), rules=rules_on(month), month=month)

    found = mismatches(due, bills, rules=rules_on(month), month=month)

    _holds(found, SUBSTITUTE_MISMATCHES)
    shown = [(row["cause_code"], row["volume_difference_e7"], row["difference_kop"])
             for row in found.iter_rows(named=True)]
    assert shown == [(one["cause"], scaled(one["volume"], E7), scaled(one["rub"], KOP)) for one in case["expect"]]
    due_told = [one["due"] for one in case["expect"] if "due" in one]
    assert due_told == [] or found["due_kop"].to_list() == [scaled(one, KOP) for one in due_told]


@pytest.mark.parametrize("case", **_named(VERIFICATIONS))
def test_calendar_names_term_and_cost_as_the_case_says(case: dict[str, Any]) -> None:
    meter = {"verified_until": case["until"], "months": case.get("months", 6), "total": case.get("total", "24.000"),
             "removed": case.get("removed")}
    given = {**case, "meter": meter}
    town = town_of(given)
    result, _ = town.run(MAY)
    known = known_of(given, town, town.memory, result.consumption)
    tariff = case.get("tariff", "46.98")
    line = {"document": "d", "month": "2026-05", "basis": "area", "tariff": tariff}
    billed = [] if tariff is None else [charge_row(1, line) | {"service_code": case.get("service", "cold_water")}]
    # a norm told without a tariff of its own would hide that nothing was billed
    norms = norms_of(given).with_columns(tariff_e6=pl.lit(None, dtype=pl.Int64))

    known = known._replace(norms=known.norms._replace(told=norms))

    found = calendar(known, frame(CHARGES, billed), rules=rules_on(MAY), month=MAY, as_of=date(2026, 5, 31))

    _holds(found, VERIFICATION_CALENDAR)
    shown = [
        {"left": row["days_left"], "within": row["within_days"], "cost": row["lapse_cost_kop"]}
        | ({"missing": row["missing_code"]} if row["missing_code"] else {})
        for row in found.iter_rows(named=True)
    ]
    expected = case["expect"]
    assert shown == ([] if expected is None else [expected | {"cost": scaled(expected["cost"], KOP)}])


def test_acts_come_in_any_order() -> None:
    case = next(case for case in VOLUMES if case["case"].startswith("inspected after the refusals"))
    town, acts = town_of(case), acts_of(case)

    for rows in (acts, acts.reverse(), acts.sort("act_code")):
        assert statuses(town.meters, rows, on=date(2026, 5, 31)).is_empty()
        april = statuses(town.meters, rows, on=date(2026, 4, 30)).row(0, named=True)
        assert (april["status_code"], april["since_on"]) == ("no_admission", date(2026, 2, 12))
        assert april["refused_again_on"] == date(2026, 3, 20)


def test_status_changes_on_the_very_day() -> None:
    case = {"acts": [{"act": "failed", "from": date(2026, 5, 10)}, {"act": "commissioned", "from": date(2026, 5, 20)}]}
    town, acts = town_of(case), acts_of(case)

    found = {
        day: statuses(town.meters, acts, on=date(2026, 5, day))["status_code"].to_list() for day in (9, 10, 19, 20)
    }

    assert found == {9: [], 10: ["failed"], 19: ["failed"], 20: []}


def test_what_was_billed_as_due_never_differs() -> None:
    """Over every case: a bill written from the substitutes themselves has no mismatch."""
    for number, case in enumerate(VOLUMES):
        due = _due(number)
        if due.is_empty() or due["missing_code"].is_not_null().any():
            continue
        month = due["charge_month"][0]
        town = town_of(case)
        lines = [
            charge_row(number, {"document": "d1", "month": f"{month:%Y-%m}", "basis": basis, "zone": row["zone_code"]})
            | {"service_code": row["service_code"], "volume_e7": row[name], "tariff_e6": 46_980_000, "charged_kop": 1}
            for number, (row, basis, name) in enumerate(
                [(row, row["basis_code"], name) for row in due.iter_rows(named=True)
                 for name in ("volume_e7", "uplift_volume_e7")]
            )
        ]
        bills = bills_of(case, town, month)._replace(charges=frame(CHARGES, lines))
        assert mismatches(due, bills, rules=rules_on(month), month=month).is_empty(), case["case"]
