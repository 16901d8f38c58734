"""Decisions of persons: the truth table, and what becomes of a decided proposal month by month."""

from datetime import date, datetime
from typing import Any

import polars as pl
import pytest

from pipeline.billing_month import MOSCOW
from pipeline.contracts.events import APPROVALS
from pipeline.contracts.recalculation import RECALCULATIONS
from pipeline.contracts.registers import CYCLES
from pipeline.domain.recalculation.approvals import decided
from tests.case_files import cases
from tests.domain.metering.town import KOP, Town, frame, month_of, scaled

ALL = cases("approvals.yaml")
DECEMBER, JANUARY, FEBRUARY = date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1)
ESTIMATE = {"document": "d12", "month": "2025-12", "volume": "0.000", "charged": "0.00", "tariff": "100.00"}
READING = {"id": "r1", "read_on": date(2025, 12, 24), "value": "1100.000"}


def decision(subject: str, code: str, at: date, *, saw: Any = None, event: str = "e") -> dict[str, Any]:
    return {
        "event_id": f"{event}-{at}", "registered_at": _moment(at),
        "subject_code": "batch" if subject == "B" or ":" in subject else "proposal", "subject_id": subject,
        "decision_code": code, "difference_kop": scaled(saw, KOP), "evidence": "act 7",
    }


def _moment(at: date) -> datetime:
    """Noon of a day; a moment as it is."""
    if isinstance(at, datetime):
        return at.replace(tzinfo=MOSCOW)
    return datetime(at.year, at.month, at.day, 12, tzinfo=MOSCOW)


def proposal(proposal_id: str, status: str, difference: str) -> dict[str, Any]:
    return {"proposal_id": proposal_id, "batch_id": "B", "status_code": status,
            "lands_in_month": JANUARY, "difference_kop": scaled(difference, KOP)}


@pytest.mark.parametrize("case", ALL, ids=[case["case"] for case in ALL])
def test_a_decision_moves_a_proposal_as_the_case_says(case: dict[str, Any]) -> None:
    proposals = frame(RECALCULATIONS, [proposal("P", case["stands"], case.get("difference", "12000.00"))])
    decisions = [
        decision(one["subject"], one["decision"], one["at"], saw=one.get("saw")) for one in case["decisions"]
    ]

    cycles = frame(CYCLES, [{"billing_month": month_of(case.get("known", "2026-01")), "issue_on": FEBRUARY}])

    assert decided(proposals, frame(APPROVALS, decisions), cycles)["status_code"].to_list() == [case["becomes"]]


@pytest.mark.parametrize(("subject", "saw", "becomes"), [
    ("ab", None, "rejected"), ("ba", None, "rejected"), ("ab", "-160.00", "rejected"), ("ba", "160.00", "rejected"),
    ("ab", "160.00", "waits_for_approval"), ("cd", None, "waits_for_approval"),
])
def test_a_decision_on_one_half_is_a_decision_on_both(subject: str, saw: str | None, becomes: str) -> None:
    halves = frame(RECALCULATIONS, [
        proposal("ab", "waits_for_approval", "-160.00"), proposal("ba", "waits_for_approval", "160.00")
    ])
    decisions = frame(APPROVALS, [decision(subject, "rejected", FEBRUARY, saw=saw)])

    assert decided(halves, decisions, frame(CYCLES, []))["status_code"].to_list() == [becomes] * 2


def test_of_two_decisions_on_the_halves_the_latest_holds() -> None:
    halves = frame(RECALCULATIONS, [
        proposal("ab", "waits_for_approval", "-160.00"), proposal("ba", "waits_for_approval", "160.00")
    ])
    decisions = frame(APPROVALS, [decision("ab", "rejected", JANUARY), decision("ba", "approved", FEBRUARY)])

    assert decided(halves, decisions, frame(CYCLES, []))["status_code"].to_list() == ["proposed"] * 2


def _town() -> Town:
    return Town.of([{"last": "1000.000", "months": 0, "total": "0.000"}], last="150.000", last_on=date(2025, 11, 25))


def test_an_approval_of_the_same_night_is_heard() -> None:
    town = _town()
    _, first = town.run(DECEMBER, billed=[ESTIMATE], readings=[READING])
    again = _town()
    again.decide(decision(first["proposal_id"].item(), "approved", date(2026, 1, 10), saw="10000.00"))
    _, second = again.run(DECEMBER, billed=[ESTIMATE], readings=[READING])

    assert first["status_code"].to_list() == ["waits_for_approval"]
    assert second["status_code"].to_list() == ["proposed"]
    assert second.drop("status_code").equals(first.drop("status_code"))


def test_a_rejected_proposal_is_published_once_and_never_comes_back() -> None:
    town = _town()
    _, december = town.run(DECEMBER, billed=[ESTIMATE], readings=[READING])
    town.decide(decision(december["batch_id"].item(), "rejected", date(2026, 2, 5)))
    _, january = town.run(JANUARY)
    later = {"id": "r2", "read_on": date(2026, 2, 24), "value": "1130.000"}
    _, february = town.run(FEBRUARY, readings=[later])

    assert january["status_code"].to_list() == ["rejected"]
    assert january["proposal_id"].to_list() == december["proposal_id"].to_list()
    corrected = february.select(pl.col("corrected_months").explode()).to_series().to_list()
    assert "2025-12" not in corrected
