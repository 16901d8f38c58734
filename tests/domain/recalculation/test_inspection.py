"""Every case of `cases/inspection.yaml`, in both orders of the acts and of the lines."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from pipeline.billing_month import BillingMonth
from pipeline.contracts.billing import CHARGES
from pipeline.contracts.meter_acts import METER_ACTS
from pipeline.contracts.metering import CONSUMPTION
from pipeline.contracts.recalculation import RECALCULATIONS
from pipeline.domain.metering.soundness import spoilt
from pipeline.domain.recalculation.act_proposals import BILLED, PROPOSED, Of
from pipeline.domain.recalculation.inspection import SEEN, Checks, inspections
from pipeline.rules.recalculation_inspection import InspectionRules
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

ALL = cases("inspection.yaml")
_INSTALLED = {"N": date(2026, 5, 12)}


def _act(given: dict[str, Any]) -> dict[str, Any]:
    return {
        "event_id": given.get("id", "a1"), "registered_at": moment(f"{given['day']} 15:00"), "account_id": "acc",
        "meter_id": given.get("meter", "A"), "act_code": "inspected", "effective_from": given["day"],
        "value_e7": scaled(given["value"], E7), "evidence": "акт",
    }


def _told(given: dict[str, Any]) -> dict[str, Any]:
    return _act({"id": f"{given['code']}-{given['day']}", "value": None} | given) | {
        "act_code": given["code"], "verified_until": given.get("until")
    }


def _checks(case: dict[str, Any]) -> Checks:
    billed = [
        charge_row(number, {"document": f"d{number}", "tariff": "46.98", "charged": "100.00"} | line)
        for number, line in enumerate(case["billed"])
    ]
    proposed = [proposal_row(one) for one in case.get("trued_up", [])] + [
        proposal_row({"month": "2026-06", "cause": "inspection"}) | {"event_id": event}
        for event in case.get("proposed", [])
    ]
    readings = [seen_row({"id": "a1"} | one) for one in case["checks"]]
    readings += [seen_row(one) for one in case.get("told", [])]
    meters = [
        {"meter": name, "installed": _INSTALLED.get(name, date(2020, 1, 10)),
         "verified_until": case.get("verified_until")} for name in case.get("meters", ["A"])
    ]
    acts = [_act(one) for one in case["checks"]]
    history = frame(METER_ACTS, [*acts, *(_told(one) for one in case.get("acts", []))])
    in_place = Town.of(meters, last="0.000", last_on=date(2026, 4, 25)).meters.with_columns(
        commissioned_on=pl.lit(case.get("commissioned"), dtype=pl.Date)
    )
    return Checks(
        acts=frame(METER_ACTS, acts), meters=in_place,
        spoilt=spoilt(in_place, history, {one["day"] for one in case["checks"]}),
        readings=frame(CONSUMPTION, readings).select(SEEN),
        lines=frame(CHARGES, billed).select(BILLED), earlier=frame(RECALCULATIONS, proposed).select(PROPOSED),
        contracts=CONTRACTS,
    )


@pytest.mark.parametrize("turned", [False, True], ids=["as told", "turned"])
@pytest.mark.parametrize("case", ALL, ids=[case["case"] for case in ALL])
def test_a_check_finds_what_the_case_says(case: dict[str, Any], turned: bool) -> None:
    checks, month = _checks(case), BillingMonth.parse(str(case.get("month", "2026-06")))
    if turned:
        checks = checks._replace(acts=checks.acts.reverse(), lines=checks.lines.reverse(),
                                 readings=checks.readings.reverse(), meters=checks.meters.reverse(),
                                 spoilt=checks.spoilt.reverse())
    found = inspections(
        checks, rules=InspectionRules.in_force(RULES, month.first_day),
        of=Of(BOOK_ID, month.first_day, month.next.first_day),
    )

    pass_the_gate(found.proposals, found.returned)
    shown = [
        (row["corrected_months"], row["volume_difference_e7"], row["difference_kop"])
        for row in found.proposals.iter_rows(named=True)
    ]
    wanted = case["expect"]
    assert shown == ([(["2026-06"], scaled(wanted["volume"], E7), scaled(wanted["difference"], KOP))] if wanted else [])
    told = [list(row) for row in found.returned.select("event_id", "field_code", "reason_code").rows()]
    assert told == case.get("returned", [])


def test_the_arithmetic_is_told_in_words() -> None:
    found = inspections(
        _checks(ALL[0]), rules=InspectionRules.in_force(RULES, date(2026, 6, 1)),
        of=Of(BOOK_ID, date(2026, 6, 1), date(2026, 7, 1)),
    )

    assert found.proposals["formula"].to_list() == [
        "Проверка счётчика 17.06.2026: показание 190,000 м³. С 25.05.2026 по показаниям 40,000 м³, начислено 4,000 м³. "
        "Разница в месяце проверки: 36,000 м³ × 46,98\u00a0₽ = 1\u00a0691,28\u00a0₽."
    ]
