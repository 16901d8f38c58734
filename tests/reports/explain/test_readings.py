"""Readings of an account as the explanation tells them: what was submitted, what was made of it, what is proposed."""

from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from pipeline.reports.explain import readings
from pipeline.reports.explain.explanation import Grid, Saying

READING = {
    "meter_id": "m", "zone_code": "t1", "service_code": "electricity", "read_on": date(2026, 5, 24),
    "source_code": "phone", "previous_value": Decimal("100.0000000"), "raw_value": Decimal("10.4320000"),
    "volume": None, "verdict_code": "rejected", "findings": ["below_previous"],
}
DOUBT = {
    "service_code": "electricity", "warning": "Показание меньше прежнего.", "effect_rub": Decimal("-4694.40"),
    "is_open": True, "cause_code": "decimal_slip", "reading_id": "r1",
}


def _pieces(**rows: list[dict[str, Any]]) -> tuple[Saying | Grid, ...]:
    facts: Any = SimpleNamespace(of=lambda table: rows.get(table, []))
    names: Any = SimpleNamespace(service=str)
    return readings.section(facts, names).pieces


def test_a_doubtful_reading_is_told_with_its_warning_and_what_it_would_cost() -> None:
    grid, saying = _pieces(consumption=[READING], reading_doubts=[DOUBT])

    assert isinstance(grid, Grid) and isinstance(saying, Saying)
    assert grid.lines == ((
        "electricity", "m (t1)", "24.05.2026", "по телефону", "100", "10,432", "—", "не принято", "меньше предыдущего",
    ),)
    assert saying.text == (
        "electricity: Показание меньше прежнего. Ошибка стоила бы 4\u00a0694,40\u00a0₽. "
        "Для сотрудника: сместилась запятая; предложение само не принимается."
    )
    assert saying.rows == ("reading_doubts: показание r1",)


def test_a_settled_doubt_asks_nothing_of_a_person() -> None:
    _, saying = _pieces(consumption=[READING], reading_doubts=[{**DOUBT, "is_open": False, "effect_rub": None}])

    assert isinstance(saying, Saying)
    assert saying.text == "electricity: Показание меньше прежнего."


def test_a_cycle_without_readings_says_so() -> None:
    (saying,) = _pieces()

    assert isinstance(saying, Saying)
    assert saying.text == "В этом цикле показаний не передавали."
