"""Every case of `cases/true_up.yaml`, run month by month through metering and recalculation."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from pipeline.contracts.gate import gate
from pipeline.contracts.metering import UNBILLED_VOLUMES, UNCONFIRMED_CHARGES
from pipeline.contracts.recalculation import RECALCULATIONS, RETURNED_APPLICATIONS
from pipeline.domain.rating import wording
from pipeline.domain.recalculation.true_up import _proposal_ids
from pipeline.money import format_rub
from pipeline.storage.shapes import to_outside
from tests.case_files import cases
from tests.domain.metering.lapses import acts_of
from tests.domain.metering.town import BOOK_ID, KOP, Town, month_of, scaled

ALL = cases("true_up.yaml")
COLUMNS = (
    "zone_code", "cause_code", "corrected_months", "reversed_kop", "charged_again_kop", "difference_kop", "event_id",
    "lands_in_month", "status_code", "billed_kop",
)


def _rated(given: dict[str, Any]) -> dict[str, Any]:
    """A proposal of an older month because a register was corrected."""
    return {"proposal_id": "p1", "account_id": "acc", "contract_id": "k1", "service_code": "cold_water"} | {
        "charge_month": month_of(given["month"]), "cause_code": given["cause"],
        "status_code": given.get("status", "billed"),
    }


def _expected(one: dict[str, Any]) -> tuple[Any, ...]:
    return (
        one.get("zone"), one.get("cause", "true_up_average"), [str(month) for month in one["months"]],
        *(scaled(one[name], KOP) for name in ("reversed", "again", "difference")), one["reading"],
        month_of(one["lands"]), one.get("status", "proposed"), scaled(one.get("billed"), KOP),
    )


def _town(case: dict[str, Any]) -> Town:
    town = Town.of(case.get("meters", [case.get("meter", {})]), last="150.000", last_on=date(2025, 11, 25))
    town.rule_book = town.rule_book.with_overrides(case.get("overrides", {}))
    town.acts = acts_of(case)
    return town


def _told(one: dict[str, Any]) -> tuple[Any, ...]:
    return one["kind"], one["from"], one["to"], one.get("field", "meter_id"), one.get("reason", "meter_not_sound")


@pytest.mark.parametrize("case", ALL, ids=[case["case"] for case in ALL])
def test_true_up_is_proposed_as_the_case_says(case: dict[str, Any]) -> None:
    town = _town(case)
    for run in case["runs"]:
        result, proposals = town.run(month_of(run["month"]), billed=run["billed"], readings=run["readings"],
                                     rated_anew=[_rated(one) for one in run.get("rated_anew", [])])

        found = sorted(proposals.select(COLUMNS).rows(), key=str)
        assert found == sorted((_expected(one) for one in run["proposals"]), key=str), run["month"]
        back, expected = town.returned, run.get("told", [])
        assert back.select("kind_code", "from_on", "to_on", "field_code", "reason_code").rows() == [
            _told(one) for one in expected
        ], run["month"]
        for reason, one in zip(back["reason"], expected, strict=True):
            words = f"вышло бы {one['comes']}, " if "comes" in one else "уже пересчитана по исправленному реестру: "
            assert words in reason.replace("\u00a0", " ")
        gate(to_outside(back, RETURNED_APPLICATIONS), RETURNED_APPLICATIONS)
        gate(to_outside(proposals, RECALCULATIONS), RECALCULATIONS)
        gate(to_outside(result.unconfirmed, UNCONFIRMED_CHARGES), UNCONFIRMED_CHARGES)
        gate(to_outside(result.unbilled, UNBILLED_VOLUMES), UNBILLED_VOLUMES)


def test_formula_says_the_arithmetic() -> None:
    town = _town({})
    _, proposals = town.run(
        date(2025, 12, 1),
        billed=[{"document": "d", "month": "2025-12", "volume": "3.000", "charged": "147.57"}],
        readings=[{"id": "r1", "read_on": date(2026, 1, 24), "value": "158.640"}],
    )

    assert proposals["formula"].item() == (
        "Показания с 25.11.2025 по 24.01.2026: (158,640 − 150,000) м³ = 8,640 м³. "
        "Объём по дням месяцев, м³: декабрь 2025: 4,320 × 49,19\u00a0₽ = 212,50\u00a0₽. "
        "Было начислено по среднему: 3,000 м³ на 147,57\u00a0₽. Разница 64,93\u00a0₽."
    )
    assert proposals["batch_id"].item() == "2025-12:true_up_average:c1"
    assert "ПП РФ № 354" in proposals["article"].item()
    assert len(proposals["proposal_id"].item()) == 64
    assert BOOK_ID not in proposals["proposal_id"].item()


def test_sums_of_a_formula_are_written_like_all_sums() -> None:
    sums = [0, 7, -5, 2459, -2459, 99_999, 100_000, -201_072, 99_999_999, 100_000_000, 123_456_789_00, -987_654_321_09]
    written = pl.DataFrame({"kop": sums}).select(
        money=wording.money_text(pl.col("kop")), tariff=wording.tariff_text(pl.col("kop") * 10_000),
    )

    expected = [format_rub(one) for one in sums]
    assert written["money"].to_list() == expected
    assert written["tariff"].to_list() == expected


def test_month_without_a_tariff_takes_the_price_of_its_line() -> None:
    town = _town({})
    _, proposals = town.run(
        date(2025, 12, 1),
        billed=[{"document": "d", "month": "2025-12", "volume": "3.000", "charged": "147.57", "tariff": None}],
        readings=[{"id": "r1", "read_on": date(2026, 1, 24), "value": "158.640"}],
    )
    assert proposals["charged_again_kop"].to_list() == [21250]


def test_month_without_any_price_is_not_taken_back() -> None:
    town = _town({})
    _, proposals = town.run(
        date(2025, 12, 1),
        billed=[{"document": "d", "month": "2025-12", "volume": "0.000", "charged": "0.00", "tariff": None}],
        readings=[{"id": "r1", "read_on": date(2026, 1, 24), "value": "158.640"}],
    )
    assert proposals.is_empty()


def test_uplifted_norm_is_never_corrected() -> None:
    town = _town({})
    town.rule_book = town.rule_book.with_overrides({"recalculation.true_up_norm_months": True})
    _, proposals = town.run(
        date(2025, 12, 1),
        billed=[
            {"document": "d", "month": "2025-12", "basis": "norm", "volume": "4.290", "charged": "236.85"},
            {"document": "d", "month": "2025-12", "basis": "norm_uplift", "volume": "8.580", "charged": "473.70"},
        ],
        readings=[{"id": "r1", "read_on": date(2026, 1, 24), "value": "158.640"}],
    )
    assert proposals.is_empty()


def test_two_zones_billed_in_one_line_are_compared_as_one_service() -> None:
    case = next(case for case in ALL if case["case"].startswith("day and night"))
    town = _town(case)
    town.run(month_of("2025-12"), billed=case["runs"][0]["billed"], readings=case["runs"][0]["readings"])

    _, proposals = town.run(date(2026, 1, 1), billed=[
        {"document": "d01", "month": "2025-12", "basis": "act", "recalculated": "83.80",
         "batch": "2025-12:true_up_average:c1"},
    ])

    assert proposals["status_code"].to_list() == ["billed", "billed"]
    assert sorted(proposals["billed_kop"].to_list()) == [-1205, 9585]


def test_average_and_meter_lines_of_the_same_months_are_two_proposals() -> None:
    line = {"account_id": "a", "contract_id": "c", "service_code": "cold_water", "zone_code": None, "event_id": "r1",
            "cause_code": "true_up_average", "corrected_months": ["2025-12"]}
    bases = [{**line, "basis_code": basis} for basis in ("average", "meter", "norm")]
    frame = pl.DataFrame(bases, schema_overrides={"zone_code": pl.String})

    average, meter, norm = frame.select(_proposal_ids("town")).to_series()

    assert average != meter
    assert average == norm, "the cause tells these two apart"


def test_line_of_a_replaced_document_bills_nothing() -> None:
    case = next(case for case in ALL if case["case"] == "the next document bills the proposal")
    town = _town(case)
    town.run(month_of("2025-12"), billed=case["runs"][0]["billed"], readings=case["runs"][0]["readings"])
    batch = "2025-12:true_up_average:c1"

    _, proposals = town.run(date(2026, 1, 1), billed=[
        {"document": "d01", "month": "2025-12", "basis": "act", "recalculated": "60.00", "batch": batch},
        {"document": "d01v2", "supersedes": "d01", "month": "2025-12", "basis": "act", "recalculated": "64.93",
         "batch": batch},
    ])

    assert (proposals["status_code"].item(), proposals["billed_kop"].item()) == ("billed", 6493)
