"""Norms by the registers: whose scope counts, who lives there for how many days, what nobody has told."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from pipeline.contracts.events import SERVICE_NORMS
from pipeline.contracts.registers import ACCOUNTS, CONSUMPTION_NORMS, HOUSES, PREMISES, REGISTRATIONS, RIGHTS
from pipeline.domain.metering.norms import NormSources, norms_of
from tests.domain.metering.town import E7, frame, moment

APRIL = date(2026, 4, 1)
SINCE = date(2020, 1, 1)


def _norm(volume: float, **scope: Any) -> dict[str, Any]:
    return {"service_code": "cold_water", "per_code": "person", "norm_volume_e7": int(volume * E7),
            "valid_from": SINCE} | scope


def _lives(persons: int | None = None, **row: Any) -> dict[str, Any]:
    return {"premises_id": "f", "persons_count": persons, "valid_from": SINCE} | row


def _sources(
    norms: list[Any], lives: list[Any], told: list[Any] = [], accounts: int = 1, owners: list[Any] = [],  # noqa: B006
    use: str | None = None, has_registrations: bool = True,
) -> NormSources:
    flat = {"premises_id": "f", "house_id": "h", "area_m2_e7": 54 * E7, "heated_area_m2_e7": 50 * E7, "use_code": use}
    return NormSources(
        frame(SERVICE_NORMS, told), frame(CONSUMPTION_NORMS, norms), frame(REGISTRATIONS, lives),
        frame(RIGHTS, owners), frame(PREMISES, [flat]), frame(HOUSES, [{"house_id": "h", "territory_code": "t"}]),
        frame(ACCOUNTS, [{"account_id": f"a{n}", "premises_id": "f", "house_id": "h"} for n in range(accounts)]),
        has_registrations,
    )


def _owns(person: str, role: str = "owner", **row: Any) -> dict[str, Any]:
    return {"premises_id": "f", "person_id": person, "role_code": role, "valid_from": SINCE} | row


def _found(sources: NormSources) -> list[int]:
    return norms_of(sources, pl.Series(["a0"]), month=APRIL)["norm_e7"].to_list()


@pytest.mark.parametrize(("norms", "lives", "volume"), [
    ([_norm(4)], [_lives(2)], [8.0]),
    # a person who came on 16 April lives there for 15 of 30 days
    ([_norm(4)], [_lives(2), _lives(1, valid_from=date(2026, 4, 16))], [10.0]),
    # one who is registered for ever, as registers write it
    ([_norm(4)], [_lives(2, valid_to=date(9999, 12, 31))], [8.0]),
    # and one who left on 15 April too
    ([_norm(4)], [_lives(2, valid_to=date(2026, 4, 15))], [4.0]),
    ([_norm(4)], [_lives(None, person_id="p"), _lives(None, person_id="q")], [8.0]),
    # a person registered anew before the older row ends lives there once
    ([_norm(4)], [_lives(None, person_id="p"), _lives(None, person_id="p", valid_from=SINCE.replace(day=2))], [4.0]),
    ([_norm(4), _norm(5, territory_code="t")], [_lives(2)], [10.0]),
    ([_norm(4), _norm(5, territory_code="t"), _norm(3, house_id="h")], [_lives(2)], [6.0]),
    ([_norm(4), _norm(9, house_id="another")], [_lives(2)], [8.0]),
    # a newer norm takes over, one to come does not count yet
    ([_norm(4, valid_to=date(2026, 3, 31)), _norm(5, valid_from=APRIL)], [_lives(2)], [10.0]),
    ([_norm(4), _norm(5, valid_from=date(2026, 5, 1))], [_lives(2)], [8.0]),
    ([_norm(0.02, per_code="m2")], [], [1.0]),
    ([_norm(4)], [], []),
    ([_norm(4)], [_lives(2, valid_to=date(2026, 3, 31))], []),
    ([], [_lives(2)], []),
    # two norms of different kinds contradict each other
    ([_norm(4), _norm(0.02, per_code="m2")], [_lives(2)], []),
])
def test_norm_is_counted_by_the_registers(norms: list[Any], lives: list[Any], volume: list[float]) -> None:
    assert _found(_sources(norms, lives)) == [int(one * E7) for one in volume]


@pytest.mark.parametrize(("lives", "owners", "volume"), [
    ([], [_owns("p")], [4.0]),
    ([], [_owns("p"), _owns("q", "joint_owner"), _owns("r", "minor_owner")], [12.0]),
    # a tenant is no owner
    ([], [_owns("p", "tenant")], []),
    # who lives there counts, not who owns
    ([_lives(2)], [_owns("p")], [8.0]),
    # a register that says nobody says so
    ([_lives(0)], [_owns("p")], [4.0]),
    # two lived there up to 15 April, then nobody: 2 x 15 + 1 x 15 days of 30
    ([_lives(2, valid_to=date(2026, 4, 15))], [_owns("p")], [6.0]),
    # the former owner sold on 10 April: 9 days his, the rest the new one's
    ([], [_owns("p", valid_to=date(2026, 4, 9)), _owns("q", valid_from=date(2026, 4, 10))], [4.0]),
    # one of 6 to 10 April, one of 8 to 12 April: 10 days of people, and 23 days on which the owner counts, of 30
    ([_lives(1, valid_from=date(2026, 4, 6), valid_to=date(2026, 4, 10)),
      _lives(1, valid_from=date(2026, 4, 8), valid_to=date(2026, 4, 12))], [_owns("p")], [4.4]),
    # one person with two rights owns once
    ([], [_owns("p"), _owns("p", valid_from=SINCE.replace(day=2))], [4.0]),
])
def test_owners_are_counted_where_nobody_is_registered(
    lives: list[Any], owners: list[Any], volume: list[float]
) -> None:
    assert _found(_sources([_norm(4)], lives, owners=owners)) == [int(one * E7) for one in volume]


def test_a_register_that_nobody_delivers_says_of_nobody_that_he_is_not_registered() -> None:
    assert _found(_sources([_norm(4)], [], owners=[_owns("p")], has_registrations=False)) == []


@pytest.mark.parametrize(("use", "volume"), [("residential", [4.0]), (None, [4.0]), ("non_residential", [])])
def test_nobody_lives_where_nobody_can(use: str | None, volume: list[float]) -> None:
    assert _found(_sources([_norm(4)], [], owners=[_owns("p")], use=use)) == [int(one * E7) for one in volume]


def test_who_lives_on_which_of_two_accounts_is_not_told() -> None:
    assert _found(_sources([_norm(4)], [_lives(2)], accounts=2)) == []


def test_what_the_biller_states_comes_first() -> None:
    told = [
        {"event_id": str(number), "registered_at": moment("2026-01-12 12:00"), "account_id": "a0",
         "service_code": "cold_water", "valid_from": since, "norm_volume_e7": volume * E7, "tariff_e6": 1}
        for number, (since, volume) in enumerate([(date(2026, 1, 1), 7), (APRIL, 9), (date(2026, 5, 1), 11)])
    ]
    assert _found(_sources([_norm(4)], [_lives(2)], told)) == [9 * E7]
