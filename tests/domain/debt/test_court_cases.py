"""The life of a court case as a truth table: every case of tests/cases/court.yaml."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from pipeline.contracts import debt, events, ledger
from pipeline.contracts.gate import gate
from pipeline.domain.debt import court
from pipeline.domain.debt.court_events import cases_told, running
from pipeline.domain.debt.court_money import COST_MOVEMENT
from pipeline.domain.debt.debtors import standing
from pipeline.storage.shapes import to_outside
from tests.case_files import cases
from tests.domain.debt import town
from tests.domain.debt.town import frame, kop

CASES = cases("court.yaml")
COLUMNS = {"stage": "stage_code", "next": "next_action_code", "next_on": "next_action_on", "blocked": "blocked_by"}
DUE = [dt.date(2026, 2, 10), dt.date(2026, 5, 15)]
COSTS = {
    "withdrawal_list": ("penalty_held_rub", "penalty_left_rub", "duty_held_rub", "duty_left_rub"),
    "enforcement_list": ("penalty_rub", "duty_rub"),
}
TWIN = "2-2/2026"
MORNING = dt.time(9, tzinfo=town.MOSCOW)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_court_case(case: dict[str, Any]) -> None:
    _, cases = tonight(case["given"])

    shown = _shown(cases)
    expected = {COLUMNS.get(name, name): value for name, value in case["expect"].items()}
    assert {name: shown[name] for name in expected} == expected, shown["reason"]


def tonight(given: dict[str, Any]) -> tuple[court.CourtFacts, pl.DataFrame]:
    """What is given and the case of it."""
    sums = zip(DUE, (given.get("open", "0.00"), given.get("other", "0.00")), strict=True)
    items = [{"due_on": due_on, "rub": rub} for due_on, rub in sums if rub != "0.00"]
    hold = {"account_id": "A", "reason_code": given.get("hold"), "from_on": given.get("hold_from", town.EARLY)}
    facts = town.owing(given["as_of"], *items, holds=frame(events.HOLDS, *([hold] if "hold" in given else [])))
    found = standing(facts, rules=town.RULES, as_of=given["as_of"], book_id=town.BOOK)
    read = _facts(given, facts)
    return read, court.cases_tonight(
        found, read, rules=town.RULES.court, as_of=given["as_of"], is_awaiting=given.get("awaiting", False)
    )


def _shown(cases: Any) -> dict[str, Any]:
    told = {}
    for table, of in (
        (debt.COURT_STANDING, court.court_standing), (debt.ENFORCEMENT_LIST, court.enforcement_list),
        (debt.WITHDRAWAL_LIST, court.withdrawal_list),
    ):
        outside = to_outside(of(cases), table)
        gate(outside, table)
        told[table.name] = outside.to_dicts()
    shown = {name: _text(value) for name, value in told["court_standing"][0].items()}
    for listed, costs in COSTS.items():
        shown[listed.replace("list", "costs")] = [
            [row["addressee_code"], *(_text(row[cost]) for cost in costs)] for row in told[listed]
        ]
    columns = ("addressee_code", "action_code", "claimed_rub", "open_rub", "paid_rub")
    shown["withdrawal"] = [[_text(row[name]) for name in columns] for row in told["withdrawal_list"]]
    shown["enforcement"] = [
        [row["addressee_code"], _text(row["claimed_rub"])] for row in told["enforcement_list"]
    ]
    return shown


def _text(value: Any) -> Any:
    return f"{value:.2f}" if isinstance(value, Decimal) else value


def _facts(given: dict[str, Any], facts: Any) -> court.CourtFacts:
    one = {"event_id": "case", "registered_at": dt.datetime.combine(town.EARLY, MORNING), "court_case_id": "2-1/2026",
           "account_id": "A", "creditor_id": "c1", "from_month": dt.date(2026, 1, 1), "to_month": dt.date(2026, 3, 1)}
    also = {**one, "event_id": "also", "registered_at": one["registered_at"] - dt.timedelta(days=1),
            "account_id": given.get("also")}
    twin = {**one, "event_id": "twin", "court_case_id": TWIN, "from_month": dt.date(2026, 4, 1),
            "to_month": dt.date(2026, 4, 1)}
    happened = [_event(number, event) for number, event in enumerate(given["events"])]
    beside = enumerate(given.get("twin", []), 50)
    happened += [_event(number, event) | {"court_case_id": TWIN} for number, event in beside]
    others = [row for row, name in ((also, "also"), (twin, "twin")) if name in given]
    decisions = frame(events.DEBT_DECISIONS, *map(_decision, [given["decided"]] if "decided" in given else []))
    left = [
        {"account_id": "A", "payment_id": given[name][0], "amount_kop": kop(given[name][1])}
        for name in ("advance", "advance_too") if name in given
    ]
    laid = [
        {"account_id": "A", "creditor_id": "c1", "debt_kind_code": kind, "payment_id": payment,
         "billing_month": dt.date(2026, 2, 1), "paid_at": dt.datetime.combine(on, MORNING), "allocated_kop": kop(rub)}
        for kind, on, rub, payment in given.get("laid", [])
    ]
    debts = replace(
        facts, court_cases=cases_told(frame(events.COURT_CASES, one, *others), decisions), debt_decisions=decisions,
        court_events=frame(events.COURT_EVENTS, *happened),
        advances=frame(ledger.ADVANCES, *left),
    )
    movements = frame(ledger.PAYMENT_ALLOCATIONS, *laid).select(COST_MOVEMENT)
    return court.CourtFacts(debts=debts, cost_movements=movements)


def _decision(told: list[str]) -> dict[str, Any]:
    """Registered after the cases were told."""
    kind, decision, rub = told
    return {"event_id": "d", "registered_at": dt.datetime.combine(dt.date(2026, 8, 30), MORNING), "subject_code": kind,
            "subject_id": "2-1/2026", "decision_code": decision, "amount_kop": kop(rub)}


def _event(number: int, told: Any) -> dict[str, Any]:
    """[what, day, principal, addressee, payment], or the same by name with penalty and duty."""
    names = ("what", "day", "principal", "by", "payment")
    event = told if isinstance(told, dict) else dict(zip(names, told, strict=False))
    sums = {f"{kind}_kop": kop(event[kind]) if event.get(kind) else None for kind in debt.COURT_KINDS}
    return {
        "event_id": f"e{number}", "registered_at": dt.datetime.combine(event["day"], MORNING),
        "court_case_id": "2-1/2026", "event_code": event["what"], "event_on": event["day"],
        "addressee_code": event.get("by"), "payment_id": event.get("payment"), **sums,
    }


@pytest.mark.parametrize(("happened", "held"), [
    ([], ["A", "B"]),
    ([("filed", None)], ["A", "B"]),
    ([("filed", None), ("withdrawn", "court")], []),
])
def test_every_account_of_a_case_is_held_while_it_runs(happened: list[tuple[str, str | None]], held: list[str]) -> None:
    day = dt.date(2026, 8, 1)
    given = {"also": "B", "events": [[what, day, None, by] for what, by in happened]}
    facts = _facts(given, town.nothing()).debts

    assert running(facts.court_cases, facts.court_events, as_of=day)["account_id"].sort().to_list() == held
