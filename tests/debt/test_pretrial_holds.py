"""Holds and the notice before the court: the list and its audit leave out the same debts."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

import pipeline.checks.debt_court  # noqa: F401  declares the check
from pipeline.assets.debt import write_debt
from pipeline.checks.room import finding_of
from pipeline.contracts import events
from pipeline.contracts.debt import DISPATCHES
from pipeline.contracts.pretrial import PRETRIAL_NOTICES
from pipeline.storage import journal
from pipeline.storage.run import MonthRun
from tests.debt import town
from tests.debt.town import FEBRUARY
from tests.domain.debt.town import frame, sent

LONG_BEFORE, LATELY = dt.date(2025, 6, 1), dt.date(2026, 5, 1)


def told_in_may(root: Path, *holds: dict[str, Any]) -> MonthRun:
    """D1 has had its receipt on 10 May: the day of filing comes within the days of a notice."""
    book = town.book_at(root)
    receipt = sent("debt_receipt", dt.date(2026, 5, 10), FEBRUARY, person="P4", account="D1")
    journal.append(book, DISPATCHES, "before", frame(DISPATCHES, receipt))
    run = town.begun(book)
    rows = [{"event_id": f"p{number}", **hold} for number, hold in enumerate(holds)]
    run.write_staged(events.HOLDS.name, "whole", frame(events.HOLDS, *rows))
    write_debt(run)
    return run


@pytest.mark.parametrize(("hold", "noticed"), [
    ({}, ["D1"]),
    ({"account_id": "D1", "reason_code": "bankruptcy", "from_on": LATELY}, []),
    # what was charged after the procedure began is a current payment: it goes on
    ({"account_id": "D1", "reason_code": "bankruptcy", "from_on": LONG_BEFORE}, ["D1"]),
    ({"account_id": "D1", "reason_code": "no_delivery_proof", "from_on": LATELY}, []),
    ({"person_id": "P4", "reason_code": "no_delivery_proof", "from_on": LATELY}, []),
    ({"person_id": "P5", "reason_code": "no_delivery_proof", "from_on": LATELY}, ["D1"]),
    ({"account_id": "D1", "creditor_id": "c2", "reason_code": "dispute", "from_on": LATELY}, ["D1"]),
    ({"account_id": "D1", "reason_code": "dispute", "from_on": LONG_BEFORE, "to_on": LATELY}, ["D1"]),
], ids=["none", "bankrupt", "bankrupt before", "account", "person", "another person", "another creditor", "over"])
def test_a_hold_keeps_the_notice_and_the_audit_agrees(tmp_path: Path, hold: dict[str, Any], noticed: list[str]) -> None:
    run = told_in_may(tmp_path / "book", *([hold] if hold else []))

    assert run.read(PRETRIAL_NOTICES)["account_id"].to_list() == noticed
    assert finding_of("everyone_is_told_before_the_court", run).sample_ids == []
