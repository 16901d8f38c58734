"""Every case of `cases/acceptance.yaml`: what is told of a batch to whoever bills it."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from pipeline.contracts.acceptance import ACCEPTANCE_LINES, BATCH_ACCEPTANCE, OUTCOME_OF, OUTCOMES
from pipeline.contracts.billing import CHARGES
from pipeline.contracts.gate import gate
from pipeline.contracts.recalculation import RECALCULATIONS
from pipeline.contracts.registers import SERVICE_CONTRACTS
from pipeline.domain.recalculation.acceptance import CHARGE, PROPOSAL, accepted, answers, batches
from pipeline.storage.shapes import to_outside
from tests.case_files import cases
from tests.domain.metering.town import KOP, frame, scaled

ALL = cases("acceptance.yaml")
MONTH = date(2026, 7, 1)
NAMED = {"batch_id": "b1", "account_id": "a1", "contract_id": "k1", "service_code": "cold_water"}


def _proposals(case: dict[str, Any], *, known: bool = False) -> pl.DataFrame:
    return frame(RECALCULATIONS, [
        NAMED | {"proposal_id": f"p{number}", "charge_month": MONTH, "status_code": one["status"],
                 "difference_kop": scaled(one["proposed"], KOP), "billed_kop": scaled(one.get("billed"), KOP),
                 "cause_code": one.get("cause", "absence"), "lands_in_month": MONTH}
        for number, one in enumerate(case["proposals"]) if not (known and one.get("is_new"))
    ])


def _told(case: dict[str, Any]) -> pl.DataFrame:
    lines = case.get("lines", ())
    charges = frame(CHARGES, [
        NAMED | {"account_id": one.get("account", "a1"), "document_id": f"d{number}", "line_number": 1,
                 "charge_month": MONTH, "charged_kop": scaled(one.get("charged", 0), KOP),
                 "recalculated_kop": scaled(one.get("recalculated", 0), KOP)} for number, one in enumerate(lines)
    ])
    replaced = pl.Series([f"d{number}" for number, one in enumerate(lines) if one.get("replaced")], dtype=pl.String)
    contracts = frame(SERVICE_CONTRACTS, [{"contract_id": "k1", "creditor_id": "c1"}])
    is_gone = pl.Series([one.get("is_gone", False) for one in case["proposals"]], dtype=pl.Boolean)
    now = _proposals(case).filter(~is_gone)
    return answers(
        now.select(PROPOSAL), _proposals(case, known=True).select(PROPOSAL), charges.select(CHARGE), replaced,
        contracts,
    )


def _before(case: dict[str, Any]) -> pl.DataFrame:
    told = case.get("before")
    counts = {outcome: (told or {}).get(outcome, [0, "0.00"]) for outcome in OUTCOMES}
    row = {"batch_id": "b1", "cause_code": "absence", "lands_in_month": MONTH, "unmet": 3, "unmet_kop": 300} | {
        name: value for outcome, (number, rub) in counts.items()
        for name, value in ((outcome, number), (f"{outcome}_kop", scaled(rub, KOP)))
    }
    return frame(BATCH_ACCEPTANCE, [row] if told else [])


@pytest.mark.parametrize("case", ALL, ids=[case["case"] for case in ALL])
def test_a_batch_is_told_as_the_case_says(case: dict[str, Any]) -> None:
    told = _told(case)
    found = accepted([batches(told)], _before(case))

    gate(to_outside(found, BATCH_ACCEPTANCE), BATCH_ACCEPTANCE)
    gate(to_outside(told.select(ACCEPTANCE_LINES.inside_names), ACCEPTANCE_LINES).sort("answer_id"), ACCEPTANCE_LINES)
    if case["expect"] is None:
        assert found.is_empty()
        return
    row, wanted = found.row(0, named=True), dict(case["expect"])
    number, rub = wanted.pop("proposed")
    assert (row["proposals"], row["proposed_kop"]) == (number, scaled(rub, KOP))
    assert row["mismatched_billed_kop"] == scaled(wanted.pop("mismatched_billed", "0.00"), KOP)
    for outcome in (*OUTCOMES, "unmet"):
        number, rub = wanted.pop(outcome, [0, "0.00"])
        assert (row[outcome], row[f"{outcome}_kop"]) == (number, scaled(rub, KOP)), outcome
    assert not wanted and row["creditor_id"] == "c1"


def test_every_status_is_an_outcome() -> None:
    assert set(OUTCOME_OF) == set(RECALCULATIONS["status_code"].allowed or ())


def test_parts_of_a_book_add_up() -> None:
    told = _told(ALL[0])
    halves = [batches(told.slice(place, 1)) for place in range(told.height)]
    assert accepted(halves, _before({})).equals(accepted([batches(told)], _before({})))
