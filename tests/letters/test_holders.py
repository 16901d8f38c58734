"""Whom papers name: who answers for the account, not who owns the flat tonight, and never a child."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from pipeline.contracts.debt import COURT_LIST
from pipeline.reports.letters.court_folders import Folders, court_folders
from pipeline.reports.letters.holders import holders_of
from pipeline.reports.letters.published_list import published_list
from tests.ingest.town import Town
from tests.letters.test_court_folders import read, rows_of
from tests.letters.town import FEBRUARY, RUN_ON, computed, flat, indebted_town, lay, published

SOLD = date(2026, 1, 31)
BEFORE, AFTER = {"valid_from": date(2015, 1, 1)}, {"valid_from": date(2026, 2, 1)}


def right(person: str, role: str = "owner", **more: Any) -> dict[str, Any]:
    return {"person_id": person, "role_code": role, **BEFORE, **more}


CLOSED = (
    (SOLD, AFTER["valid_from"]), (SOLD, SOLD), (None, AFTER["valid_from"]), (date(2026, 2, 10), SOLD),
)
CHILD_ROLES = ("minor_owner", "owner")
TENANT = (right("p"), right("q", "tenant"))
#: What a flat, which owes as A1 does, stands for; its account but for the number, and who holds it.
FLATS: dict[str, tuple[dict[str, Any], tuple[dict[str, Any], ...]]] = {
    **{f"closed {until} {since}": ({"closed_on": SOLD}, (
        right("p", valid_to=until), right("q", valid_from=since), right("k", "minor_owner", valid_from=since),
    )) for until, since in CLOSED},
    "closed later": ({"closed_on": date(2026, 3, 1)}, (right("p", valid_to=SOLD), right("q", **AFTER))),
    "municipal": ({"account_kind_code": "municipal_tenant"}, TENANT),
    "private": ({"account_kind_code": "citizen"}, TENANT),
    **{f"a child as {role}": ({}, (right("p"), right("k", role))) for role in CHILD_ROLES},
}
ACCOUNTS = {name: f"10000001{place:02d}" for place, name in enumerate(FLATS)}


@pytest.fixture(scope="module")
def sued(tmp_path_factory: pytest.TempPathFactory) -> tuple[Town, Folders]:
    """All flats are sued for."""
    town = indebted_town(tmp_path_factory.mktemp("holders") / "book", also=list(ACCOUNTS.values()))
    lay(town, "accounts", *(flat(ACCOUNTS[name], **account) for name, (account, _) in FLATS.items()))
    lay(town, "rights", *(
        {"premises_id": f"P-{ACCOUNTS[name]}", **one} for name, (_, rights) in FLATS.items() for one in rights
    ))
    lay(town, "persons", *({"person_id": person, "full_name": name, "birth_on": born} for person, name, born in (
        ("p", "Берёзкин Пётр", date(1960, 5, 1)), ("q", "Новосёлова Анна", date(1980, 5, 1)),
        ("k", "Новосёлова Катя", date(2015, 5, 1)),
    )))
    run = computed(town)
    published(town, run, court_list=rows_of(run, *ACCOUNTS.values()))
    return town, court_folders(town.book, FEBRUARY)


def named(sued: tuple[Town, Folders], flat_name: str, on: date = RUN_ON) -> list[tuple[str, bool]]:
    """Who answers for a flat and whether he is a child."""
    book, account = sued[0].book, pl.Series("account_id", [ACCOUNTS[flat_name]])
    version = published_list(book, FEBRUARY, COURT_LIST).version
    return holders_of(book, version, account, on).select("person_id", "is_minor").rows()


def page(sued: tuple[Town, Folders], flat_name: str) -> tuple[str, list[str]]:
    """The application about a flat, and what its case lacks."""
    told, account = sued[1], ACCOUNTS[flat_name]
    lacks = told.cases.filter(pl.col("account_ids").list.contains(account))["lacks"].item()
    return read(told, account, "zayavlenie.pdf"), lacks.to_list()


@pytest.mark.parametrize(("until", "since"), CLOSED)
def test_a_closed_account_names_the_former_owner(sued: tuple[Town, Folders], until: date | None, since: date) -> None:
    """ЖК РФ, ст. 153, ч. 2: the debt stays with him; on the day of the sale both hold the flat."""
    said, lacks = page(sued, f"closed {until} {since}")

    assert named(sued, f"closed {until} {since}") == [("p", False)]
    assert "Должник: Берёзкин Пётр" in said and "Новосёлова" not in said
    # he has sold the flat: an order served there would be served on a stranger
    assert "Место жительства: ____________________ (лицевой счёт закрыт)" in said
    assert "residence_unknown" in lacks


def test_an_account_closed_later_is_of_whoever_holds_the_flat_on_the_day(sued: tuple[Town, Folders]) -> None:
    assert named(sued, "closed later") == [("q", False)]
    assert named(sued, "closed later", on=date(2026, 1, 20)) == [("p", False)]


def test_tenants_answer_for_a_municipal_flat_and_owners_for_any_other(sued: tuple[Town, Folders]) -> None:
    assert named(sued, "municipal") == [("q", False)]
    assert named(sued, "private") == [("p", False)]


@pytest.mark.parametrize("role", CHILD_ROLES)
def test_a_child_is_no_debtor_and_warns(sued: tuple[Town, Folders], role: str) -> None:
    said, lacks = page(sued, f"a child as {role}")

    assert named(sued, f"a child as {role}") == [("k", True), ("p", False)]
    assert "с должника в пользу" in said and "Катя" not in said
    assert "minor_debtor" in lacks and "shares_unknown" not in lacks
