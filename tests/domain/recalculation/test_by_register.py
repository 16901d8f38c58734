"""Every case of `cases/by_register.yaml`, in both orders of all rows."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from pipeline.contracts.billing import CHARGES
from pipeline.contracts.meter_acts import METER_ACTS
from pipeline.contracts.metering import CONSUMPTION
from pipeline.contracts.recalculation import RECALCULATIONS
from pipeline.domain.recalculation.act_proposals import BILLED, PROPOSED, Of
from pipeline.domain.recalculation.by_register import Counting, by_register
from pipeline.domain.recalculation.inspection import SEEN
from pipeline.rules.recalculation_by_register import ByRegisterRules
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
    scaled,
)
from tests.domain.recalculation.acts import pass_the_gate, proposal_row, seen_row

ALL = cases("by_register.yaml")
MAY = date(2026, 5, 1)
_UPLIFTED = {"basis": "norm_uplift", "volume": "12.990", "charged": "610.27", "tariff": "46.98"}


def _act(number: int, given: dict[str, Any]) -> dict[str, Any]:
    return {
        "event_id": f"a{number}", "registered_at": moment("2026-05-25 12:00"), "account_id": "acc",
        "meter_id": given.get("meter", "A"), "act_code": given["act"], "effective_from": given["from"],
        "verified_until": given.get("until"), "value_e7": scaled(given.get("value"), E7), "evidence": "акт",
    }


def _counting(case: dict[str, Any]) -> Counting:
    acts = frame(METER_ACTS, [_act(number, one) for number, one in enumerate(case["acts"])])
    lines = [charge_row(number, {"document": f"d{number}"} | _UPLIFTED | line)
             for number, line in enumerate(case["billed"])]
    installed = {"N": date(2026, 3, 10)}
    meters = [
        {"meter": name, "installed": installed.get(name, date(2020, 1, 10)),
         "verified_until": case.get("verified_until")} for name in case.get("meters", ["A"])
    ]
    return Counting(
        acts=acts, history=acts, meters=Town.of(meters, last="0.000", last_on=date(2026, 4, 25)).meters,
        readings=frame(CONSUMPTION, [seen_row(one) for one in case["read"]]).select(SEEN),
        lines=frame(CHARGES, lines).select(BILLED),
        earlier=frame(RECALCULATIONS, [proposal_row(one) for one in case.get("corrected", [])]).select(PROPOSED),
        contracts=CONTRACTS,
    )


@pytest.mark.parametrize("turned", [False, True], ids=["as told", "turned"])
@pytest.mark.parametrize("case", ALL, ids=[case["case"] for case in ALL])
def test_months_by_norm_become_what_the_case_says(case: dict[str, Any], turned: bool) -> None:
    counting = _counting(case)
    if turned:
        counting = Counting(*(rows.reverse() for rows in counting))
    found = by_register(counting, rules=ByRegisterRules.in_force(RULES, MAY), of=Of(BOOK_ID, MAY, date(2026, 6, 1)))

    pass_the_gate(found.proposals, found.returned)
    shown = [
        (row["corrected_months"], row["volume_difference_e7"], row["reversed_kop"], row["charged_again_kop"])
        for row in found.proposals.sort("charge_month").iter_rows(named=True)
    ]
    assert shown == [
        ([one["month"]], scaled(one["volume"], E7), scaled(one["reversed"], KOP), scaled(one["again"], KOP))
        for one in case["expect"]
    ]
    told = [list(row) for row in found.returned.select("event_id", "field_code", "reason_code").rows()]
    assert told == case.get("returned", [])


def test_a_meter_that_fails_again_counts_until_then() -> None:
    counting = _counting(ALL[0])
    failed = _act(9, {"act": "failed", "from": date(2026, 3, 20)})
    counting = counting._replace(history=pl.concat([counting.acts, frame(METER_ACTS, [failed])]))

    found = by_register(counting, rules=ByRegisterRules.in_force(RULES, MAY), of=Of(BOOK_ID, MAY, date(2026, 6, 1)))

    # seven days of March; 610.27 x 7 / 31 = 137.803; 0.700 x 46.98 = 32.886
    assert found.proposals.select("charge_month", "reversed_kop", "charged_again_kop").rows() == [
        (date(2026, 3, 1), 13_780, 3_289)
    ]


def test_the_arithmetic_is_told_in_words() -> None:
    found = by_register(
        _counting(ALL[0]), rules=ByRegisterRules.in_force(RULES, MAY), of=Of(BOOK_ID, MAY, date(2026, 6, 1))
    )

    assert found.proposals.sort("charge_month")["formula"][0] == (
        "Счётчик считает с 13.03.2026. За март 2026, дней 19 из 31: "
        "по показаниям 1,900 м³ × 46,98\u00a0₽ = 89,26\u00a0₽. "
        "Было начислено по нормативу за месяц 12,990 м³ на 610,27\u00a0₽, на эти дни 374,04\u00a0₽. "
        "Разница −284,78\u00a0₽."
    )
