"""What one line costs: every formula of the law file at, under and over, from `tests/cases/rating.yaml`."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from pipeline.domain.rating.core import rated
from pipeline.domain.rating.formulas import FORMULAS
from pipeline.rules.rating import RatingRules
from pipeline.rules.registry import RuleBook
from tests.case_files import cases
from tests.domain.rating.flats import e7, known_of, kop, lines_of

CASES = cases("rating.yaml")
RULES = RatingRules.in_force(RuleBook.read(), date(2026, 4, 1))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_a_line_costs_what_the_case_says(case: dict[str, Any]) -> None:
    found = rated(lines_of(case), known_of(case), rules=RULES).lines.row(0, named=True)

    expected = case["expect"]
    if "reason" in expected:
        assert (found["code"], found["rated_kop"], found["rated_e7"]) == (expected["reason"], None, None)
    else:
        assert found["code"] in FORMULAS
        assert (found["rated_e7"], found["rated_kop"]) == (e7(expected["volume"]), kop(expected["rated"]))
        assert found["stretches"] == expected.get("stretches", found["stretches"])


def test_every_formula_has_a_case_and_every_case_a_name_of_its_own() -> None:
    codes = {rated(lines_of(case), known_of(case), rules=RULES).lines["code"][0] for case in CASES}
    assert set(FORMULAS) <= codes
    assert len({case["case"] for case in CASES}) == len(CASES)
