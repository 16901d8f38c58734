"""Due dates: the cases a lawyer reads, and what must hold for every document."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.ledger.due_dates import with_due_on
from pipeline.rules.calendar import WorkingCalendar
from pipeline.rules.ledger import DueDateRules
from pipeline.rules.registry import RuleBook
from tests.case_files import cases

CASES = cases("due_dates.yaml")
BOOK = RuleBook.read()
RULES = DueDateRules.known(BOOK)
CALENDAR = WorkingCalendar.known(BOOK)
WORKING_DAYS = CALENDAR.working_days()
MONTHS = st.dates(date(2014, 12, 1), date(2027, 10, 1)).map(lambda day: day.replace(day=1))


def _documents(*rows: tuple[date, date | None]) -> pl.DataFrame:
    schema = {"billing_month": pl.Date, "delivered_on": pl.Date}
    return pl.DataFrame(list(rows), schema=schema, orient="row").with_row_index("document_id")


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_case(case: dict[str, dict[str, date]]) -> None:
    documents = _documents((case["given"]["billing_month"], case["given"].get("delivered_on")))

    dated = with_due_on(documents, WORKING_DAYS, rules=RULES)

    assert dated["due_on"].item() == case["expect"]["due_on"]


def test_documents_of_all_months_are_dated_in_one_frame() -> None:
    documents = _documents(*((case["given"]["billing_month"], case["given"].get("delivered_on")) for case in CASES))

    dated = with_due_on(documents.lazy(), WORKING_DAYS.lazy(), rules=RULES).collect()

    assert dated.columns == [*documents.columns, "due_on"]
    assert dated.drop("due_on").equals(documents)
    assert dated["due_on"].to_list() == [case["expect"]["due_on"] for case in CASES]


def test_a_feed_without_delivery_days_is_taken_as_delivered_in_time() -> None:
    documents = _documents((date(2026, 5, 1), None)).drop("delivered_on")
    assert with_due_on(documents, WORKING_DAYS, rules=RULES)["due_on"].item() == date(2026, 6, 15)


def test_the_shift_and_the_lateness_can_be_switched_off_by_settings() -> None:
    unshifted = BOOK.with_overrides({"ledger.shift_due_day": False, "ledger.late_delivery_moves_due_day": False})
    documents = _documents((date(2026, 7, 1), date(2026, 8, 30)))

    dated = with_due_on(documents, WORKING_DAYS, rules=DueDateRules.known(unshifted))

    assert dated["due_on"].item() == date(2026, 8, 15)


def test_a_due_day_set_by_contract_ends_with_the_new_law() -> None:
    by_contract = BOOK.with_overrides(
        {"ledger.due_day": [{"from": date(2005, 3, 1), "value": 20}, {"from": date(2026, 3, 1), "value": 15}]}
    )
    documents = _documents((date(2026, 1, 1), None), (date(2026, 3, 1), None))

    dated = with_due_on(documents, WORKING_DAYS, rules=DueDateRules.known(by_contract))

    assert dated["due_on"].to_list() == [date(2026, 2, 20), date(2026, 4, 15)]


def test_no_due_date_is_guessed_outside_law_and_calendar() -> None:
    documents = _documents((date(2004, 1, 1), None), (date(2035, 1, 1), None))
    assert with_due_on(documents, WORKING_DAYS, rules=RULES)["due_on"].to_list() == [None, None]


@given(billing_month=MONTHS, late_by=st.integers(-40, 40))
def test_every_due_date_is_a_working_day_and_lateness_never_brings_it_forward(
    billing_month: date, late_by: int
) -> None:
    due_month = (billing_month + timedelta(days=32)).replace(day=1)
    delivered_on = due_month + timedelta(days=late_by)
    documents = _documents((billing_month, None), (billing_month, delivered_on))

    in_time, maybe_late = with_due_on(documents, WORKING_DAYS, rules=RULES)["due_on"].to_list()

    assert CALENDAR.is_working(in_time)
    assert CALENDAR.is_working(maybe_late)
    assert in_time <= maybe_late
    assert in_time >= due_month + timedelta(days=9)
