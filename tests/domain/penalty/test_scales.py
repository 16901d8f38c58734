"""Which scale an item goes by, what is read for it, and that no scale costs more than one that is heavier every day."""

import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.contracts import registers
from pipeline.domain.penalty.bases import is_late_or_taken_back, is_overdue
from pipeline.domain.penalty.scales import first_day, payers_of, reason_of_organisation, scale_of
from pipeline.domain.penalty.weights import denominator
from tests.domain.debt.town import frame
from tests.domain.penalty import town

DUE, AS_OF = dt.date(2026, 2, 10), dt.date(2026, 5, 31)
RULES = town.rules(AS_OF)
ITEM = town.key(DUE)


def told(payers: town.Payers, **more: object) -> tuple[str, str | None]:
    one = pl.DataFrame([ITEM | more]).select(scale=scale_of(payers), reason=reason_of_organisation(payers))
    return one.row(0)  # type: ignore[return-value]


@pytest.mark.parametrize(("kind", "service", "debt_kind", "expected"), [
    ("consumer", "sewage", "principal", ("consumer", None)),
    ("partnership", "hot_water_heat", "principal", ("partnership", None)),
    ("manager", "hot_water", "principal", ("manager", None)),
    ("manager", "housing", "principal", ("citizen", None)),
    ("consumer", "capital_repair", "capital_repair", ("capital_repair", None)),
    ("consumer", "heating", "capital_repair", ("capital_repair", None)),
    ("consumer", "waste", "principal", ("citizen", "no_rule")),
    ("manager", "common_property", "principal", ("citizen", "no_rule")),
    ("consumer", None, "principal", ("citizen", "no_rule")),
    (None, "heating", "principal", ("citizen", "organisation")),
    (None, "waste", "principal", ("citizen", "organisation")),
])
def test_scale_and_reason(
    kind: str | None, service: str | None, debt_kind: str, expected: tuple[str, str | None]
) -> None:
    assert told(town.payers(kind, service or "other"), debt_kind_code=debt_kind) == expected


def test_a_service_that_the_register_lacks_has_no_rule() -> None:
    assert told(town.payers("consumer"), service_code="unheard of") == ("citizen", "no_rule")


def test_a_service_without_a_kind_is_what_its_code_says() -> None:
    held = {"account_id": "A", "account_kind_code": "organisation", "organisation_kind_code": "manager"}
    services = frame(registers.SERVICES, {"service_code": "gas"})
    payers = payers_of(frame(registers.ACCOUNTS, held), services, rules=RULES)

    assert told(payers, service_code="gas") == ("manager", None)


def test_a_citizen_with_a_kind_of_organisation_is_a_citizen() -> None:
    assert told(town.payers("consumer", is_organisation=False)) == ("citizen", None)


@pytest.mark.parametrize("payers", [town.CITIZENS, town.payers(None)])
def test_a_part_without_organisations_of_a_told_kind_is_read_as_one_of_citizens(payers: town.Payers) -> None:
    begins = first_day(payers, RULES.scales)

    assert set(is_overdue(begins, AS_OF).meta.root_names()) == {"debt_kind_code", "due_on"}
    assert set(is_late_or_taken_back(begins).meta.root_names()) == {
        "debt_kind_code", "due_on", "paid_at", "allocated_rub", "origin_code",
    }


@pytest.mark.parametrize(("kind", "days"), [(None, 31), ("partnership", 31), ("consumer", 1), ("manager", 1)])
def test_the_first_day_of_penalty(kind: str | None, days: int) -> None:
    begins = first_day(town.payers(kind), RULES.scales)
    rows = pl.DataFrame([ITEM, ITEM | {"account_id": "B"}, ITEM | {"service_code": "rubbish"}])

    others = DUE + dt.timedelta(days=31)
    assert rows.select(begins.alias("on"))["on"].to_list() == [DUE + dt.timedelta(days=days), others, others]


def test_weights_are_whole_for_every_denominator() -> None:
    assert [denominator(RULES.scales) % one for one in (130, 170, 300)] == [0, 0, 0]


@given(
    due_on=st.dates(dt.date(2019, 1, 10), dt.date(2026, 9, 15)), owed=st.integers(1, 500_000_00),
    paid=st.integers(0, 500_000_00), day=st.integers(0, 400),
    mode=st.sampled_from(["on_payment_date", "per_day", "fixed"]),
)
def test_a_consumer_owes_no_less_than_a_manager_nor_he_than_a_partnership(
    due_on: dt.date, owed: int, paid: int, day: int, mode: str
) -> None:
    as_of = dt.date(2026, 12, 31)
    item, on = town.key(due_on), min(due_on + dt.timedelta(days=day), as_of)
    moved = [town.paid(item, on, "0.00") | {"allocated_kop": paid}] if paid else []
    months = [
        town.counted(town.facts(
            town.items(item | {"outstanding_kop": owed}), town.movements(*moved), payers=town.payers(kind)
        ), as_of, mode) for kind in ("consumer", "manager", "partnership")
    ]

    totals = [town.total(month) for month in months]
    assert totals == sorted(totals, reverse=True)
    for month in months:
        assert month.accruals["penalty_kop"].sum() == town.total(month)
        of_part = month.accruals.sort("paid_on", "from_on").with_columns(last=pl.col("to_on").shift(1).over("paid_on"))
        assert of_part.filter(pl.col("from_on") <= pl.col("last")).is_empty()
