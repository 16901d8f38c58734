"""Instalments as a truth table: every case of tests/cases/instalments.yaml."""

import datetime as dt
from typing import Any

import polars as pl
import pytest

from pipeline.contracts import debt, events, ledger
from pipeline.contracts.gate import gate
from pipeline.domain.debt.debtors import standing
from pipeline.money import roubles_of
from pipeline.storage.shapes import to_outside
from tests.case_files import cases
from tests.domain.debt import town
from tests.domain.debt.town import frame, kop

CASES = cases("instalments.yaml")
PARTS = [dt.date(2026, 5, 20), dt.date(2026, 6, 20), dt.date(2026, 7, 20)]
SIGNED = dt.date(2026, 5, 1)
OLD = dt.date(2026, 3, 16)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_instalment(case: dict[str, Any]) -> None:
    given = case["given"]
    debts = {
        OLD: given["open"], SIGNED: given.get("on_signing", "0.00"), dt.date(2026, 6, 15): given.get("new", "0.00"),
    }
    rest = roubles_of(600_000 - kop(given["open"]))
    sums = given.get("parts", ["2000.00"] * 3)
    parts = [
        {"event_id": f"e{number}", "registered_at": dt.datetime(2026, 5, 1, 9, tzinfo=town.MOSCOW),
         "agreement_id": "r1", "account_id": "A", "creditor_id": "c1", "signed_on": SIGNED, "part_due_on": due_on,
         "part_kop": kop(rub)} for number, (due_on, rub) in enumerate(zip(PARTS, sums, strict=True))
    ]
    facts = town.owing(
        given["as_of"], *({"due_on": due_on, "rub": rub} for due_on, rub in debts.items() if rub != "0.00"),
        instalment_agreements=frame(events.INSTALMENT_AGREEMENTS, *parts),
        payment_allocations=_paid(given.get("paid", [(dt.date(2026, 5, 5), rest)] if rest else [])),
        paid_before=_paid(given.get("before", [])), debt_decisions=_decided(*given.get("decided", [])),
    )

    found = standing(facts, rules=town.RULES, as_of=given["as_of"], book_id=town.BOOK)

    gate(to_outside(found.instalments, debt.INSTALMENTS), debt.INSTALMENTS)
    shown = {"holds": [hold for holds in found.notice["holds"].to_list() for hold in holds], "status": None}
    for row in found.instalments.to_dicts():
        sums = {f"{name}_rub": f"{roubles_of(row[f'{name}_kop']):.2f}" for name in ("due", "paid", "next")}
        shown |= sums | {"status": row["status_code"], "next_on": row["next_on"]}
    assert {name: shown[name] for name in case["expect"]} == case["expect"]


def _decided(code: str = "", rub: str = "0.00") -> pl.DataFrame:
    """The decision of a person about the agreement; none without a code."""
    told = {"event_id": "q", "registered_at": dt.datetime(2026, 5, 20, 9, tzinfo=town.MOSCOW),
            "subject_code": "instalment_doubt", "subject_id": "A:c1:r1", "decision_code": code, "amount_kop": kop(rub)}
    return frame(events.DEBT_DECISIONS, *([told] if code else []))


def _paid(movements: list[Any]) -> pl.DataFrame:
    """Money laid on the old debt, by day of payment."""
    return frame(ledger.PAYMENT_ALLOCATIONS, *(
        {"account_id": "A", "creditor_id": "c1", "debt_kind_code": "principal", "due_on": OLD,
         "paid_at": dt.datetime.combine(on, dt.time(0, 30), tzinfo=town.MOSCOW), "allocated_kop": kop(str(rub))}
        for on, rub in movements
    ))
