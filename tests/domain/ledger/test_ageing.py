"""Age, limitation and disputes at, under and over each threshold."""

from datetime import date

import polars as pl
import pytest

from pipeline.domain.ledger.ageing import with_age, with_disputes, with_limitation
from pipeline.domain.tenancy.empty_flats import EMPTY

NO_TENANTS = pl.DataFrame(schema={"account_id": pl.String, "account_kind_code": pl.String})


def item(due_on: date, charge_month: date | None = date(2026, 1, 1)) -> pl.DataFrame:
    return pl.DataFrame(
        {"account_id": ["л1"], "creditor_id": ["УК"], "due_on": [due_on], "charge_month": [charge_month],
         "debt_kind_code": ["principal"]},
        schema={"account_id": pl.String, "creditor_id": pl.String, "due_on": pl.Date, "charge_month": pl.Date,
                "debt_kind_code": pl.String},
    )


@pytest.mark.parametrize(
    ("due_on", "on", "days", "months"),
    [
        (date(2026, 3, 10), date(2026, 3, 9), 0, 0),
        (date(2026, 3, 10), date(2026, 3, 10), 0, 0),  # the due date itself is in time
        (date(2026, 3, 10), date(2026, 3, 11), 1, 0),
        (date(2026, 3, 10), date(2026, 4, 9), 30, 0),
        (date(2026, 3, 10), date(2026, 4, 10), 31, 1),
        (date(2025, 12, 15), date(2026, 3, 14), 89, 2),
        (date(2025, 12, 15), date(2026, 3, 15), 90, 3),
    ],
)
def test_age(due_on: date, on: date, days: int, months: int) -> None:
    aged = with_age(item(due_on), on=on)
    assert (aged["days_overdue"][0], aged["months_overdue"][0]) == (days, months)


@pytest.mark.parametrize(
    ("on", "is_barred"),
    [(date(2026, 5, 9), False), (date(2026, 5, 10), False), (date(2026, 5, 11), True)],
)
def test_limitation_ends_three_years_after_the_due_date(on: date, is_barred: bool) -> None:
    told = with_limitation(item(date(2023, 5, 10)), on=on, limitation_years=3)
    assert told["limitation_on"][0] == date(2026, 5, 10)
    assert told["is_time_barred"][0] is is_barred


def test_a_lump_sum_without_months_is_never_time_barred() -> None:
    told = with_limitation(item(date(2015, 5, 10), None), on=date(2026, 5, 10), limitation_years=3)
    assert told["limitation_on"][0] is None
    assert told["is_time_barred"][0] is False


@pytest.mark.parametrize(
    ("reason", "creditor", "from_on", "to_on", "is_disputed"),
    [
        ("dispute", None, date(2026, 5, 1), None, True),
        ("complaint", "УК", date(2026, 5, 1), date(2026, 5, 20), True),
        ("complaint", "УК", date(2026, 5, 1), date(2026, 5, 19), False),
        ("dispute", None, date(2026, 5, 21), None, False),
        ("dispute", "Теплосеть", date(2026, 5, 1), None, False),
        ("instalment", None, date(2026, 5, 1), None, False),
    ],
)
def test_disputes(reason: str, creditor: str | None, from_on: date, to_on: date | None, is_disputed: bool) -> None:
    holds = pl.DataFrame(
        {
            "account_id": ["л1"], "creditor_id": [creditor], "reason_code": [reason], "from_on": [from_on],
            "to_on": [to_on],
        },
        schema={
            "account_id": pl.String, "creditor_id": pl.String, "reason_code": pl.String, "from_on": pl.Date,
            "to_on": pl.Date,
        },
    )
    told = with_disputes(item(date(2026, 1, 10)), holds, NO_TENANTS, pl.DataFrame(schema=EMPTY), on=date(2026, 5, 20))
    assert told["is_disputed"].to_list() == [is_disputed]


@pytest.mark.parametrize(("kind", "debt", "is_disputed"), [
    ("municipal_tenant", "capital_repair", True), ("municipal_tenant", "principal", False),
    ("citizen", "capital_repair", False),
])
def test_capital_repair_is_the_owners_and_not_the_tenants(kind: str, debt: str, is_disputed: bool) -> None:
    """ЖК РФ, ст. 158, 169: whoever the bill was made out to; the tenant still owes the same creditor the rest."""
    accounts = pl.DataFrame({"account_id": ["л1"], "account_kind_code": [kind]})
    holds = pl.DataFrame(schema={"account_id": pl.String, "creditor_id": pl.String, "reason_code": pl.String,
                                 "from_on": pl.Date, "to_on": pl.Date})
    billed = item(date(2026, 1, 10)).with_columns(debt_kind_code=pl.lit(debt))

    told = with_disputes(billed, holds, accounts, pl.DataFrame(schema=EMPTY), on=date(2026, 5, 20))

    assert told["is_disputed"].to_list() == [is_disputed]


@pytest.mark.parametrize(("debt", "month", "is_disputed"), [
    ("principal", date(2026, 1, 1), True), ("principal", date(2025, 12, 1), False),
    ("penalty", date(2026, 1, 1), False), ("principal", None, False),
])
def test_months_in_which_nobody_lived_are_the_owners(debt: str, month: date | None, is_disputed: bool) -> None:
    """ЖК РФ, ст. 153, ч. 3."""
    empty = pl.DataFrame([("л1", date(2026, 1, 1), None)], schema=EMPTY, orient="row")
    holds = pl.DataFrame(schema={"account_id": pl.String, "creditor_id": pl.String, "reason_code": pl.String,
                                 "from_on": pl.Date, "to_on": pl.Date})
    billed = item(date(2026, 2, 10)).with_columns(
        debt_kind_code=pl.lit(debt), charge_month=pl.lit(month, dtype=pl.Date)
    )

    told = with_disputes(billed, holds, NO_TENANTS, empty, on=date(2026, 5, 20))

    assert told["is_disputed"].to_list() == [is_disputed]
