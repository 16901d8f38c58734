"""Every case of `cases/by_substitute.yaml`, in both orders of all rows."""

from datetime import date
from typing import Any

import pytest

from pipeline.contracts.billing import CHARGES
from pipeline.contracts.meter_acts import METER_ACTS
from pipeline.contracts.recalculation import RECALCULATIONS
from pipeline.contracts.substitution import SUBSTITUTE_VOLUMES
from pipeline.domain.recalculation.act_proposals import BILLED, PROPOSED, Of
from pipeline.domain.recalculation.by_substitute import SUBSTITUTE, Substituted, by_substitute
from pipeline.rules.recalculation_by_substitute import BySubstituteRules
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
from tests.domain.recalculation.acts import pass_the_gate, proposal_row

ALL = cases("by_substitute.yaml")
MAY = date(2026, 5, 1)


def _due(given: dict[str, Any]) -> dict[str, Any]:
    month = month_of(given["month"])
    return {
        "account_id": "acc", "contract_id": "k1", "service_code": "cold_water", "charge_month": month, "meter_id": "A",
        "event_id": "a1", "run_number": month.month - 1, "basis_code": given.get("basis", "average"),
        "volume_e7": scaled(given["volume"], E7), "uplift_volume_e7": scaled(given.get("uplift", "0"), E7),
        "missing_code": given.get("missing"),
    }


def _substituted(case: dict[str, Any]) -> Substituted:
    act = {
        "event_id": "a1", "registered_at": moment("2026-05-25 12:00"), "account_id": "acc", "meter_id": "A",
        "act_code": case["act"], "effective_from": date(2026, 1, 20), "evidence": "акт",
    }
    lines = [charge_row(number, {"document": f"d{number}", "basis": "meter", "tariff": "46.98"} | line)
             for number, line in enumerate(case["billed"])]
    corrected = [proposal_row(one) | {"event_id": one.get("event", "r")} for one in case.get("corrected", [])]
    meters = [{"meter": name} for name in case.get("meters", ["A"])]
    return Substituted(
        acts=frame(METER_ACTS, [act]), meters=Town.of(meters, last="0.000", last_on=date(2026, 4, 25)).meters,
        due=frame(SUBSTITUTE_VOLUMES, [_due(one) for one in case["due"]]).select(SUBSTITUTE),
        lines=frame(CHARGES, lines).select(BILLED), earlier=frame(RECALCULATIONS, corrected).select(PROPOSED),
        contracts=CONTRACTS,
    )


@pytest.mark.parametrize("turned", [False, True], ids=["as told", "turned"])
@pytest.mark.parametrize("case", ALL, ids=[case["case"] for case in ALL])
def test_months_by_meter_become_what_the_case_says(case: dict[str, Any], turned: bool) -> None:
    given = _substituted(case)
    if turned:
        given = Substituted(*(rows.reverse() for rows in given))
    found = by_substitute(given, rules=BySubstituteRules.in_force(RULES, MAY), of=Of(BOOK_ID, MAY, date(2026, 6, 1)))

    pass_the_gate(found.proposals, found.returned)
    shown = [
        (row["corrected_months"], row["volume_difference_e7"], row["reversed_kop"], row["charged_again_kop"])
        for row in found.proposals.sort("charge_month").iter_rows(named=True)
    ]
    assert shown == [
        ([one["month"]], scaled(one["volume"], E7), scaled(one["reversed"], KOP), scaled(one["again"], KOP))
        for one in case["expect"]
    ]
    causes = {"failed": "meter_failed", "removed": "dismantling"}
    assert set(found.proposals["cause_code"]) <= {causes[case["act"]]}
    told = [list(row) for row in found.returned.select("event_id", "field_code", "reason_code").rows()]
    assert told == case.get("returned", [])


def test_the_uplift_is_told_apart() -> None:
    found = by_substitute(
        _substituted(ALL[0]), rules=BySubstituteRules.in_force(RULES, MAY), of=Of(BOOK_ID, MAY, date(2026, 6, 1))
    )

    assert found.proposals.sort("charge_month")["formula"][1] == (
        "По счётчику нельзя считать с 20.01.2026. За май 2026, месяц без показаний № 4: по нормативу 8,660 м³ × "
        "46,98\u00a0₽ = 406,85\u00a0₽, повышение 17,320 м³ × 46,98\u00a0₽ = 813,69\u00a0₽. Было начислено по счётчику "
        "3,000 м³ на 140,94\u00a0₽. Разница 1\u00a0079,60\u00a0₽."
    )
