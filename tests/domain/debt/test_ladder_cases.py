"""The ladder as a truth table: every case of tests/cases/ladder.yaml."""

import datetime as dt
from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from pipeline.contracts import debt, events, ingest, ledger, recalculation, registers
from pipeline.contracts.gate import gate
from pipeline.contracts.person_statuses import PERSON_STATUSES, as_holds
from pipeline.domain.debt.arrears import BANDS
from pipeline.domain.debt.debtors import Facts, standing
from pipeline.storage.shapes import to_outside
from tests.case_files import cases
from tests.domain.debt import town
from tests.domain.debt.town import frame, kop

CASES = cases("ladder.yaml")
COLUMNS = {
    "stage": "stage_code", "previous": "previous_stage_code", "next": "next_action_code", "next_on": "next_action_on",
    "holds": "holds", "months": "months_overdue", "days": "days_overdue", "episode_from": "episode_from",
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_ladder(case: dict[str, Any]) -> None:
    given = case["given"]

    rules = town.rules_on(given.get("rules_on", town.DAY), calls=given.get("calls", True))

    found = standing(_facts(given), rules=rules, as_of=given["as_of"], book_id=town.BOOK).debtors

    gate(to_outside(found, debt.DEBTORS), debt.DEBTORS)
    for place, expected in case["expect"].items():
        creditor, track = place.split()
        rows = found.filter((pl.col("creditor_id") == creditor) & (pl.col("track_code") == track)).to_dicts()
        assert (None if not rows else _shown(rows[0], expected)) == expected, rows


def _shown(row: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for name in expected:
        if name == "ages_rub":
            shown[name] = [_rub(row[band]) for band in BANDS]
        elif name.endswith("_rub"):
            shown[name] = _rub(row[name.removesuffix("_rub") + "_kop"])
        else:
            shown[name] = row[COLUMNS[name]]
    return shown


def _rub(amount_kop: int) -> str:
    return f"{amount_kop // 100}.{amount_kop % 100:02d}"


def _facts(given: dict[str, Any]) -> Facts:
    as_of = given["as_of"]
    facts = town.owing(as_of, *given["items"])
    before = given.get("before")
    overdue = [told["due_on"] for told in given["items"] if told.get("kind", "principal") == "principal"]
    episode_from = before["episode_from"] if before else min(overdue)
    return replace(
        facts,
        dispatches=frame(debt.DISPATCHES, *(town.sent(s, on, episode_from) for s, on in given.get("sent", []))),
        previous=frame(debt.DEBTORS, *([town.previous_debtor(**before)] if before else [])),
        payment_allocations=frame(ledger.PAYMENT_ALLOCATIONS, *map(_paid, given.get("paid", []))),
        court_cases=frame(events.COURT_CASES, *(
            {"court_case_id": f"case-{number}", "account_id": "A", "creditor_id": "c1", "from_month": first,
             "to_month": last} for number, (first, last) in enumerate(given.get("court_cases", []))
        )),
        court_events=frame(events.COURT_EVENTS, *(
            {"court_case_id": "case-0", "event_code": code, "event_on": on, "addressee_code": "court"}
            for code, on in given.get("court_events", [])
        )),
        holds=pl.concat([
            frame(events.HOLDS, *map(_hold, given.get("holds", []))),
            as_holds(frame(PERSON_STATUSES, *map(_status, given.get("statuses", [])))),
        ]),
        **_mandate(given.get("mandate")), **_shields(given),
        **_account(given.get("account")), **_phone(given.get("phone", "consent")),
    )


def _paid(told: dict[str, Any]) -> dict[str, Any]:
    return {
        "account_id": "A", "creditor_id": "c1", "debt_kind_code": "principal", "due_on": told["due_on"],
        "paid_at": dt.datetime.combine(told["paid_on"], dt.time(12), tzinfo=town.MOSCOW), "allocated_kop": 100,
    }


def _hold(told: dict[str, Any]) -> dict[str, Any]:
    person = told.get("person")
    return {
        "account_id": None if person else "A", "person_id": person, "creditor_id": told.get("creditor"),
        "reason_code": told["reason"], "from_on": told["from"], "to_on": told.get("to"),
    }


def _status(told: dict[str, Any]) -> dict[str, Any]:
    registered_at = dt.datetime(2026, 1, told.get("told", 1), tzinfo=town.MOSCOW)
    return {
        "event_id": f"s{registered_at}", "registered_at": registered_at, "person_id": told.get("person", "P"),
        "status_code": told["status"], "valid_from": told["from"], "valid_to": told.get("to"),
    }


def _shields(given: dict[str, Any]) -> dict[str, pl.DataFrame]:
    return {
        "advances": frame(ledger.ADVANCES, *(
            {"account_id": "A", "creditor_id": told.get("creditor"), "amount_kop": kop(told["rub"])}
            for told in given.get("advances", [])
        )),
        "recalculations": frame(recalculation.RECALCULATIONS, *(
            {"account_id": "A", "contract_id": "k-c1", "difference_kop": kop(told["rub"]),
             "status_code": told.get("status", "proposed")}
            for told in given.get("credits", [])
        )),
        "suspended_payments": frame(ledger.SUSPENDED_PAYMENTS, *(
            {"suspended_id": f"s{number}", "amount_kop": kop(told["rub"])}
            | ({"account_id": "A", "candidate_account_ids": []} if told.get("written") == "own"
               else {"account_id": "unknown", "candidate_account_ids": ["Z", "A"]})
            for number, told in enumerate(given.get("suspended", []))
        )),
    }


def _mandate(told: dict[str, Any] | None) -> dict[str, pl.DataFrame]:
    if told is None:
        return {}
    days = {f"{side}_on": told[side] for side in ("from", "to") if side in told}
    own = {name: value for name, value in told.items() if name not in ("from", "to")}
    sums = {name.removesuffix("_rub") + "_kop": kop(value) for name, value in own.items() if name.endswith("_rub")}
    others = {name: value for name, value in own.items() if not name.endswith("_rub")}
    return {
        "mandates": frame(events.MANDATES, town.mandate(**others, **sums, **days)),
        "mandate_accounts": frame(events.MANDATE_ACCOUNTS, town.mandated()),
    }


def _account(kind: str | None) -> dict[str, pl.DataFrame]:
    match kind:
        case "incomplete":
            row = {"account_id": "A", "reason_code": "document_missing"}
            return {"incomplete_bills": frame(ingest.INCOMPLETE_BILLS, row)}
        case "organisation":
            return {"accounts": frame(registers.ACCOUNTS, town.account(account_kind_code="organisation"))}
        case "not_served":
            return {"accounts": frame(registers.ACCOUNTS, town.account(is_served=False))}
        case "closed" | "closed_tonight":
            closed_on = town.DAY - dt.timedelta(days=kind == "closed")
            return {"accounts": frame(registers.ACCOUNTS, town.account(closed_on=closed_on))}
    return {}


def _phone(kind: str) -> dict[str, pl.DataFrame]:
    confirmed = {"phone_verified_on": town.EARLY}
    told = {
        "calls": [town.contact(has_call_consent=True, **confirmed)], "confirmed": [town.contact(**confirmed)],
        "calls_unconfirmed": [town.contact(has_call_consent=True)],
        "consent": [town.contact()], "plain": [town.contact(has_sms_consent=False)],
        "opted_out": [town.contact(has_opted_out=True)], "none": [],
    }[kind]
    return {"contacts": frame(registers.CONTACTS, *told)}
