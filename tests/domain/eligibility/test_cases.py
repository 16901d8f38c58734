"""«Коммунальный бонус»: every condition at, under and over its threshold, as people read it in YAML."""

from typing import Any

import polars as pl
import pytest

from pipeline.billing_month import end_of_day
from pipeline.contracts.eligibility import CONDITIONS
from pipeline.domain.eligibility.conditions import decided
from pipeline.domain.eligibility.replay import replayed
from pipeline.rules.eligibility import EligibilityRules
from pipeline.rules.registry import RuleBook
from tests.case_files import cases

from .frames import ACCOUNT, CHANNELS, MAY, NEXT_ISSUE, accounts, happened, kop, main_documents, moment, together

CASES = cases("eligibility.yaml")
RULES = EligibilityRules.in_force(RuleBook.read(), MAY)
CUT = end_of_day(NEXT_ISSUE.replace(day=20))


def decide(cases: list[tuple[str, dict[str, Any]]], rules: EligibilityRules = RULES) -> pl.DataFrame:
    """Decisions on any number of accounts at once."""
    replay = replayed(together([happened(given, name) for name, given in cases]), exact_total_pays_penalty=True)
    documents = pl.concat([main_documents(given, name) for name, given in cases])
    register = accounts(*((name, given.get("account", {})) for name, given in cases))
    return decided(documents, replay, register, CHANNELS, rules=rules, cut=CUT)


def check(row: dict[str, Any], expect: dict[str, Any]) -> None:
    assert row["first_failed_code"] == expect.get("first_failed_code")
    assert row["is_eligible"] is (expect.get("first_failed_code") is None)
    assert row["missing_kop"] == (kop(expect["missing"]) if "missing" in expect else None)
    assert row["missing_days"] == expect.get("missing_days")
    if "covered_at" in expect:
        assert row["covered_at"] == moment(expect["covered_at"])
    if "net_total" in expect:
        assert row["net_total_kop"] == kop(expect["net_total"])
    if "document" in expect:
        assert row["document_id"] == f"{row['account_id']}:{expect['document']}"
    for condition in set(CONDITIONS) & set(expect):
        assert row[condition] is expect[condition], condition


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_case(case: dict[str, Any]) -> None:
    decisions = decide([(ACCOUNT, case["given"])])

    rows = [row for row in decisions.to_dicts() if row["billing_month"] == MAY]
    assert len(rows) == 1
    check(rows[0], case["expect"])


def test_all_cases_are_decided_in_one_part() -> None:
    decisions = decide([(f"A{number:03}", case["given"]) for number, case in enumerate(CASES)])

    assert decisions.height == len(CASES)
    for row, case in zip(decisions.to_dicts(), CASES, strict=True):
        check(row, case["expect"])
