"""Every case of tests/cases/claims.yaml told again by the query of the night: it and the code never differ."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from pipeline.audit.queries import query
from pipeline.checks.debt_court import claim_values
from pipeline.contracts import debt, ledger, penalty, recalculation, registers
from pipeline.contracts.advance_discounts import ADVANCE_TERMS
from pipeline.contracts.claims import CLAIM_LIST
from pipeline.contracts.table import Table
from pipeline.domain.debt import court
from pipeline.domain.debt.arrears import PAIR
from pipeline.storage.shapes import to_outside
from tests.domain.debt.test_claim_cases import CASES, Night, night
from tests.domain.debt.town import frame

QUERY = query("debt_claims")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_check_of_the_night_tells_the_same(case: dict[str, Any], tmp_path: Path) -> None:
    found = night(case["given"])

    assert _broken(found, to_outside(found.claims, CLAIM_LIST), tmp_path) == []


@pytest.mark.parametrize(("column", "value"), [
    ("claimed_rub", "14999.99"), ("penalty_rub", "279.99"), ("penalty_paid_rub", "20.01"), ("duty_rub", "4000.01"),
    ("order_duty_rub", "1999.99"), ("duty_to_pay_rub", "2000.01"), ("penalty_doubt_rub", "0.01"),
])
def test_a_wrong_sum_is_seen(column: str, value: str, tmp_path: Path) -> None:
    given = next(case["given"] for case in CASES if case["name"].startswith("Penalties that a line for their month"))
    found = night(given)
    wrong = to_outside(found.claims, CLAIM_LIST).with_columns(pl.lit(value).str.to_decimal(scale=2).alias(column))

    assert [row[0] for row in _broken(found, wrong, tmp_path)] == ["A"]


def test_a_claim_that_is_missing_or_not_due_is_seen(tmp_path: Path) -> None:
    due, not_due = night(CASES[0]["given"]), night(next(case["given"] for case in CASES if case["given"].get("also")))
    listed = to_outside(due.claims, CLAIM_LIST)

    assert [row[0] for row in _broken(due, listed.clear(), tmp_path)] == ["A"]
    assert [row[0] for row in _broken(not_due, listed, tmp_path)] == ["A"]


@pytest.mark.parametrize(("status", "broken"), [("planned", ["A"]), ("awaits_money", ["A"]), ("running", [])])
def test_money_of_a_discount_lowers_a_claim_until_it_runs(status: str, broken: list[str], tmp_path: Path) -> None:
    """The claim counts no cover: right while the discount runs, wrong before it has begun."""
    found = night(CASES[0]["given"])
    owed = {"account_id": "A", "contract_reference": "Д-1"}
    ahead = frame(ledger.ADVANCES, owed | {"payment_id": "ahead", "amount_kop": 100_000})
    terms = frame(ADVANCE_TERMS, owed | {"status_code": status, "price_kop": 100_000})
    paid_ahead = replace(found, debts=replace(found.debts, advances=ahead))

    listed = to_outside(found.claims, CLAIM_LIST)

    assert [row[0] for row in _broken(paid_ahead, listed, tmp_path, terms)] == broken


def _broken(found: Night, listed: pl.DataFrame, folder: Path, terms: pl.DataFrame | None = None) -> list[Any]:
    debts, terms = found.debts, frame(ADVANCE_TERMS) if terms is None else terms
    paid = debts.penalty_lines.select(*PAIR, "charge_month", "billing_month", "paid_kop")
    told: list[tuple[Table, pl.DataFrame]] = [
        (ledger.ADVANCES, debts.advances), (ADVANCE_TERMS, terms),
        (recalculation.RECALCULATIONS, frame(recalculation.RECALCULATIONS)),
        (ledger.SUSPENDED_PAYMENTS, debts.suspended_payments), (ledger.OPEN_ITEMS, debts.open_items),
        (penalty.PENALTIES, debts.penalties), (debt.COURT_STANDING, court.court_standing(found.cases)),
        (penalty.PAID_PENALTIES, frame(penalty.PAID_PENALTIES, *paid.to_dicts())),
    ]
    files = {table.name: to_outside(rows, table) for table, rows in told} | {
        "debtor_lists": pl.DataFrame({"run_on": [found.as_of]}), "claim_list": listed,
        "service_contracts": frame(registers.SERVICE_CONTRACTS), "court_events": debts.court_events,
        "penalties_grown_before": debts.grown_before,
    }
    values = claim_values(found.rules) | {"first_month": "2026-01-01"}
    for name, rows in files.items():
        rows.write_parquet(folder / f"{name}.parquet")
        values[name] = str(folder / f"{name}.parquet")
    return duckdb.execute(QUERY, {name: value for name, value in values.items() if f"${name}" in QUERY}).fetchall()
