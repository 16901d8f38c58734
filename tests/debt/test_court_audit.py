"""Every case of tests/cases/court.yaml told again by the queries of the night: they and the code never differ."""

from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from pipeline.audit.queries import query
from pipeline.contracts import debt, ledger, registers
from pipeline.contracts.advance_discounts import ADVANCE_TERMS
from pipeline.contracts.recalculation import RECALCULATIONS
from pipeline.domain.debt import court
from pipeline.storage.shapes import to_outside
from tests.domain.debt import town
from tests.domain.debt.test_court_cases import CASES, tonight

QUERIES = [query(name)
           for name in ("debt_court_standing", "debt_withdrawals", "debt_enforcement", "debt_court_covered")]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_checks_of_the_night_tell_the_same(case: dict[str, Any], tmp_path: Path) -> None:
    assert _broken(case["given"], town.frame(ADVANCE_TERMS), tmp_path) == []


@pytest.mark.parametrize(("status", "broken"), [("planned", []), ("awaits_money", []), ("running", ["A"])])
def test_money_of_a_discount_covers_a_case_until_it_runs(status: str, broken: list[str], tmp_path: Path) -> None:
    """Only duty is left and the advance covers it; under a discount that runs the advance covers nothing."""
    given = next(case["given"] for case in CASES if case["name"].startswith("Only duty is left before the writ"))
    terms = town.frame(ADVANCE_TERMS, {"account_id": "A", "contract_reference": "Д-1", "status_code": status,
                                       "price_kop": 200_000})

    assert [row[0] for row in _broken(given, terms, tmp_path, "Д-1")] == broken


def _broken(given: dict[str, Any], terms: pl.DataFrame, tmp_path: Path, contract: str | None = None) -> list[Any]:
    """What the queries name where the advances are of a contract with these ADVANCE_TERMS."""
    facts, cases = tonight(given)
    status = "awaited" if given.get("awaiting", False) else "ready"
    told = {
        "debtor_lists": pl.DataFrame({"run_on": [given["as_of"]], "status_code": [status]}),
        "court_cases": facts.debts.court_cases, "court_events": facts.debts.court_events,
        "payment_allocations": to_outside(town.frame(ledger.PAYMENT_ALLOCATIONS), ledger.PAYMENT_ALLOCATIONS),
        "debt_decisions": facts.debts.debt_decisions, "costs_paid_before": facts.cost_movements,
        "recalculations": to_outside(town.frame(RECALCULATIONS), RECALCULATIONS),
        "service_contracts": town.frame(registers.SERVICE_CONTRACTS),
        "suspended_payments": to_outside(facts.debts.suspended_payments, ledger.SUSPENDED_PAYMENTS),
        "advance_terms": to_outside(terms, ADVANCE_TERMS),
        "advances": to_outside(
            facts.debts.advances.with_columns(contract_reference=pl.lit(contract, pl.String)), ledger.ADVANCES),
        "open_items": to_outside(facts.debts.open_items, ledger.OPEN_ITEMS),
        "court_standing": to_outside(court.court_standing(cases), debt.COURT_STANDING),
        "enforcement_list": to_outside(court.enforcement_list(cases), debt.ENFORCEMENT_LIST),
        "withdrawal_list": to_outside(court.withdrawal_list(cases), debt.WITHDRAWAL_LIST),
    }
    values = {name: _written(tmp_path / f"{name}.parquet", rows) for name, rows in told.items()}
    rules = town.RULES.court
    values |= {"order_days": str(rules.order_in_force_days), "decision_days": str(rules.decision_in_force_days),
               "bank_days": str(rules.days_with_bank)}

    asked = [(query, {name: value for name, value in values.items() if f"${name}" in query}) for query in QUERIES]
    return [row for query, files in asked for row in duckdb.execute(query, files).fetchall()]


def _written(path: Path, rows: pl.DataFrame) -> str:
    rows.write_parquet(path)
    return str(path)
