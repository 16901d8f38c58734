"""Why a billed line differs from the registers, from `tests/cases/charge_audit.yaml`; and what is added up."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline.contracts.rating import CAUSES, CHARGE_AUDIT_TOTALS
from pipeline.domain.rating.audit import added, audited
from pipeline.domain.rating.core import rated
from pipeline.domain.rating.formulas import FORMULAS
from pipeline.rules.rating import RatingRules
from pipeline.rules.registry import RuleBook
from tests.case_files import cases
from tests.domain.rating.flats import known_of, kop, lines_of

FOLDER = Path(__file__).parents[2] / "cases"
CASES = cases("charge_audit.yaml")
OF_MONTHS = cases("charge_audit_months.yaml")
RULES = RatingRules.in_force(RuleBook.read(), date(2026, 4, 1))


def _audit_of(case: dict[str, Any]) -> tuple[pl.DataFrame, pl.DataFrame]:
    found = audited(lines_of(case), known_of(case), rules=RULES)
    line = found.totals.filter(pl.col("service_code") == case["line"]["service"])
    return found.differing.filter(pl.col("line_number") == 1), line


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_a_line_differs_for_the_cause_of_its_case(case: dict[str, Any]) -> None:
    expected = case["expect"]
    differing, totals = _audit_of(case)

    total = totals.row(0, named=True)
    assert (total["outcome_code"], total["cause_code"]) == (expected["outcome"], expected.get("cause"))
    assert (total["lines"], total["billed_kop"]) == (1, kop(case["line"]["charged"]))
    assert total["difference_kop"] == kop(expected.get("difference", 0))
    assert total["too_much_kop"] == max(0, total["difference_kop"])
    assert differing.height == (expected["outcome"] == "differs")
    if differing.height:
        row = differing.row(0, named=True)
        assert (row["cause_code"], row["difference_kop"]) == (expected["cause"], kop(expected["difference"]))
        assert row["findings"] == expected.get("findings", [expected["cause"]])
        assert row["article"] and row["formula"].replace("\u00a0", " ") == expected.get(
            "formula", row["formula"].replace("\u00a0", " ")
        )


@pytest.mark.parametrize("case", OF_MONTHS, ids=lambda case: case["case"])
def test_lines_of_a_month_are_compared_together(case: dict[str, Any]) -> None:
    service = case["line"]["service"]
    lines, expected = lines_of(case), case["expect"]
    found = audited(lines, known_of(case), rules=RULES)
    differing = found.differing.filter(pl.col("service_code") == service)

    codes = rated(lines, known_of(case), rules=RULES).lines.filter(pl.col("service_code") == service)
    outcomes = [
        "differs" if line in differing["line_number"] else "agrees" if code in FORMULAS else code
        for line, code in codes.select("line_number", "code").rows()
    ]
    assert outcomes == expected["outcomes"]
    wanted = [
        (row["line"], kop(row["rated"]), kop(row["difference"]), row["findings"], row.get("cause", row["findings"][0]))
        for row in expected.get("differing", ())
    ]
    assert wanted == differing.select("line_number", "rated_kop", "difference_kop", "findings", "cause_code").rows()
    for row, formula in zip(expected.get("differing", ()), differing["formula"], strict=True):
        assert formula.replace("\u00a0", " ") == row.get("formula", formula.replace("\u00a0", " "))
    sums = found.totals.filter(pl.col("service_code") == service)
    assert sums["difference_kop"].sum() == sum(row[2] for row in wanted)


def test_every_cause_has_a_case() -> None:
    told = {case["expect"].get("cause") for case in CASES if case["expect"]["outcome"] == "differs"}
    of_lines = [row for case in OF_MONTHS for row in case["expect"].get("differing", ())]
    of_months = {row.get("cause", row["findings"][0]) for row in of_lines}
    assert told | of_months == set(CAUSES)


def test_every_line_is_counted_once_with_all_its_money() -> None:
    for case in [*CASES, *OF_MONTHS]:
        lines = lines_of(case)
        totals = audited(lines, known_of(case), rules=RULES).totals
        assert (totals["lines"].sum(), totals["billed_kop"].sum()) == (lines.height, lines["charged_kop"].sum())


def test_a_house_of_two_parts_is_added_up() -> None:
    case = next(one for one in CASES if one["expect"].get("cause") == "area")
    totals = audited(lines_of(case), known_of(case), rules=RULES).totals

    book = added([totals, totals])

    assert book.height == totals.height and book.schema == CHARGE_AUDIT_TOTALS.inside_schema
    assert (book["lines"].sum(), book["difference_kop"].sum()) == (2, 2 * totals["difference_kop"].sum())


def test_nothing_billed_is_nothing_audited() -> None:
    case = CASES[0]
    found = audited(lines_of(case).clear(), known_of(case), rules=RULES)
    assert found.differing.is_empty() and found.totals.is_empty()
