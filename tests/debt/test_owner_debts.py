"""Debts of owners of municipal flats: sums of the list, and every case of empty_flats.yaml told by its query."""

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from pipeline.audit.queries import query
from pipeline.contracts import ledger, registers
from pipeline.contracts.gate import gate
from pipeline.contracts.owner_debts import OWNER_DEBTS
from pipeline.domain.debt.owner_debts import owner_debts
from pipeline.domain.tenancy.empty_flats import empty_months, owners_items
from pipeline.storage.shapes import to_outside
from tests.domain.debt.town import frame, item
from tests.domain.tenancy.test_empty_flats import CASES, MONTHS, ON, stay

QUERY = query("debt_owner_debts")
EMPTY_SINCE_MARCH = {"stays": [[date(2015, 1, 1), date(2026, 2, 28)]], "owner": True}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_list_and_query_tell_the_same(case: dict[str, Any], tmp_path: Path) -> None:
    listed, files = night(case["given"])
    gate(listed, OWNER_DEBTS)

    fees = {f"{row['fee_rub']:.2f}" for row in listed.to_dicts()}
    # every month owes 100 ₽; capital repair of a tenant is the owner's whoever lives there
    months = len(case["expect"])
    is_municipal = case["given"].get("kind") != "citizen"
    assert fees == ({f"{100 * months:.2f}"} if is_municipal else set())
    assert broken(files | {"owner_debts": listed}, tmp_path) == []


def test_the_list_names_owner_months_and_sums() -> None:
    """March and April are the owner's, 100 ₽ each; capital repair of April, 70 ₽."""
    listed, _ = night(EMPTY_SINCE_MARCH)
    row = listed.row(0, named=True)

    assert (row["person_id"], row["from_month"], row["to_month"]) == ("p-city", date(2026, 3, 1), date(2026, 4, 1))
    assert [f"{row[name]:.2f}" for name in ("fee_rub", "capital_repair_rub", "total_rub", "barred_rub")] == [
        "200.00", "70.00", "270.00", "0.00"]
    assert (row["oldest_due_on"], row["days_overdue"]) == (date(2026, 4, 15), 46)


def test_of_several_owners_none_is_named() -> None:
    listed, _ = night(EMPTY_SINCE_MARCH, second_owner=True)

    assert listed["person_id"].to_list() == [None]


@pytest.mark.parametrize("spoilt", ["missing", "sum", "asked"])
def test_a_wrong_list_is_seen(spoilt: str, tmp_path: Path) -> None:
    """Left out, another sum, or a fee of the owner that the account is still asked for."""
    listed, files = night(EMPTY_SINCE_MARCH)
    if spoilt == "asked":
        files["open_items"] = files["open_items"].with_columns(is_disputed=pl.lit(False))
    wrong = {"missing": listed.clear(), "sum": listed.with_columns(fee_rub=pl.col("fee_rub") + 1)}.get(spoilt, listed)

    assert broken(files | {"owner_debts": wrong}, tmp_path) == ["A"]


def night(given: dict[str, Any], *, second_owner: bool = False) -> tuple[pl.DataFrame, dict[str, pl.DataFrame]]:
    """The list in its outside shape, and the files that its query reads."""
    kind = given.get("kind", "municipal_tenant")
    accounts = frame(registers.ACCOUNTS, {"account_id": "A", "premises_id": "flat", "account_kind_code": kind})
    rights = [stay(number, *days, role_code="tenant") for number, days in enumerate(given["stays"])]
    owners = ["city"] * bool(given.get("owner")) + ["region"] * second_owner
    rights += [stay(owner, date(2000, 1, 1), None, role_code="owner") for owner in owners]
    persons = [stay(f"r{number}", *days) for number, days in enumerate(given.get("registered", []))]
    persons += [stay(None, *days, persons_count=count) for *days, count in given.get("counted", [])]
    persons += [stay("far", date(2015, 1, 1), None, premises_id="another")] * bool(given.get("register"))
    held, registered = frame(registers.RIGHTS, *rights), frame(registers.REGISTRATIONS, *persons)
    empty = empty_months(accounts, held, registered)
    items = _marked(_items(), empty, is_municipal=kind == "municipal_tenant")
    listed = owner_debts(items, accounts, held, empty, as_of=ON)
    return to_outside(listed, OWNER_DEBTS), {
        "accounts": accounts, "rights": held,
        "registrations": registered, "open_items": to_outside(items, ledger.OPEN_ITEMS),
    }


def _items() -> pl.DataFrame:
    """100 ₽ a month for December to April, 70 ₽ of capital repair for April, all overdue."""
    rows = [item(number, ON, due_on=_due(month), rub="100.00", month=month) for number, month in enumerate(MONTHS)]
    repair = item(9, ON, due_on=_due(MONTHS[-1]), rub="70.00", month=MONTHS[-1], kind="capital_repair")
    return frame(ledger.OPEN_ITEMS, *rows, repair)


def _due(month: date) -> date:
    following = month.year * 12 + month.month
    return date(following // 12, following % 12 + 1, 15)


def _marked(items: pl.DataFrame, empty: pl.DataFrame, *, is_municipal: bool) -> pl.DataFrame:
    """As the ledger marks what is the owner's."""
    theirs = owners_items(items, empty)["document_id"].implode()
    is_repair = (pl.col("debt_kind_code") == "capital_repair") & is_municipal
    return items.with_columns(is_disputed=pl.col("document_id").is_in(theirs) | is_repair)


def broken(files: dict[str, pl.DataFrame], folder: Path) -> list[str]:
    values = {}
    for name, rows in files.items():
        rows.write_parquet(folder / f"{name}.parquet")
        values[name] = str(folder / f"{name}.parquet")
    return [row[0] for row in duckdb.execute(QUERY, values).fetchall()]
