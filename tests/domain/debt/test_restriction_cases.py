"""Restriction as a truth table: every case of tests/cases/restriction.yaml."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from pipeline.contracts import debt, events, ledger, registers
from pipeline.contracts.gate import gate
from pipeline.domain.debt.debtors import Facts, standing
from pipeline.domain.debt.restriction import RestrictionFacts, restriction_list
from pipeline.rules.debt import RestrictionRules
from pipeline.storage.shapes import to_outside
from tests.case_files import cases
from tests.domain.debt import town
from tests.domain.debt.town import EARLY, frame, kop

CASES = cases("restriction.yaml")
SERVICES = [
    {"service_code": code, "name": code, "unit_code": "m3", "class_code": "utility", "may_restrict": may}
    for code, may in (
        ("hot_water", True), ("electricity", True), ("heating", True), ("waste", False), ("cold_water", False),
        ("gas", True),
    )
]
COLUMNS = {
    "stage": "stage_code", "next": "next_action_code", "next_on": "next_action_on", "blocked": "blocked_by",
    "fee_rub": "norm_fee_rub",
}
MORNING = dt.time(9, tzinfo=town.MOSCOW)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_restriction(case: dict[str, Any]) -> None:
    outside = to_outside(listed(case["given"]), debt.RESTRICTION_LIST)
    gate(outside, debt.RESTRICTION_LIST)
    rows = {row["service_code"]: row for row in outside.to_dicts()}
    assert set(rows) <= set(case["expect"]), rows
    for service, expected in case["expect"].items():
        row = rows.get(service)
        shown = None if row is None else {name: _shown(row[COLUMNS.get(name, name)]) for name in expected or {}}
        assert shown == expected, row


def given_facts(given: dict[str, Any]) -> tuple[Facts, RestrictionFacts]:
    """What the ladder and the restriction read of a case."""
    items = [{"service": "hot_water", **told} for told in given["items"]]
    holds = [
        {"account_id": "A", "creditor_id": "c1", "reason_code": hold["reason"], "from_on": hold["from"]}
        for hold in given.get("holds", [])
    ]
    advances = [{"account_id": "A", "amount_kop": kop(given["advance"])}] if "advance" in given else []
    facts = town.owing(
        given["as_of"], *items, holds=frame(events.HOLDS, *holds), advances=frame(ledger.ADVANCES, *advances),
        accounts=_accounts(given),
    )
    return facts, _facts(given, frame(events.HOLDS, *holds))


def listed(given: dict[str, Any]) -> pl.DataFrame:
    facts, read = given_facts(given)
    found = standing(facts, rules=town.RULES, as_of=given["as_of"], book_id=town.BOOK)
    return restriction_list(
        found, read, rules=rules_of(given), as_of=given["as_of"], is_awaiting=given.get("awaiting", False)
    )


def test_a_service_given_back_in_a_flat_that_was_left_says_why() -> None:
    case = next(case for case in CASES if case["name"].startswith("Cut off for the debt of the owner before"))

    assert listed(case["given"])["reason"][0].endswith(
        "восстановить до 06.06.2026: счёт закрыт, в квартире могут жить другие"
    )


def rules_of(given: dict[str, Any]) -> RestrictionRules:
    rules = town.RULES.restriction
    return replace(rules, gas=replace(rules.gas, is_open=given.get("gas_open", rules.gas.is_open)))


def _accounts(given: dict[str, Any]) -> Any:
    return frame(registers.ACCOUNTS, town.account(closed_on=given.get("closed_on")))


def _shown(value: Any) -> Any:
    return f"{value:.2f}" if isinstance(value, Decimal) else value


def _facts(given: dict[str, Any], holds: Any) -> RestrictionFacts:
    later = dict(given.get("norm_later", {}))
    told = [(EARLY, given.get("norm", {})), (later.pop("from", EARLY), later)]
    norms = [
        {"event_id": f"n-{since}-{service}", "registered_at": dt.datetime.combine(EARLY, MORNING), "account_id": "A",
         "service_code": service, "valid_from": since, "norm_volume_e7": 10**7, "tariff_e6": kop(rub) * 10**4}
        for since, fees in told for service, rub in fees.items()
    ]
    acts = [
        {"event_id": f"e{number}", "registered_at": dt.datetime.combine(on, MORNING), "account_id": "A",
         "creditor_id": "c1", "service_code": service[0] if service else "hot_water", "act_code": code, "act_on": on,
         "evidence": "акт"}
        for number, (code, on, *service) in enumerate(given.get("acts", []))
    ]
    paid = [] if "paid_on" not in given else [{
        "account_id": "A", "creditor_id": "c1", "service_code": "hot_water", "debt_kind_code": "principal",
        "paid_at": dt.datetime.combine(given["paid_on"], MORNING), "allocated_kop": 1,
    }]
    asked = [] if "asked_before" not in given else [{
        "account_id": "A", "creditor_id": "c1", "service_code": "hot_water", "next_action_code": "restore",
        "next_action_on": given["asked_before"],
    }]
    decided = [] if "decided" not in given else [{
        "event_id": "q", "registered_at": dt.datetime.combine(given["decided"][0], MORNING), "decision_code": "restore",
        "subject_code": "early_restriction", "subject_id": f"A:c1:hot_water:{given['decided'][1]}", "amount_kop": 1,
    }]
    contract = {"contract_id": "k-c1", "creditor_id": "c1", "valid_from": EARLY, "valid_to": given.get("contract_to")}
    return RestrictionFacts(
        debt_decisions=frame(events.DEBT_DECISIONS, *decided),
        accounts=_accounts(given), services=frame(registers.SERVICES, *SERVICES),
        service_contracts=frame(registers.SERVICE_CONTRACTS, contract),
        service_norms=frame(events.SERVICE_NORMS, *norms), restriction_acts=frame(events.RESTRICTION_ACTS, *acts),
        holds=holds, payment_allocations=frame(ledger.PAYMENT_ALLOCATIONS, *paid),
        before=frame(debt.RESTRICTION_LIST, *asked),
    )
