"""An application for absence is never computed against what the book's registers say of the flat and the person."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from pipeline.contracts import registers
from pipeline.contracts.table import Table
from pipeline.domain.recalculation.household import Household
from tests.domain.recalculation.applications import ACCOUNT, FLAT, absences, billed, lines, rerated

AWAY = {"from": date(2026, 6, 3), "to": date(2026, 6, 20)}
BILLS = lines(billed("2026-06"))
SINCE = {"premises_id": FLAT, "valid_from": date(2020, 1, 1)}
OWNER = SINCE | {"person_id": "p1", "role_code": "owner"}
ONE = {"account_id": ACCOUNT, "premises_id": FLAT, "opened_on": date(2020, 1, 1)}
OTHER = "A2"


def _rows(table: Table, rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=table.inside_schema)


def _book(
    *registered: dict[str, Any], rights: tuple[dict[str, Any], ...] = (), persons: list[str] | None = None,
    accounts: tuple[dict[str, Any], ...] = (ONE,),
) -> Household:
    told = [SINCE | one for one in registered]
    return Household(
        _rows(registers.ACCOUNTS, list(accounts)), _rows(registers.REGISTRATIONS, told),
        _rows(registers.RIGHTS, list(rights)), None if persons is None else pl.Series(persons, dtype=pl.String),
    )


def _of(household: Household, **more: Any) -> tuple[list[int], list[tuple[str, str]]]:
    proposals, back = rerated(BILLS, away=absences([AWAY | more]), household=household)
    return proposals["difference_kop"].to_list(), back.select("field_code", "reason_code").rows()


@pytest.mark.parametrize("household", [
    _book({"persons_count": 1}), _book({"person_id": "p1"}), _book(), _book(rights=(OWNER,), persons=["p1"]),
    _book({"persons_count": 0}, rights=(OWNER,)),  # nobody registered: the fee is asked of owners
    _book({"persons_count": 3}, accounts=(ONE, ONE | {"account_id": OTHER})),  # the flat is counted, not the account
    _book({"person_id": "p1"}, persons=[]),  # registered by name is known enough
    # a member of the owner's family, and one who lives there for a time: counted, but nothing names them
    _book({"persons_count": 1}, rights=(OWNER | {"person_id": "p2"},), persons=["p1"]),
    _book(rights=(OWNER | {"person_id": "p2"},), persons=["p1"]),  # nobody delivered who is registered
    Household.unknown(),
])
def test_what_the_book_agrees_with_or_cannot_tell_is_computed(household: Household) -> None:
    assert _of(household) == ([-12632], [])


@pytest.mark.parametrize(("household", "told"), [
    (_book({"persons_count": 3}), "В реестре зарегистрировано 3 на эти дни"),
    (_book({"persons_count": 1}, {"person_id": "p1", "valid_from": date(2026, 6, 10)}),
     "В реестре зарегистрировано от 1 до 2 на эти дни"),
    (_book({"persons_count": 0}, rights=(OWNER, OWNER | {"person_id": "p2"})),
     "В реестре никто не зарегистрирован, собственников 2 на эти дни"),
])
def test_another_number_of_persons_goes_back(household: Household, told: str) -> None:
    proposals, back = rerated(BILLS, away=absences([AWAY]), household=household)

    assert proposals.is_empty()
    assert back.select("field_code", "reason_code").rows() == [("residents", "other_count")]
    assert told.lower() in back["reason"].item().lower()
    assert back["reason"].item().endswith(", в заявлении 1.")


def test_a_number_that_nobody_told_is_that_of_the_book() -> None:
    assert _of(_book({"persons_count": 3}), residents=None) == ([-4211], [])


@pytest.mark.parametrize(("household", "reason"), [
    (_book(persons=["p2"]), "unknown_person"),
    (_book({"persons_count": 1}, persons=["p2"]), "unknown_person"),
    (_book({"person_id": "p2"}, persons=["p1", "p2"]), "not_of_the_flat"),
    (_book({"persons_count": 0}, rights=(OWNER | {"person_id": "p2"},), persons=["p1"]), "not_of_the_flat"),
    (_book({"person_id": "p1", "valid_to": date(2026, 6, 2)}, {"person_id": "p2"}), "not_of_the_flat"),
])
def test_a_stranger_goes_back(household: Household, reason: str) -> None:
    assert _of(household) == ([], [("person_id", reason)])


def test_a_day_of_a_person_counts_once_over_accounts() -> None:
    bills = pl.concat([BILLS, BILLS.with_columns(account_id=pl.lit(OTHER))])
    later = {"account": OTHER, "from": date(2026, 6, 10), "to": date(2026, 6, 25)}
    proposals, back = rerated(bills, away=absences([AWAY, later, AWAY | {"account": OTHER}]))

    # 4–19 June and then 20–24 June: 126.32 and 236.85 × 5/30; nothing of the third application is left
    assert dict(proposals.select("account_id", "difference_kop").rows()) == {ACCOUNT: -12632, OTHER: -3948}
    assert "полных дней в месяце 5 (уже учтено 9 дн. по заявлению раньше) из 30" in proposals.filter(
        pl.col("account_id") == OTHER)["formula"].item()
    assert back.select("event_id", "reason_code").rows() == [("e3", "nothing_to_recalculate")]
