"""Whose days are left out of an account's penalties: a right counts while it lasts, a closed account keeps it."""

import datetime as dt

import polars as pl
import pytest

from pipeline.contracts import events, registers
from pipeline.contracts.gate import gate
from pipeline.contracts.penalty import PENALTY_EXEMPTIONS
from pipeline.contracts.person_statuses import PERSON_STATUSES, as_holds
from pipeline.domain.penalty.exempt import exempt_days
from pipeline.storage.shapes import to_outside
from tests.domain.debt.town import EARLY, MOSCOW, account, frame, right

REASONS = ("mobilised", "bankruptcy", "death")
APRIL, MAY, JUNE = dt.date(2026, 4, 1), dt.date(2026, 5, 1), dt.date(2026, 6, 1)
DAY = dt.timedelta(days=1)


def status(code: str, first: dt.date, last: dt.date | None = None, told: int = 1) -> dict[str, object]:
    return {"event_id": f"s{told}", "registered_at": dt.datetime(2026, 6, told, tzinfo=MOSCOW), "person_id": "P",
            "status_code": code, "valid_from": first, "valid_to": last}


def days(held: dict[str, object], *statuses: dict[str, object], **of_account: object) -> list[tuple[object, ...]]:
    holds = pl.concat([frame(events.HOLDS), as_holds(frame(PERSON_STATUSES, *statuses))])
    rows = exempt_days(
        holds, frame(registers.ACCOUNTS, account(**of_account)), frame(registers.RIGHTS, held), reasons=REASONS
    )
    return rows.select("reason_code", "from_on", "to_on").rows()


@pytest.mark.parametrize(("held", "closed_on", "expected"), [
    (right(), None, [("mobilised", APRIL, JUNE)]),
    (right(valid_to=MAY), None, [("mobilised", APRIL, MAY)]),
    (right(valid_to=APRIL - DAY), None, []),
    (right(valid_from=MAY), None, [("mobilised", MAY, JUNE)]),
    (right(valid_from=JUNE + DAY), None, []),
    # who held the flat on the account's last day goes on owing, and goes on being mobilised
    (right(valid_to=MAY), MAY, [("mobilised", APRIL, JUNE)]),
    (right(valid_to=MAY - DAY), MAY, [("mobilised", APRIL, MAY - DAY)]),
    (right(valid_from=MAY), MAY - DAY, []),
])
def test_a_status_counts_while_the_right_lasts(
    held: dict[str, object], closed_on: dt.date | None, expected: list[tuple[object, ...]]
) -> None:
    assert days(held, status("mobilised", APRIL, JUNE), closed_on=closed_on) == expected


def test_the_family_is_left_out_as_the_person_and_a_subsidy_is_not() -> None:
    assert days(right(), status("mobilised_family", APRIL)) == [("mobilised", APRIL, None)]
    assert days(right(), status("subsidy", APRIL)) == []


def test_of_a_status_told_anew_the_last_row_counts() -> None:
    assert days(right(), status("death", EARLY, None, 1), status("death", EARLY, MAY, 2)) == [("death", EARLY, MAY)]


@pytest.mark.parametrize("reason", events.HOLD_REASONS)
def test_a_book_may_leave_out_the_days_of_any_hold(reason: str) -> None:
    held = frame(events.HOLDS, {"event_id": "h", "person_id": "P", "reason_code": reason, "from_on": MAY})
    rows = exempt_days(held, frame(registers.ACCOUNTS, account()), frame(registers.RIGHTS, right()), reasons=(reason,))

    gate(to_outside(rows, PENALTY_EXEMPTIONS), PENALTY_EXEMPTIONS)
    assert rows["reason_code"].to_list() == [reason]
