"""Every case of `cases/benefits.yaml`: what comes off each month, what is charged again, what goes to a person."""

from datetime import date, datetime
from typing import Any

import polars as pl
import pytest

from pipeline.billing_month import MOSCOW
from pipeline.contracts.gate import gate
from pipeline.contracts.recalculation import RECALCULATIONS, RETURNED_APPLICATIONS
from pipeline.contracts.recalculation_events import BENEFITS
from pipeline.domain.recalculation import entitled
from pipeline.domain.recalculation.benefits_judged import judged
from pipeline.domain.recalculation.fees import EARLIER
from pipeline.money import format_rub
from pipeline.rules.recalculation_benefits import BenefitRules
from pipeline.storage.shapes import to_outside
from tests.case_files import cases
from tests.domain.metering.town import BOOK_ID, KOP, frame, scaled
from tests.domain.recalculation.applications import ACCOUNT, billed, lines, rule_book, services, terms

ALL = cases("benefits.yaml")
JULY = date(2026, 7, 1)
_E7 = 10**7


def benefits(rows: list[dict[str, Any]]) -> pl.DataFrame:
    return frame(BENEFITS, [
        {"event_id": f"e{number}", "registered_at": datetime(2026, 7, 20, 10, tzinfo=MOSCOW), "account_id": ACCOUNT,
         "person_id": row.get("person", "p1"), "benefit_code": row.get("code", "veteran"),
         "service_kinds": row.get("kinds"), "percent_e7": scaled(row.get("percent", "50"), _E7),
         "month_sum_kop": scaled(row.get("sum"), KOP), "covers_code": row.get("covers", "household"),
         "residents": row.get("residents", 2), "effective_from": row["from"], "effective_to": row.get("to"),
         "status_code": row.get("status", "confirmed"), "evidence": row.get("evidence", "удостоверение")}
        for number, row in enumerate(rows, 1)
    ])


def entitled_to(case: dict[str, Any], earlier: pl.DataFrame | None = None) -> entitled.Entitled:
    rules = BenefitRules.in_force(rule_book(), JULY)
    service, given = case.get("service", "housing"), case.get("given", {})
    told = benefits(case["benefits"])
    sound, faults = judged(told, rules=rules)
    more = {} if "volume" not in case else {"volume": case["volume"]}
    bills = lines(*(
        billed(month, "1000.00", service=one, basis_code=case.get("basis", "area"), document_id=f"d-{month}",
               charged_kop=100_000, benefit=taken.get(month, "0"), **more)
        for one, taken in {service: given, **case.get("beside", {})}.items() for month in ("2026-06", "2026-07")
    ))
    norms = [] if "norm" not in case else [
        (ACCOUNT, service, date(2026, month, 1), scaled(case["norm"], _E7)) for month in (6, 7)
    ]
    known = entitled.Known(
        sound=sound, faults=faults, new_ids=told["event_id"], lines=bills,
        earlier=(RECALCULATIONS.empty_inside() if earlier is None else earlier).select(EARLIER),
        norms=pl.DataFrame(norms, schema=entitled.NORMS, orient="row"),
        areas=pl.DataFrame({"account_id": [ACCOUNT], "area_e7": [scaled(case.get("area", "50.00"), _E7)]}),
        services=services(), contracts=pl.DataFrame(
            {"contract_id": [f"c-{one}" for one in (service, *case.get("beside", {}))], "creditor_id": "uk",
             "house_id": "h1"}),
    )
    return entitled.entitled(
        known, rules=rules, working_days=terms(JULY).working_days, book_id=BOOK_ID, month=JULY,
        lands_in_month=date(2026, 8, 1),
    )


@pytest.mark.parametrize("case", ALL, ids=[case["case"] for case in ALL])
def test_a_benefit_changes_what_the_case_says(case: dict[str, Any]) -> None:
    found = entitled_to(case)

    gate(to_outside(found.proposals, RECALCULATIONS), RECALCULATIONS)
    gate(to_outside(found.returned, RETURNED_APPLICATIONS), RETURNED_APPLICATIONS)
    by_month = dict(found.proposals.group_by(pl.col("charge_month").dt.strftime("%Y-%m")).agg(
        pl.col("difference_kop").sum()
    ).rows())
    assert by_month == {str(month): scaled(rub, KOP) for month, rub in case["expect"].items()}
    back = [(row["event_id"], row["field_code"], row["reason_code"]) for row in found.returned.to_dicts()]
    assert sorted(back) == sorted(
        (f"e{row.get('of', 1)}", row["field"], row["reason"]) for row in case.get("returned", [])
    )


def test_what_was_proposed_is_not_proposed_again_however_it_is_told() -> None:
    first = entitled_to(ALL[0]).proposals
    assert entitled_to(ALL[0], first).proposals.is_empty()

    anew = {**ALL[0], "benefits": [{"from": date(2026, 6, 16)}, {"from": date(2026, 6, 16), "to": date(2026, 7, 10)}]}
    found = entitled_to(anew, first)

    assert found.proposals.is_empty()
    assert found.returned.select("event_id", "field_code", "reason_code").rows() == [
        ("e2", "effective_to", "told_already")
    ]


def test_the_formula_says_the_norm_and_the_days() -> None:
    found = entitled_to(ALL[0]).proposals.sort("charge_month")

    assert found["formula"][0] == (
        f"Льгота с 16.06.2026, дней 15 из 30. Плата {format_rub(100_000)}, в пределах нормы 42,000 из 50,000, 50,00 %: "
        f"{format_rub(21_000)}."
    )
