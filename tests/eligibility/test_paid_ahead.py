"""The bonus of an account whose fixed lines are paid ahead: the other lines of its document are its own to pay."""

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline.assets.eligibility import enter_entitlements, write_eligibility
from pipeline.contracts import events, ledger
from pipeline.contracts.advance_discounts import ADVANCE_SCHEDULE, ADVANCE_TERMS
from pipeline.contracts.eligibility import ELIGIBILITY
from pipeline.contracts.table import Table
from pipeline.storage.close import close
from pipeline.storage.publish import publish
from pipeline.storage.run import MonthRun
from pipeline.storage.state import State
from tests.domain.eligibility import frames
from tests.eligibility.town import APRIL, CYCLES, MAY, PARTS, begun, book_at

_CONTRACT, _LAST = "Д-1", date(2026, 10, 1)
_TERM = {
    "event_id": "e", "account_id": "A1", "contract_reference": _CONTRACT, "registered_at": frames.moment("2026-05-02"),
    "from_month": MAY.first_day, "to_month": _LAST, "months": 6, "percent_e7": 10**7, "price_kop": 420_000,
    "paid_kop": 420_000, "payment_ids": ["ahead"], "status_code": "planned", "is_clawed_back": False,
}
_LINE = {
    "event_id": "e", "account_id": "A1", "contract_id": "K1", "service_code": "housing", "charge_month": MAY.first_day,
    "planned_fee_kop": 70_000, "planned_discount_kop": 700, "status_code": "planned",
}
#: 4,200.00 through the app on 20 May.
_MONEY = {
    "account_id": "A1", "payment_id": "ahead", "origin_code": "payment", "registry_id": "R1", "channel_code": "app",
    "contract_reference": _CONTRACT, "paid_at": frames.moment("2026-05-20 12:00"),
}


def _put(run: MonthRun, table: Table, *rows: dict[str, Any], keep: pl.Expr | None = None) -> None:
    """Rows of A1 behind those of the others."""
    others = run.read(table, PARTS[0]).filter(pl.lit(True) if keep is None else keep)
    run.write(table, PARTS[0], pl.concat([others, frames.frame(table, list(rows))]).sort(table.primary_key))


def _decided(run: MonthRun) -> dict[str, Any]:
    signed = {"event_id": "k", "registered_at": frames.moment("2026-05-01"), "contract_reference": _CONTRACT,
              "account_id": "A1", "from_month": MAY.first_day, "to_month": _LAST}
    run.write_staged(events.ADVANCE_CONTRACTS.name, "whole", frames.frame(events.ADVANCE_CONTRACTS, [signed]))
    write_eligibility(run)
    found = run.read(ELIGIBILITY).filter(account_id="A1", billing_month=MAY.first_day)
    return found.row(0, named=True)


@pytest.mark.parametrize(("status", "missing_kop"), [("planned", 30_000), ("ended", None), (None, None)])
def test_only_fixed_lines_are_paid_by_a_discounts_contract(
    tmp_path: Path, status: str | None, missing_kop: int | None
) -> None:
    """1,000.00 are billed for May, 700.00 of them for housing. A contract whose discount is over, or that has none,
    covers the whole document."""
    book = book_at(tmp_path / "book")
    april = begun(book, APRIL, "april", date(2026, 5, 31))
    _put(april, ledger.ADVANCES, _MONEY | {"posted_at": frames.moment("2026-05-20"), "amount_kop": 420_000})
    if status:
        ended = {"status_code": status, "end_reason_code": "withdrawn" if status == "ended" else None}
        _put(april, ADVANCE_TERMS, _TERM | ended)
        _put(april, ADVANCE_SCHEDULE, _LINE)
    write_eligibility(april)
    publish(april)
    enter_entitlements(State.of(book, close(book, APRIL, CYCLES[APRIL][1]).version))
    may = begun(book, MAY, "may", date(2026, 6, 30))
    _put(may, ledger.POSTED_PAYMENTS, keep=pl.col("account_id") != "A1")
    housing = {"service_code": "housing", "charge_month": MAY.first_day, "month": MAY.first_day}
    moved = frames.moved({"document": "D05", "payment": "ahead", "amount": "700.00", "channel": "app",
                          "paid_at": "2026-05-20 12:00"} | housing, 1, "A1")
    _put(may, ledger.PAYMENT_ALLOCATIONS, moved | housing | {
        "payment_id": "ahead", "rule_code": "advance", "contract_reference": _CONTRACT,
        "registry_id": "R1"}, keep=pl.col("account_id") != "A1")
    water = frames.open_item({"document": "D05", "amount": "300.00", "month": MAY.first_day}, "A1")
    _put(may, ledger.OPEN_ITEMS, water | {"service_code": "water"}, keep=pl.col("account_id") != "A1")

    row = _decided(may)

    assert (row["is_eligible"], row["missing_kop"]) == (missing_kop is None, missing_kop)
