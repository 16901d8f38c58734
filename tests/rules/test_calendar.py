"""The working calendar answers only for years whose transfers are decreed."""

from datetime import date

import polars as pl
import pytest

from pipeline.rules.calendar import CalendarUnknown, WorkingCalendar
from pipeline.rules.registry import RuleBook

CALENDAR = WorkingCalendar.known(RuleBook.read())


@pytest.mark.parametrize(
    ("day", "working"),
    [
        (date(2026, 1, 1), date(2026, 1, 12)),  # 09.01.2026 is a decreed day off
        (date(2026, 1, 10), date(2026, 1, 12)),
        (date(2024, 4, 27), date(2024, 4, 27)),  # a working Saturday
        (date(2024, 4, 28), date(2024, 5, 2)),  # 29 and 30.04.2024 were moved off
        (date(2025, 11, 1), date(2025, 11, 1)),  # a working Saturday
        (date(2020, 4, 10), date(2020, 4, 10)),  # a special day of 2020 moves no term
        (date(2027, 2, 22), date(2027, 2, 24)),  # decreed transfer of 2027
    ],
)
def test_terms_move_to_the_next_working_day(day: date, working: date) -> None:
    assert CALENDAR.next_working_day(day) == working
    assert CALENDAR.next_working_days([day, day]) == {day: working}


def test_the_frame_says_what_the_single_answers_say() -> None:
    frame = CALENDAR.working_days()

    assert frame["date"].is_sorted()
    assert frame["date"].is_unique().all()
    assert frame["date"][0] == date(2015, 1, 1)
    assert frame.filter(pl.col("next_working_day") < pl.col("date")).is_empty()
    for day, working in frame.gather_every(29).rows():
        assert CALENDAR.next_working_day(day) == working


def test_an_undecreed_year_raises() -> None:
    with pytest.raises(CalendarUnknown, match="known for 2015 to 2027"):
        CALENDAR.next_working_day(date(2028, 1, 15))
    with pytest.raises(CalendarUnknown):
        CALENDAR.working_days(date(2014, 12, 31), date(2015, 2, 1))
    with pytest.raises(CalendarUnknown):
        CALENDAR.working_days(date(2027, 1, 1), date(2027, 12, 31))  # its last days wait for 2028


def test_a_book_extends_the_calendar_by_its_settings() -> None:
    book = RuleBook.read().with_overrides({"calendar.last_year": 2028, "calendar.extra_days_off": [date(2026, 6, 15)]})
    calendar = WorkingCalendar.known(book)
    assert calendar.next_working_day(date(2026, 6, 15)) == date(2026, 6, 16)
    assert calendar.next_working_day(date(2028, 3, 15)) == date(2028, 3, 15)
