"""A billing month counts, compares and prints itself; a day ends in Moscow."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.billing_month import BillingMonth, end_of_day, start_of_day

MONTHS = st.builds(BillingMonth, st.integers(1990, 2100), st.integers(1, 12))


@given(month=MONTHS)
def test_a_month_is_read_back_as_written(month: BillingMonth) -> None:
    assert BillingMonth.parse(str(month)) == month
    assert BillingMonth.of(month.first_day) == BillingMonth.of(month.last_day) == month


@given(month=MONTHS, months=st.integers(-600, 600))
def test_months_are_counted_there_and_back(month: BillingMonth, months: int) -> None:
    assert month.plus(months).plus(-months) == month
    assert month.months_until(month.plus(months)) == months


@given(month=MONTHS)
def test_the_next_month_starts_the_day_after(month: BillingMonth) -> None:
    assert month.next.first_day == month.last_day + timedelta(days=1)
    assert month.previous < month < month.next


def test_a_range_has_both_ends() -> None:
    months = BillingMonth.range(BillingMonth(2025, 11), BillingMonth(2026, 2))
    assert [str(month) for month in months] == ["2025-11", "2025-12", "2026-01", "2026-02"]
    assert list(BillingMonth.range(BillingMonth(2026, 2), BillingMonth(2026, 1))) == []


@pytest.mark.parametrize("text", ["2026-13", "2026-00", "2026-5", "2026-05-01", "26-05", "май 2026", "", "2026-05\n"])
def test_other_spellings_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="YYYY-MM"):
        BillingMonth.parse(text)


def test_the_thirteenth_month_is_refused() -> None:
    with pytest.raises(ValueError, match="no such month"):
        BillingMonth(2026, 13)


def test_a_day_ends_in_moscow() -> None:
    ending = end_of_day(date(2026, 5, 31))
    assert ending.isoformat() == "2026-05-31T23:59:59.999999+03:00"
    assert ending + timedelta(microseconds=1) == start_of_day(date(2026, 6, 1))


def test_a_cycle_that_starts_late_ends_within_the_second_month_after() -> None:
    # documents of April go out on 10 May, the next ones on 10 June: a document for June may come on 2 June
    assert BillingMonth(2026, 4).cycle_ends_by == date(2026, 6, 30)
    assert date(2026, 6, 2) <= BillingMonth(2026, 4).cycle_ends_by < date(2026, 7, 1)
