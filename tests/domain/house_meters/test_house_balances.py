"""Every case of `cases/house_readings.yaml` and `house_balances.yaml`; what holds over all of them."""

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from pipeline.contracts.billing import CHARGES
from pipeline.contracts.gate import gate
from pipeline.contracts.house_meters import HOUSE_BALANCES, HOUSE_METER_READINGS, HOUSE_READINGS
from pipeline.contracts.registers import SERVICE_CONTRACTS, SERVICES
from pipeline.domain.house_meters.balance import LINE, MODE, balances, billed_of_part, contracts_of, places
from pipeline.domain.house_meters.readings import judged
from pipeline.rules.house_meters import HouseMeterRules
from pipeline.storage.shapes import to_outside
from tests.case_files import cases
from tests.domain.metering.town import E7, KOP, RULES, frame, scaled

MAY = date(2026, 5, 1)
READINGS, BALANCES = cases("house_readings.yaml"), cases("house_balances.yaml")
HOUSE_RULES = HouseMeterRules.in_force(RULES, MAY)
CONTRACTS = frame(SERVICE_CONTRACTS, [
    {"contract_id": "k-cold", "house_id": "H", "service_code": "cold_water"},
    {"contract_id": "k-common", "house_id": "H", "service_code": "cold_water_common"},
    {"contract_id": "k-else", "house_id": "G", "service_code": "cold_water"},
])
UNITS = frame(SERVICES, [{"service_code": "cold_water", "unit_code": "m3"}])


def _named(given: list[dict[str, Any]]) -> dict[str, Any]:
    return {"argvalues": given, "ids": [case["case"] for case in given]}


def month_of(text: Any) -> date:
    return date.fromisoformat(f"{text}-01")


def known(case: dict[str, Any]) -> pl.DataFrame:
    told = case.get("before", ["2026-04", "1000", None])
    rows = [] if told is None else [{
        "reading_id": "old", "house_id": "H", "meter_id": "M", "service_code": "cold_water",
        "charge_month": month_of(told[0]), "read_on": date(2026, 4, 25), "source_code": "company",
        "value_e7": scaled(told[1], E7), "volume_e7": scaled(told[2] or "80", E7), "covered_months": 1,
        "verdict_code": "accepted", "is_carried": False,
    }]
    if off := case.get("taken_off"):
        rows.append({
            "reading_id": "off", "house_id": off.get("house", "H"), "meter_id": "OLD", "service_code": "cold_water",
            "charge_month": MAY, "read_on": off["day"], "source_code": "company", "value_e7": 5000 * E7,
            "volume_e7": 40 * E7, "covered_months": 1, "verdict_code": "accepted", "is_carried": False, "is_last": True,
        })
    return frame(HOUSE_READINGS, rows)


def came(case: dict[str, Any]) -> pl.DataFrame:
    return frame(HOUSE_METER_READINGS, [
        {"reading_id": name, "house_id": case.get("house", "H"), "meter_id": "M", "service_code": "cold_water",
         "charge_month": month_of(month), "read_on": day, "value_e7": scaled(value, E7),
         "volume_e7": scaled(volume, E7), "source_code": source}
        for name, month, day, value, volume, source in case["readings"]
    ])


@pytest.mark.parametrize("case", **_named(READINGS))
def test_reading_is_judged_as_the_case_says(case: dict[str, Any]) -> None:
    found = judged(came(case), known(case), rules=HOUSE_RULES)

    gate(to_outside(found, HOUSE_READINGS), HOUSE_READINGS)
    told = {
        row["reading_id"]: [row["verdict_code"], row["finding_code"], row["volume_e7"], row["covered_months"]]
        for row in found.filter(~pl.col("is_carried")).to_dicts()
    }
    assert told == {
        name: [verdict, finding, scaled(volume, E7), months]
        for name, (verdict, finding, volume, months) in case["expect"].items()
    }
    carried = found.filter("is_carried", pl.col("meter_id") == "M")
    assert carried["reading_id"].to_list() == (["old"] if case.get("carried") else [])


def house(case: dict[str, Any]) -> pl.DataFrame:
    """HOUSE_READINGS of May as the case tells its meters."""
    rows = []
    for number, told in enumerate(case["house"], start=1):
        is_removed = told == "removed"
        one = told if isinstance(told, dict) else {"volume": None if is_removed else told, "months": 1}
        is_read = told is not None and not is_removed
        rows.append({
            "reading_id": f"r{number}", "house_id": "H", "meter_id": f"M{number}", "service_code": "cold_water",
            "charge_month": MAY if is_read else date(2026, 4, 1), "read_on": date(2026, 5, 25),
            "source_code": "company", "volume_e7": scaled(one["volume"], E7), "covered_months": one["months"],
            "verdict_code": "accepted", "finding_code": None if one["volume"] else "first_register",
            "is_carried": not is_read, "is_last": is_removed or one.get("last", False),
        })
    return frame(HOUSE_READINGS, rows)


def lines(case: dict[str, Any]) -> pl.DataFrame:
    rows = []
    for number, (basis, volume, charged, *more) in enumerate(case["lines"], start=1):
        extra = more[0] if more else {}
        is_common = basis == "common"
        rows.append({
            "document_id": "old" if extra.get("replaced") else f"d{number}", "line_number": number,
            "account_id": f"a{number}", "contract_id": "k-common" if is_common else "k-cold",
            "service_code": "cold_water", "charge_month": month_of(extra.get("month", "2026-05")),
            "basis_code": "house" if is_common else basis, "volume_e7": scaled(volume, E7),
            "unit_code": extra.get("unit", "m3"), "charged_kop": scaled(charged, KOP),
            "recalculated_kop": scaled(extra.get("recalculated", "0"), KOP),
        })
    return frame(CHARGES, rows).select(LINE)


def balanced(readings: pl.DataFrame, billed: pl.DataFrame, mode: str | None = None) -> pl.DataFrame:
    modes = pl.DataFrame([{"house_id": "H", "service_code": "cold_water", "mode_code": mode}], schema=MODE)
    missing = pl.DataFrame({"house_id": ["H", "H"], "missing_bills": [1, 2]})
    read = contracts_of(CONTRACTS, places(readings), HOUSE_RULES.common_services)
    part = billed_of_part(billed, pl.Series(["old"]), read["contract_id"], month=MAY)
    return balances(readings, [part], read, UNITS, modes, missing, rules=HOUSE_RULES, month=MAY)


@pytest.mark.parametrize("case", **_named(BALANCES))
def test_balance_is_what_the_case_says(case: dict[str, Any]) -> None:
    found = balanced(house(case), lines(case), case.get("mode"))

    assert found["missing_bills"].to_list() == [3]
    gate(to_outside(found, HOUSE_BALANCES), HOUSE_BALANCES)
    row, = found.to_dicts()
    shown = {
        "outcome": row["outcome_code"], "reason": row["reason_code"], "meters": row["meters"],
        "effect": row["effect_kop"],
        **{kind: row[f"{kind}_volume_e7"] for kind in ("metered", "average", "norm", "flats", "common", "difference")},
        "share": row["difference_share_e7"],
    }
    scales = {"effect": KOP, **dict.fromkeys(("metered", "average", "norm", "flats", "common", "difference", "share"),
                                             E7)}
    expected = {
        name: int(Decimal(value) * scales[name]) if name in scales and value is not None else value
        for name, value in case["expect"].items()
    }
    assert {name: shown[name] for name in expected} == expected


def test_a_month_in_which_a_meter_was_replaced_is_the_sum_of_both() -> None:
    """Both registers of the replacement come in one cycle; the year is whole (`house_corrections.yaml`)."""
    told = {"house_id": "H", "service_code": "cold_water", "charge_month": MAY, "source_code": "company"}
    old = known({})
    now = frame(HOUSE_METER_READINGS, [
        told | {"reading_id": "off", "meter_id": "M", "read_on": date(2026, 5, 12), "value_e7": 1040 * E7,
                "is_last": True},
        told | {"reading_id": "on", "meter_id": "N", "read_on": date(2026, 5, 12), "value_e7": 7 * E7},
        told | {"reading_id": "end", "meter_id": "N", "read_on": date(2026, 5, 25), "value_e7": 67 * E7},
    ])
    billed = lines({"lines": [["meter", "95", "4463.10"]]})
    for rows in (now, now.reverse()):
        balance, = balanced(judged(rows, old, rules=HOUSE_RULES), billed).to_dicts()
        # 1040 - 1000 and 67 - 7
        assert (balance["house_volume_e7"], balance["meters"], balance["outcome_code"]) == (100 * E7, 2, "agrees")
    without = balanced(judged(now.filter(pl.col("reading_id") != "on"), old, rules=HOUSE_RULES), billed)
    assert without["reason_code"].to_list() == ["no_volume"]


def test_order_of_rows_changes_nothing() -> None:
    case = next(case for case in BALANCES if case["case"] == "everything fits")
    assert balanced(house(case), lines(case)).equals(balanced(house(case), lines(case).reverse()))
    two = next(case for case in READINGS if case["case"] == "two months in one cycle")
    assert judged(came(two), known(two), rules=HOUSE_RULES).equals(
        judged(came(two).reverse(), known(two), rules=HOUSE_RULES)
    )


def test_a_house_without_a_meter_has_no_balance() -> None:
    assert balanced(HOUSE_READINGS.empty_inside(), lines(BALANCES[0])).is_empty()
