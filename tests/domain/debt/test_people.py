"""Whom a debt concerns and who may be written to."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.contracts import registers
from pipeline.domain.debt.people import PLAIN_MOBILE, addressees, holders
from pipeline.identifiers import mobile_phone
from tests.domain.debt.town import DAY, account, contact, frame, person, right
from tests.examples import examples

SOLD = dt.date(2026, 3, 10)


def addressee(
    rights: list[dict[str, Any]], *, of: dict[str, Any] | None = None, persons: list[dict[str, Any]] | None = None,
    contacts: list[dict[str, Any]] | None = None, call_needs_consent: bool = True,
) -> dict[str, Any] | None:
    accounts = frame(registers.ACCOUNTS, of or account())
    held = holders(accounts, frame(registers.RIGHTS, *rights), as_of=DAY)
    known = persons or [person(told["person_id"]) for told in rights]
    found = addressees(
        held, frame(registers.PERSONS, *known), frame(registers.CONTACTS, *(contacts or [])), as_of=DAY, adult_years=18,
        call_needs_consent=call_needs_consent,
    ).to_dicts()
    return found[0] if found else None


@pytest.mark.parametrize(
    ("rights", "expected"),
    [
        ([right("P2"), right("P1")], "P1"),
        ([right("P1", role_code="joint_owner"), right("P2")], "P2"),
        ([right("P1", role_code="tenant"), right("P2")], "P2"),
        ([right("P1", role_code="minor_owner"), right("P2")], "P2"),
        ([right("P1", valid_to=DAY), right("P2", valid_from=DAY + dt.timedelta(days=1))], "P1"),
        ([right("P1", valid_to=DAY - dt.timedelta(days=1)), right("P2", valid_from=DAY)], "P2"),
    ],
)
def test_the_first_adult_holder_is_written_to(rights: list[dict[str, Any]], expected: str) -> None:
    found = addressee(rights)

    assert found is not None and found["person_id"] == expected


def test_children_are_never_written_to() -> None:
    child = right("P1", role_code="minor_owner")

    assert addressee([child]) is None


@pytest.mark.parametrize(
    ("birth_on", "is_adult"),
    [(dt.date(2008, 5, 31), True), (dt.date(2008, 6, 1), False)],
)
def test_the_day_of_majority_counts(birth_on: dt.date, is_adult: bool) -> None:
    assert (addressee([right()], persons=[person(birth_on=birth_on)]) is not None) == is_adult


def test_in_a_municipal_flat_the_tenant_owes() -> None:
    found = addressee(
        [right("P1"), right("P2", role_code="tenant")], of=account(account_kind_code="municipal_tenant")
    )

    assert found is not None and found["person_id"] == "P2"


def test_a_closed_account_belongs_to_the_former_owner() -> None:
    rights = [right("P9", valid_to=SOLD), right("P1", valid_from=SOLD)]

    former, present = addressee(rights, of=account(closed_on=SOLD)), addressee(rights)

    assert former is not None and former["person_id"] == "P9"
    assert present is not None and present["person_id"] == "P1"


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ([], (False, False, False)),
        ([contact()], (True, True, False)),
        ([contact(phone_verified_on=DAY)], (True, True, True)),
        ([contact(phone_verified_on=DAY + dt.timedelta(days=1))], (True, True, False)),
        ([contact(has_sms_consent=False)], (True, False, False)),
        ([contact(has_opted_out=True)], (False, False, False)),
        ([contact(phone="+7 495 123-45-67")], (False, False, False)),
        ([contact(phone="+1 202 555 0123")], (False, False, False)),
        ([contact(phone=None)], (False, False, False)),
    ],
    ids=["no contact", "mobile", "verified", "verified tomorrow", "no consent", "opted out", "landline", "foreign",
         "empty"],
)
def test_only_a_russian_mobile_that_did_not_refuse(told: list[dict[str, Any]], expected: tuple[bool, ...]) -> None:
    found = addressee([right()], contacts=told)

    assert found is not None
    assert (found["may_text"], found["may_remind"], found["is_phone_verified"]) == expected


@pytest.mark.parametrize(
    ("told", "needs_consent", "may_call"),
    [
        ({"has_call_consent": True, "phone_verified_on": DAY}, True, True),
        ({"has_call_consent": None, "phone_verified_on": DAY}, True, False),
        ({"has_call_consent": False, "phone_verified_on": DAY}, True, False),
        ({"has_call_consent": None, "phone_verified_on": DAY}, False, True),
        ({"has_call_consent": True, "phone_verified_on": DAY + dt.timedelta(days=1)}, True, False),
        ({"has_call_consent": True, "phone_verified_on": None}, False, False),
        ({"has_call_consent": True, "phone_verified_on": DAY, "has_opted_out": True}, True, False),
        ({"has_call_consent": True, "phone_verified_on": DAY, "phone": "+7 495 123-45-67"}, True, False),
    ],
)
def test_only_a_confirmed_phone_with_consent_is_called(
    told: dict[str, Any], needs_consent: bool, may_call: bool
) -> None:
    found = addressee([right()], contacts=[contact(**told)], call_needs_consent=needs_consent)

    assert found is not None and found["may_call"] == may_call


def test_the_phone_of_the_seller_is_dead_for_the_flat() -> None:
    """The seller's phone, confirmed and with consent, reaches nobody of the flat after the sale."""
    rights = [right("P9", valid_to=SOLD), right("P1", valid_from=SOLD + dt.timedelta(days=1))]
    told = contact("P9", has_call_consent=True, phone_verified_on=DAY)

    found = addressee(rights, contacts=[told])

    assert found == {
        "account_id": "A", "person_id": "P1", "may_text": False, "may_remind": False, "is_phone_verified": False,
        "may_call": False,
    }


@examples(500)
@given(phone=st.from_regex(PLAIN_MOBILE, fullmatch=True))
def test_a_plainly_written_mobile_is_one_by_the_numbering_plan(phone: str) -> None:
    assert mobile_phone(phone) == phone
