"""Every case of tests/cases/offers.yaml told again by the queries of the night, which see wrong and missing rows."""

from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from pipeline.audit.queries import query
from pipeline.contracts import debt, ledger
from pipeline.contracts.instalments import FEES_COMPARED, INSTALMENTS, INSTALMENTS_OFFERED, SERVICE_FEES
from pipeline.contracts.person_statuses import PERSON_STATUSES
from pipeline.domain.debt.seasonal import service_fees
from pipeline.storage.shapes import to_outside
from tests.debt.town import full
from tests.domain.debt import town
from tests.domain.debt.test_offers import APRIL, CASES, NIGHT, RULES, UTILITIES, fees, lines, of_fees, of_night, offered

VALUES = {
    "contact_least": "100.00", "offer_least": "3000.00", "wait_days": str(RULES.days_after_receipt),
    "part_kop": str(RULES.part_min_kop), "months_most": str(RULES.months_max),
    "seasonal_months": str(RULES.seasonal_months),
}
COMPARED = {
    "contact_least": "100.00", "seasonal_percent": "25.0000", "seasonal_months": str(RULES.seasonal_months),
    "month": "2026-04-01",
}


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_the_check_of_the_night_tells_the_same(case: dict[str, Any], tmp_path: Path) -> None:
    found = to_outside(offered(case["given"]), INSTALMENTS_OFFERED)

    assert broken(case["given"], found, tmp_path) == []
    wrong = found.clear() if found.height else to_outside(
        full(INSTALMENTS_OFFERED, {"account_id": "A", "creditor_id": "c1"}), INSTALMENTS_OFFERED
    )
    assert broken(case["given"], wrong, tmp_path) == [("A",)]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_fees_are_compared_the_same(case: dict[str, Any], tmp_path: Path) -> None:
    charges, documents = lines(case["given"])
    told = to_outside(service_fees(charges, documents, UTILITIES), SERVICE_FEES)
    found = to_outside(of_fees(case["given"]), FEES_COMPARED)
    wrong = found.clear() if found.height else to_outside(
        full(FEES_COMPARED, {"account_id": "A", "creditor_id": "c1"}), FEES_COMPARED
    )
    charges = charges.with_columns(account_id=pl.lit("A"))
    lined = {"charges": charges, "billing_documents": documents, "services": UTILITIES}

    assert asked("debt_service_fees", lined | {"service_fees": told}, {}, tmp_path) == []
    assert asked("debt_service_fees_look", lined | {"service_fees": told}, {}, tmp_path) == [(0, 0, 0)]
    assert asked("debt_service_fees", lined | {"service_fees": told.clear()}, {}, tmp_path) == [("A",)] * told.height
    night = of_the_night(case["given"]) | {"fees_told": told}
    assert asked("debt_fees_compared", night | {"fees_compared": found}, COMPARED, tmp_path) == []
    assert set(asked("debt_fees_compared", night | {"fees_compared": wrong}, COMPARED, tmp_path)) == {("A",)}


@pytest.mark.parametrize("told", [
    pytest.param([("heating", 101), ("cold_water", 0)], id="another sum"),
    pytest.param([("cold_water", 0)], id="a fee is missing"),
    pytest.param([("heating", 100)], id="a fee of nothing is missing"),
    pytest.param([("heating", 100), ("cold_water", 0), ("gas", 0)], id="a fee of nothing that nobody charged"),
    pytest.param([("heating", 0), ("cold_water", 100)], id="one for the other"),
])
def test_a_look_at_fees_sees_what_the_promise_sees(told: list[tuple[str, int]], tmp_path: Path) -> None:
    lined = _charged([("heating", 100), ("cold_water", 0)])
    right = service_fees(lined["charges"], lined["billing_documents"], lined["services"])
    other = _charged(told)
    wrong = service_fees(other["charges"], other["billing_documents"], other["services"])

    for fees_told, is_right in ((right, True), (wrong, False)):
        tables = lined | {"service_fees": to_outside(fees_told, SERVICE_FEES)}
        assert (asked("debt_service_fees", tables, {}, tmp_path) == []) is is_right
        assert (asked("debt_service_fees_look", tables, {}, tmp_path) == [(0, 0, 0)]) is is_right


def _charged(fees_kop: list[tuple[str, int]]) -> dict[str, pl.DataFrame]:
    """A document of April that charged these fees, and utility services."""
    lines_told = [
        {"document_id": "D", "account_id": "A", "service_code": service, "charge_month": APRIL, "charged_kop": kop}
        for service, kop in fees_kop
    ]
    document = {"document_id": "D", "account_id": "A", "supersedes_document_id": None, "billing_month": APRIL}
    services = [{"service_code": code, "class_code": "utility"} for code in ("cold_water", "gas", "heating")]
    return {
        "charges": pl.DataFrame(lines_told),
        "billing_documents": pl.DataFrame([document], schema_overrides={"supersedes_document_id": pl.String}),
        "services": pl.DataFrame(services),
    }


def broken(given: dict[str, Any], found: pl.DataFrame, folder: Path) -> list[tuple[str]]:
    compared = to_outside(of_fees(given), FEES_COMPARED)
    night = of_the_night(given) | {"fees_compared": compared, "instalments_offered": found}
    return asked("debt_offers", night, VALUES, folder)


def of_the_night(given: dict[str, Any]) -> dict[str, pl.DataFrame]:
    debtors, agreed = of_night(given)
    status = {"event_id": "s", "person_id": "P", "status_code": "subsidy", "valid_from": APRIL}
    items = [{**row, "document_id": "d", "contract_id": "k", "due_on": NIGHT} for row in fees(given).rows(named=True)]
    return {
        "all_debtor_lists": pl.DataFrame({"run_on": [NIGHT], "status_code": ["ready"]}),
        "debtors": to_outside(debtors, debt.DEBTORS), "instalments": to_outside(agreed, INSTALMENTS),
        "open_items": to_outside(full(ledger.OPEN_ITEMS, *items), ledger.OPEN_ITEMS), "services": UTILITIES,
        "person_statuses": town.frame(PERSON_STATUSES, *([status] if given.get("subsidy") else [])),
        "rights": town.nothing().rights, "accounts": town.nothing().accounts,
    }


def asked(name: str, tables: dict[str, pl.DataFrame], values: dict[str, str], folder: Path) -> list[tuple[str]]:
    """Rows of one query; of tables and values only those that it names."""
    told = query(name)
    files = {table: written(folder / f"{table}.parquet", rows) for table, rows in tables.items()}
    return duckdb.execute(told, {key: one for key, one in (files | values).items() if f"${key}" in told}).fetchall()


def written(path: Path, rows: pl.DataFrame) -> str:
    rows.write_parquet(path)
    return str(path)
