"""Every case of tests/cases/restriction.yaml told again by the query of the night: it and the code never differ."""

from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from pipeline.audit.queries import query
from pipeline.contracts import debt, ledger
from pipeline.contracts.person_statuses import PERSON_STATUSES
from pipeline.storage.shapes import to_outside
from tests.domain.debt import town
from tests.domain.debt.test_restriction_cases import CASES, given_facts, listed, rules_of

GROUNDS = query("debt_restriction_grounds")
GAS = {case["name"]: case for case in CASES if case["given"].get("gas_open")}
WARNED = GAS["Compared and opened, two periods in a row are warned of, whatever the norm"]
SUSPENDED = GAS["From the twenty-first day after the delivery gas is suspended, never restricted"]


def broken(case: dict[str, Any], folder: Path, rows: pl.DataFrame | None = None, **more: str) -> list[Any]:
    """What the query finds of a case; rows: other rows of the list than its own."""
    given = case["given"]
    facts, read = given_facts(given)
    told = {
        "debtor_lists": pl.DataFrame({
            "run_on": [given["as_of"]], "status_code": ["awaited" if given.get("awaiting") else "ready"],
        }),
        "restriction_list": to_outside(listed(given), debt.RESTRICTION_LIST) if rows is None else rows,
        "open_items": to_outside(facts.open_items, ledger.OPEN_ITEMS), "service_norms": read.service_norms,
        "restriction_acts": read.restriction_acts, "services": read.services, "accounts": read.accounts,
        "service_contracts": read.service_contracts, "holds": read.holds, "rights": facts.rights,
        "person_statuses": town.frame(PERSON_STATUSES),
        "incomplete_bills": facts.incomplete_bills,
    }
    rules = rules_of(given)
    values = {
        "restriction_holds": ",".join(rules.holds), "never_services": ",".join(rules.never_services),
        "fees_min": str(rules.fees_min), "notice_days": str(rules.notice_days),
        "suspension_days": str(rules.days_before_suspension), "gas_services": ",".join(rules.gas.services),
        "gas_open": str(rules.gas.is_open), "gas_periods": str(rules.gas.periods_min),
        "gas_days": str(rules.gas.notice_days), **more,
    }
    for name, frame in told.items():
        frame.write_parquet(folder / f"{name}.parquet")
        values[name] = str(folder / f"{name}.parquet")
    return duckdb.execute(GROUNDS, values).fetchall()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_check_of_the_night_tells_the_same(case: dict[str, Any], tmp_path: Path) -> None:
    assert broken(case, tmp_path) == []


@pytest.mark.parametrize(("case", "more"), [
    (WARNED, {"gas_open": "False"}), (WARNED, {"gas_periods": "3"}), (SUSPENDED, {"gas_days": "21"}),
    (SUSPENDED, {"gas_open": "False"}),
])
def test_gas_against_its_rules_is_seen(case: dict[str, Any], more: dict[str, str], tmp_path: Path) -> None:
    assert [account for account, _ in broken(case, tmp_path, **more)] == ["A"]


@pytest.mark.parametrize("wrong", [
    {"next_action_code": "restriction"}, {"claimed_rub": pl.lit("899.99").cast(pl.Decimal(18, 2))},
])
def test_gas_that_is_restricted_or_partly_covered_is_seen(wrong: dict[str, Any], tmp_path: Path) -> None:
    rows = to_outside(listed(WARNED["given"]), debt.RESTRICTION_LIST).with_columns(
        **{name: pl.lit(value) if isinstance(value, str) else value for name, value in wrong.items()}
    )
    assert [account for account, _ in broken(WARNED, tmp_path, rows)] == ["A"]
