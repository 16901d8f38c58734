"""What a reduction is counted of: what documents billed, less earlier reductions; nothing that was only proposed."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from pipeline.contracts.recalculation import RECALCULATIONS
from tests.domain.metering.town import frame
from tests.domain.recalculation.applications import ACCOUNT, acts, billed, lines, rerated

JUNE = date(2026, 6, 1)
BILL = {"volume": "8.66", "tariff": "46.98", "basis_code": "meter"}


def _after(**earlier: Any) -> list[int]:
    """What 72 hours without water take off 406.85 of June, after one earlier proposal."""
    row = {
        "account_id": ACCOUNT, "contract_id": "c-cold_water", "service_code": "cold_water", "charge_month": JUNE,
        "proposal_id": "t", "event_id": "T", "status_code": "proposed", "covered_months": 1, **earlier,
    }
    bad = acts([{"violation": "cold_water_break", "from": "2026-06-03 00:00", "hours": 72}], service="cold_water",
               about="premises")
    proposals, back = rerated(lines(billed("2026-06", "406.85", **BILL)), bad=bad, earlier=frame(RECALCULATIONS, [row]))
    assert back.is_empty() or proposals.is_empty()
    return proposals["difference_kop"].to_list()


@pytest.mark.parametrize("difference", [-90_000, 90_000])
@pytest.mark.parametrize("standing", [
    {"status_code": "proposed"}, {"status_code": "waits_for_approval"}, {"status_code": "rejected"},
])
def test_a_true_up_that_is_not_billed_is_no_fee(difference: int, standing: dict[str, Any]) -> None:
    assert _after(cause_code="true_up_average", difference_kop=difference, **standing) == [-4150]


@pytest.mark.parametrize("difference", [-90_000, 90_000])
def test_a_true_up_of_several_months_is_no_fee_of_the_last(difference: int) -> None:
    told = {"status_code": "billed", "billed_kop": difference, "covered_months": 3}
    assert _after(cause_code="true_up_average", difference_kop=difference, **told) == [-4150]


def test_a_true_up_billed_for_the_month_alone_is_part_of_its_fee() -> None:
    # 40.685 × 10.2 % at 406.85: at half the fee, half of it
    told = {"difference_kop": -20_342, "billed_kop": -20_342, "status_code": "billed"}
    assert _after(cause_code="true_up_average", **told) == [-2075]


@pytest.mark.parametrize("status", ["proposed", "waits_for_approval", "billed"])
def test_a_charge_for_tampering_is_no_fee(status: str) -> None:
    billed_kop = 1_206_479 if status == "billed" else None
    assert _after(
        cause_code="tampering", difference_kop=1_206_479, status_code=status, billed_kop=billed_kop
    ) == [-4150]


@pytest.mark.parametrize(("standing", "left"), [
    # 40.685 × 10.2 % of 406.85; of half of it, as in a true-up; of what 6.85 leave
    ({"difference_kop": 90_000, "status_code": "proposed"}, [-4150]),
    ({"difference_kop": -20_342, "billed_kop": -20_342, "status_code": "billed"}, [-2075]),
    ({"difference_kop": -40_000, "status_code": "proposed"}, [-685]),
])
@pytest.mark.parametrize("cause", ["commissioning", "meter_failed"])
def test_what_an_act_on_a_meter_puts_in_the_place_of_a_month_bounds_a_reduction(
    cause: str, standing: dict[str, Any], left: list[int]
) -> None:
    assert _after(cause_code=cause, **standing) == left


@pytest.mark.parametrize(("earlier", "left"), [
    ({"difference_kop": -40_000, "status_code": "waits_for_approval"}, [-685]),
    ({"difference_kop": -40_000, "status_code": "rejected"}, [-4150]),
    ({"difference_kop": -40_000, "status_code": "mismatch", "billed_kop": -10_000}, [-685]),
    ({"difference_kop": -40_685, "status_code": "proposed"}, []),
])
def test_two_reductions_never_exceed_the_fee(earlier: dict[str, Any], left: list[int]) -> None:
    assert _after(cause_code="absence", **earlier) == left
    assert pl.Series(left, dtype=pl.Int64).sum() + 40_685 >= 0
