"""Words for people: no code of a refused row reaches the screen raw; months as spans."""

from datetime import date

import pytest

from pipeline.contracts.catalogue import tables_of
from pipeline.contracts.table import Stage
from pipeline.rendering import words
from pipeline.rendering.russian import month_spans


def test_every_promise_of_a_delivered_row_has_a_word_for_its_breach() -> None:
    landed = tables_of(Stage.FEED, Stage.REGISTER, Stage.EVENT, Stage.OPENING)
    breaches = {f"broken_{promise}" for table in landed for promise in table.rows}

    assert breaches
    assert sorted(code for code in breaches if words.reason(code) == code) == []


@pytest.mark.parametrize(("months", "told"), [
    (["2026-05"], "май 2026"),
    (["2025-12", "2026-01"], "декабрь 2025 — январь 2026"),
    (["2026-03", "2024-05", "2026-01", "2026-02", "2026-01"], "май 2024; январь 2026 — март 2026"),
    ([], ""),
])
def test_months_in_a_row_are_one_span_and_paid_ones_are_not_named(months: list[str], told: str) -> None:
    assert month_spans(date.fromisoformat(f"{month}-01") for month in months) == told
