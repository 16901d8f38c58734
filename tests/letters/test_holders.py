"""Whom papers name: who answers for the account, not who owns the flat tonight, and never a child."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from pipeline.contracts.debt import COURT_LIST
from pipeline.reports.letters.court_folders import court_folders
from pipeline.reports.letters.holders import holders_of
from pipeline.reports.letters.published_list import published_list
from tests.ingest.town import A1, REGISTERS, Town
from tests.letters.reading import texts
from tests.letters.test_court_folders import rows_of
from tests.letters.town import FEBRUARY, RUN_ON, computed, lay, published

SOLD = date(2026, 1, 31)
BEFORE, AFTER = {"valid_from": date(2015, 1, 1)}, {"valid_from": date(2026, 2, 1)}


def right(person: str, role: str = "owner", **more: Any) -> dict[str, Any]:
    return {"premises_id": f"P-{A1}", "person_id": person, "role_code": role, **BEFORE, **more}


def named(town: Town, *rights: dict[str, Any], on: date = RUN_ON, **account: Any) -> list[tuple[str, bool]]:
    """Who answers for A1 and whether he is a child."""
    first, *others = REGISTERS["accounts"]
    lay(town, "accounts", first | account, *others)
    lay(town, "rights", *rights)
    lay(town, "persons", *({"person_id": person, "full_name": name, "birth_on": born} for person, name, born in (
        ("p", "Берёзкин Пётр", date(1960, 5, 1)), ("q", "Новосёлова Анна", date(1980, 5, 1)),
        ("k", "Новосёлова Катя", date(2015, 5, 1)),
    )))
    run = computed(town)
    published(town, run, court_list=rows_of(run, A1))
    version, accounts = published_list(town.book, FEBRUARY, COURT_LIST).version, run.read(COURT_LIST)["account_id"]
    return holders_of(town.book, version, accounts, on).select("person_id", "is_minor").rows()


@pytest.mark.parametrize(("until", "since"), [
    (SOLD, AFTER["valid_from"]), (SOLD, SOLD), (None, AFTER["valid_from"]), (date(2026, 2, 10), SOLD),
])
def test_a_closed_account_names_the_former_owner(town: Town, until: date | None, since: date) -> None:
    """ЖК РФ, ст. 153, ч. 2: the debt stays with him; on the day of the sale both hold the flat."""
    told = named(town, right("p", valid_to=until), right("q", valid_from=since),
                 right("k", "minor_owner", valid_from=since), closed_on=SOLD)
    folders = court_folders(town.book, FEBRUARY)
    page = " ".join(texts(next(folders.folder.glob(f"{A1}-*/zayavlenie.pdf")).read_bytes()))

    assert told == [("p", False)]
    assert "Должник: Берёзкин Пётр" in page and "Новосёлова" not in page
    # he has sold the flat: an order served there would be served on a stranger
    assert "Место жительства: ____________________ (лицевой счёт закрыт)" in page
    assert "residence_unknown" in folders.cases["lacks"][0].to_list()


def test_an_account_closed_later_is_of_whoever_holds_the_flat_on_the_day(town: Town) -> None:
    rights = (right("p", valid_to=SOLD), right("q", **AFTER))
    assert named(town, *rights, closed_on=date(2026, 3, 1)) == [("q", False)]
    assert named(town, *rights, closed_on=date(2026, 3, 1), on=date(2026, 1, 20)) == [("p", False)]


def test_tenants_answer_for_a_municipal_flat_and_owners_for_any_other(town: Town) -> None:
    rights = (right("p"), right("q", "tenant"))
    assert named(town, *rights, account_kind_code="municipal_tenant") == [("q", False)]
    assert named(town, *rights, account_kind_code="citizen") == [("p", False)]


@pytest.mark.parametrize("role", ["minor_owner", "owner"])
def test_a_child_is_no_debtor_and_warns(town: Town, role: str) -> None:
    told = named(town, right("p"), right("k", role))
    folders = court_folders(town.book, FEBRUARY)
    page = " ".join(texts(next(folders.folder.glob(f"{A1}-*/zayavlenie.pdf")).read_bytes()))

    assert told == [("k", True), ("p", False)]
    assert "с должника в пользу" in page and "Катя" not in page
    assert "minor_debtor" in folders.cases["lacks"][0] and "shares_unknown" not in folders.cases["lacks"][0]
