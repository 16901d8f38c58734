"""Every case of `cases/tampering.yaml`, in both orders of the acts."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from pipeline.contracts.billing import CHARGES
from pipeline.contracts.meter_acts import METER_ACTS
from pipeline.domain.recalculation.tampering import LINE, Found, claims
from pipeline.rules.recalculation_meters import TamperingRules
from tests.case_files import cases
from tests.domain.metering.town import (
    BOOK_ID,
    CONTRACTS,
    E7,
    KOP,
    RULES,
    Town,
    charge_row,
    frame,
    moment,
    month_of,
    scaled,
)
from tests.domain.recalculation.acts import pass_the_gate

MAY = date(2026, 5, 1)
ALL = cases("tampering.yaml")


def _act(given: dict[str, Any]) -> dict[str, Any]:
    return {
        "event_id": given.get("id", "a1"), "registered_at": moment(f"{given['found']} 12:00"), "account_id": "acc",
        "meter_id": given.get("meter", "A"), "act_code": given.get("act", "tampered"),
        "effective_from": given["from"], "evidence": "акт",
    }


def _norms(case: dict[str, Any]) -> pl.DataFrame:
    """Of each month of the year so far, as the case tells them."""
    months = [f"2026-{month:02}" for month in range(1, 6)]
    told = case.get("norms", dict.fromkeys(months, case.get("norm", "8.660")))
    rows = [
        {"account_id": "acc", "service_code": "cold_water", "charge_month": month_of(month),
         "norm_e7": scaled(norm, E7)} for month, norm in told.items()
    ]
    return pl.DataFrame(rows, schema_overrides={"norm_e7": pl.Int64}).drop_nulls()


def _found(case: dict[str, Any]) -> Found:
    given = case.get("acts", [case])
    tariffs = case.get("tariffs", [case.get("tariff", "46.98")])
    billed = [
        charge_row(number, {"document": "d", "month": "2026-05", "tariff": tariff})
        for number, tariff in enumerate(tariffs) if tariff is not None
    ]
    return Found(
        acts=frame(METER_ACTS, [_act(one) for one in given]),
        open_ids=pl.Series([one.get("id", "a1") for one in given if one.get("is_new", True)], dtype=pl.String),
        meters=Town.of([{}, {"meter": "B"}], last="100.000", last_on=date(2026, 4, 25)).meters, norms=_norms(case),
        contracts=CONTRACTS, lines=frame(CHARGES, billed).select(LINE),
    )


@pytest.mark.parametrize("turned", [False, True], ids=["as told", "turned"])
@pytest.mark.parametrize("case", ALL, ids=[case["case"] for case in ALL])
def test_tampering_is_charged_as_the_case_says(case: dict[str, Any], turned: bool) -> None:
    found = _found(case)
    acts, meters = (found.acts.reverse(), found.meters.reverse()) if turned else (found.acts, found.meters)
    claimed = claims(
        found._replace(acts=acts, meters=meters), rules=TamperingRules.in_force(RULES, MAY), book_id=BOOK_ID,
        month=MAY, lands_in_month=date(2026, 6, 1),
    )

    pass_the_gate(claimed.proposals, claimed.returned)
    shown = [
        (row["corrected_months"], row["volume_difference_e7"], row["difference_kop"], row["reversed_kop"])
        for row in claimed.proposals.iter_rows(named=True)
    ]
    wanted = case["expect"]
    assert shown == [
        ([str(month) for month in one["months"]], scaled(one["volume"], E7), scaled(one["charged"], KOP), 0)
        for one in (wanted if isinstance(wanted, list) else [wanted] if wanted else [])
    ]
    told = [list(row) for row in claimed.returned.select("event_id", "field_code", "reason_code").rows()]
    assert told == case.get("returned", [])
