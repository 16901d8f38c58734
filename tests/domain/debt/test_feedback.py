"""A wrong number or a refusal ends writing to a phone until the person confirms one again."""

import datetime as dt

import pytest

from pipeline.contracts import debt, events, registers
from pipeline.domain.debt.people import gave_up, without_given_up
from tests.domain.debt.town import DAY, contact, frame, sent

TOLD = dt.date(2026, 5, 11)
LEFT = sent("sms", dt.date(2026, 5, 10), dt.date(2026, 4, 15))


def outcome(code: str, on: dt.date = TOLD, action_id: str = LEFT["action_id"]) -> dict[str, object]:
    return {"event_id": f"{code}-{on}", "action_id": action_id, "outcome_code": code, "outcome_on": on}


@pytest.mark.parametrize(
    ("verified_on", "code", "is_silent"),
    [
        (None, "wrong_number", True), (None, "refused", True), (None, "delivered", False), (None, "failed", False),
        (None, "answered", False), (None, "returned", False),
        (TOLD - dt.timedelta(days=1), "wrong_number", True), (TOLD, "wrong_number", True),
        (TOLD + dt.timedelta(days=1), "wrong_number", False),
    ],
)
def test_a_number_is_silent_until_it_is_confirmed_again(
    verified_on: dt.date | None, code: str, is_silent: bool
) -> None:
    told = gave_up(frame(debt.DISPATCHES, LEFT), frame(events.DUNNING_OUTCOMES, outcome(code)), as_of=DAY)

    contacts = without_given_up(frame(registers.CONTACTS, contact(phone_verified_on=verified_on), contact("Q")), told)

    assert contacts["has_opted_out"].to_list() == [is_silent, False]


def test_an_outcome_of_tomorrow_or_of_another_action_is_nothing() -> None:
    outcomes = [outcome("wrong_number", DAY + dt.timedelta(days=1)), outcome("refused", action_id="another")]

    assert gave_up(frame(debt.DISPATCHES, LEFT), frame(events.DUNNING_OUTCOMES, *outcomes), as_of=DAY).is_empty()
