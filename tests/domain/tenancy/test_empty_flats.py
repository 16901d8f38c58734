"""Municipal flats in which nobody lived: every case of tests/cases/empty_flats.yaml."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from pipeline.contracts import registers
from pipeline.domain.tenancy.empty_flats import empty_months, owners_items
from tests.case_files import cases
from tests.domain.debt.town import frame

CASES = cases("empty_flats.yaml")
ON = date(2026, 5, 31)
MONTHS = [date(2025, 12, 1), *(date(2026, month, 1) for month in (1, 2, 3, 4))]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_empty_months(case: dict[str, Any]) -> None:
    items = fees("A", *MONTHS)
    found = owners_items(items, told(case["given"]))

    assert [f"{month:%Y-%m}" for month in found["charge_month"]] == [str(month) for month in case["expect"]]


def test_other_kinds_lump_sums_and_other_accounts_are_not_the_owners() -> None:
    empty = told({"stays": [[date(2015, 1, 1), date(2026, 2, 28)]]})
    items = pl.concat([
        fees("A", date(2026, 4, 1)).with_columns(debt_kind_code=pl.lit("penalty")),
        fees("A", date(2026, 4, 1)).with_columns(charge_month=pl.lit(None, dtype=pl.Date)), fees("B", date(2026, 4, 1)),
    ])

    assert owners_items(items, empty).is_empty()


def test_overlapping_stays_leave_no_gap_and_an_item_is_counted_once() -> None:
    """A long stay outlasts a short one within it; two flats' worth of stays never add an item twice."""
    empty = told({"stays": [[date(2015, 1, 1), date(2026, 2, 28)], [date(2016, 1, 1), date(2017, 1, 31)],
                            [date(2015, 1, 1), date(2026, 2, 28)]]})

    assert owners_items(fees("A", *MONTHS), empty)["charge_month"].to_list() == MONTHS[3:]


def fees(account_id: str, *months: date) -> pl.DataFrame:
    return pl.DataFrame({"account_id": account_id, "debt_kind_code": "principal", "charge_month": months})


def told(given: dict[str, Any]) -> pl.DataFrame:
    kind = given.get("kind", "municipal_tenant")
    accounts = frame(registers.ACCOUNTS, {"account_id": "A", "premises_id": "flat", "account_kind_code": kind})
    rights = [stay(number, *days, role_code="tenant") for number, days in enumerate(given["stays"])]
    if given.get("owner"):
        rights.append(stay("city", date(2000, 1, 1), None, role_code="owner"))
    registered = [stay(f"r{number}", *days) for number, days in enumerate(given.get("registered", []))]
    registered += [stay(None, *days, persons_count=count) for *days, count in given.get("counted", [])]
    registered += [stay("far", date(2015, 1, 1), None, premises_id="another")] * bool(given.get("register"))
    return empty_months(accounts, frame(registers.RIGHTS, *rights), frame(registers.REGISTRATIONS, *registered))


def stay(who: object, valid_from: date, valid_to: date | None, **more: Any) -> dict[str, Any]:
    person = None if who is None else f"p-{who}"
    return {"premises_id": "flat", "person_id": person, "valid_from": valid_from, "valid_to": valid_to, **more}
