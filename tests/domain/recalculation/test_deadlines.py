"""What goes back has a day by which it is decided, each kind its own; none past the calendar."""

from datetime import date

import polars as pl
import pytest

from pipeline.contracts.recalculation import ACT_CAUSES, APPLICATION_KINDS, RETURNED_APPLICATIONS, TRUE_UP_CAUSES
from pipeline.domain.queue.ranking import ranked
from pipeline.domain.recalculation.applications import with_deadlines
from pipeline.rules.calendar import WorkingCalendar
from pipeline.rules.queue import QueueRules
from pipeline.rules.recalculation import RecalculationRules
from tests.domain.metering.town import RULES, frame

MAY = date(2026, 5, 1)
TERMS = RecalculationRules.in_force(RULES, MAY)
WORKING = WorkingCalendar.known(RULES).working_days()["next_working_day"].unique().sort()
#: A Thursday before Victory Day: 9 May is a Saturday, 11 May a day off.
TOLD_ON = date(2026, 5, 7)


def _back(kind: str, on: date = TOLD_ON, due: date | None = None) -> pl.DataFrame:
    return frame(RETURNED_APPLICATIONS, [
        {"event_id": "e", "account_id": "acc", "kind_code": kind, "registered_on": on, "answer_due_on": due}
    ])


@pytest.mark.parametrize("kind", [*ACT_CAUSES, *TRUE_UP_CAUSES, "register"])
def test_acts_and_registers_are_decided_by_a_working_day(kind: str) -> None:
    # the 8th, then 12, 13, 14, 15 May; ten days end on the 22nd
    expected = date(2026, 5, 22) if kind == "register" else date(2026, 5, 15)
    assert with_deadlines(_back(kind), TERMS, WORKING)["answer_due_on"].to_list() == [expected]


@pytest.mark.parametrize("kind", sorted({*APPLICATION_KINDS} - {*ACT_CAUSES, *TRUE_UP_CAUSES, "register"}))
def test_an_application_keeps_the_day_of_its_own_kind(kind: str) -> None:
    assert with_deadlines(_back(kind, due=MAY), TERMS, WORKING)["answer_due_on"].to_list() == [MAY]
    assert with_deadlines(_back(kind), TERMS, WORKING)["answer_due_on"].to_list() == [None]


def test_beyond_the_known_calendar_nobody_is_late() -> None:
    last = WORKING[-1]
    assert with_deadlines(_back("inspection", last), TERMS, WORKING)["answer_due_on"].to_list() == [None]

    row = pl.DataFrame({
        "queue_id": ["q"], "kind_code": ["returned_application"], "waiting_since_on": [last], "due_on": [None],
        "effect_kop": [0],
    }, schema_overrides={"due_on": pl.Date})
    placed = ranked(
        row, row.select("queue_id", "waiting_since_on").clear(), rules=QueueRules.in_force(RULES, MAY),
        working_days=WORKING, next_issue_on=MAY, as_of=last.replace(year=last.year + 1),
    )
    assert placed.select("deadline_on", "is_overdue").rows() == [(None, False)]
