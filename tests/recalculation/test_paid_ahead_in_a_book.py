"""Money of a discount's contract through a book: month by month on the fixed line, free once the discount is over."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import pipeline.checks.ledger
from pipeline.billing_month import BillingMonth
from pipeline.checks.room import DECLARED
from pipeline.contracts.ledger import ADVANCES, OPEN_ITEMS, PAYMENT_ALLOCATIONS
from pipeline.storage.run import MonthRun
from pipeline.storage.state import State
from tests.ingest.town import A1, A2, JANUARY, REGISTERS, Town, line
from tests.recalculation.town import at, closed_december, closed_month, night, opened_to_bill

CHECKS = {one.name: one for one in DECLARED if one.check.__module__ == pipeline.checks.ledger.__name__}
FEBRUARY, MARCH, APRIL = BillingMonth(2026, 2), BillingMonth(2026, 3), BillingMonth(2026, 4)
#: Heat by norm stands for the fixed line of this town, the fund for the other one.
_RULES = (
    "  recalculation_advance.is_open: true\n  recalculation_advance.fixed_kinds: [other]\n"
    "  recalculation_advance.fixed_bases: [norm]\n"
)
#: (310.00 − 3.10) × 6 for January to June.
_PRICE = Decimal("1841.40")
Spoil = Callable[[pl.DataFrame], pl.DataFrame]


def _bill(town: Town, month: BillingMonth, issued_on: date) -> None:
    """Heat 310.00 and fund 90.00 of A1 and A2."""
    fee = Decimal("400.00")
    named = [(account, f"{account}-{month}") for account in (A1, A2)]
    town.deliver("billing_documents", issued_on, *(
        {"document_id": document, "account_id": account, "billing_month": month.first_day, "issued_on": issued_on,
         "charged_rub": fee, "payable_rub": fee, "payable_with_penalty_rub": fee} for account, document in named
    ), name=f"bill-{month}")
    own: list[tuple[str, dict[str, Any]]] = [
        ("310.00", {"basis_code": "norm", "volume": Decimal("0.5"), "tariff_rub": Decimal("620")}),
        ("90.00", {"contract_id": "C-fund", "service_code": "fund", "basis_code": "area"}),
    ]
    town.deliver("charges", issued_on, *(
        line(document, number, rub, account_id=account, charge_month=month.first_day) | terms
        for account, document in named for number, (rub, terms) in enumerate(own, 1)
    ), name=f"bill-{month}")


def _bill_anew(town: Town, month: BillingMonth, issued_on: date) -> None:
    """A new version of A1's document of the month: heat 150.00 instead of 310.00, the fund as it was."""
    fee, document = Decimal("240.00"), f"{A1}-{month}-anew"
    town.deliver("billing_documents", issued_on, {
        "document_id": document, "account_id": A1, "billing_month": month.first_day, "issued_on": issued_on,
        "charged_rub": fee, "payable_rub": fee, "payable_with_penalty_rub": fee,
        "supersedes_document_id": f"{A1}-{month}"}, name=document)
    town.deliver("charges", issued_on, line(document, 1, "150.00", charge_month=month.first_day) | {
        "basis_code": "norm", "volume": Decimal("0.5"), "tariff_rub": Decimal("300")},
        line(document, 2, "90.00", charge_month=month.first_day) | {
        "contract_id": "C-fund", "service_code": "fund", "basis_code": "area"}, name=document)


def _pay(town: Town, payment_id: str, account: str, on: date, rub: str, contract: str | None = None) -> None:
    town.deliver("payments", on, {
        "payment_id": payment_id, "account_id": account, "paid_at": at(on, 12), "received_on": on,
        "amount_rub": Decimal(rub), "channel_code": "site", "contract_reference": contract,
        "purpose_code": "advance_contract" if contract else "regular",
    }, name=payment_id)


def _town(root: Path) -> Town:
    """A1 and A2 sign for half a year from January; only A1 applies for the discount. Both pay December besides."""
    town = opened_to_bill(root, _RULES)
    town.deliver("cycles", date(2025, 12, 1), *REGISTERS["cycles"], {
        "billing_month": MARCH.first_day, "issue_on": date(2026, 4, 1), "next_issue_on": date(2026, 5, 1)}, {
        "billing_month": APRIL.first_day, "issue_on": date(2026, 5, 1), "next_issue_on": date(2026, 6, 1)})
    signed = at(date(2026, 1, 10), 9)
    town.deliver("advance_contracts", date(2026, 1, 10), *(
        {"event_id": f"k-{account}", "registered_at": signed, "contract_reference": f"Д-{account}",
         "account_id": account, "from_month": JANUARY.first_day, "to_month": date(2026, 6, 1)} for account in (A1, A2)
    ))
    town.deliver("advance_discounts", date(2026, 1, 10), {
        "event_id": "d", "registered_at": signed, "account_id": A1, "contract_reference": f"Д-{A1}",
        "status_code": "confirmed"})
    for account in (A1, A2):
        _pay(town, f"december-{account}", account, date(2026, 1, 14), "310.00")
        _pay(town, f"ahead-{account}", account, date(2026, 1, 15), str(_PRICE), f"Д-{account}")
    closed_december(town)
    _bill(town, JANUARY, date(2026, 2, 1))
    return town


@pytest.fixture(scope="module")
def january(tmp_path_factory: pytest.TempPathFactory) -> MonthRun:
    """The first month of the term."""
    return night(_town(tmp_path_factory.mktemp("first") / "book"), date(2026, 2, 20), JANUARY)


def _given_up(root: Path) -> Town:
    """A1 gave the discount up on 25 February, told on 5 March; March is billed."""
    town = _town(root)
    closed_month(town, JANUARY, date(2026, 3, 1))
    _bill(town, FEBRUARY, date(2026, 3, 1))
    town.deliver("advance_discounts", date(2026, 3, 5), {
        "event_id": "d-end", "registered_at": at(date(2026, 3, 5), 9), "account_id": A1,
        "contract_reference": f"Д-{A1}", "withdrawn_on": date(2026, 2, 25), "status_code": "confirmed"})
    closed_month(town, FEBRUARY, date(2026, 4, 1))
    _bill(town, MARCH, date(2026, 4, 1))
    return town


@pytest.fixture(scope="module")
def march(tmp_path_factory: pytest.TempPathFactory) -> MonthRun:
    """The month after the end. What A1 sent under the contract before arrives late."""
    town = _given_up(tmp_path_factory.mktemp("third") / "book")
    _pay(town, "slow", A1, date(2026, 4, 3), "10.00", f"Д-{A1}")
    return night(town, date(2026, 4, 20), MARCH)


@pytest.fixture(scope="module")
def april(tmp_path_factory: pytest.TempPathFactory) -> MonthRun:
    """Two cycles after the end, which is published no more, 1,000.00 arrives under the contract. Documents that it paid
    get smaller versions: that of February in the cycle of March, that of January now."""
    town = _given_up(tmp_path_factory.mktemp("fourth") / "book")
    _bill_anew(town, FEBRUARY, date(2026, 4, 10))
    closed_month(town, MARCH, date(2026, 5, 1))
    _bill(town, APRIL, date(2026, 5, 1))
    _pay(town, "slower", A1, date(2026, 5, 3), "1000.00", f"Д-{A1}")
    _bill_anew(town, JANUARY, date(2026, 5, 10))
    return night(town, date(2026, 5, 20), APRIL)


def _open(run: MonthRun | State, account: str) -> dict[tuple[str, str], int]:
    rows = run.read(OPEN_ITEMS).filter(pl.col("account_id") == account)
    return {(f"{month:%m}", service): kop for month, service, kop in
            rows.select("billing_month", "service_code", "outstanding_kop").iter_rows()}


def _left(run: MonthRun | State, account: str) -> list[tuple[str | None, int]]:
    rows = run.read(ADVANCES).filter(pl.col("account_id") == account).sort("payment_id")
    return rows.select("contract_reference", "amount_kop").rows()


def test_the_first_month_of_a_discount_pays_the_fixed_line_alone(january: MonthRun) -> None:
    assert _open(january, A1) == {("01", "fund"): 9_000}
    assert _left(january, A1) == [(f"Д-{A1}", 184_140 - 31_000)]


def test_a_contract_without_a_discount_pays_whole_documents(january: MonthRun) -> None:
    assert _open(january, A2) == {}
    assert _left(january, A2) == [(f"Д-{A2}", 184_140 - 40_000)]


def test_the_next_month_goes_on(march: MonthRun) -> None:
    assert _open(march.state, A1) == {("01", "fund"): 9_000, ("02", "fund"): 9_000}
    assert _left(march.state, A1) == [(f"Д-{A1}", 184_140 - 2 * 31_000)]


def test_when_it_is_over_the_rest_is_free(march: MonthRun) -> None:
    # 1,841.40 − 620.00 = 1,221.40 free: 180.00 of fund at the start of the cycle, 400.00 of March; 641.40 and the
    # 10.00 that came late under the contract are left
    assert _open(march, A1) == {}
    assert _left(march, A1) == [(None, 184_140 - 62_000 - 18_000 - 40_000), (None, 1_000)]


def test_what_a_new_version_sets_free_after_the_end_is_free(april: MonthRun) -> None:
    # 1,841.40 − 400.00 of January − 240.00 of February − 400.00 of March
    assert _open(april.state, A1) == {}
    assert _left(april.state, A1) == [(None, 184_140 - 40_000 - 24_000 - 40_000)]


def test_long_after_the_end_nothing_is_bound(april: MonthRun) -> None:
    # 400.00 of April are paid, 160.00 of January come back, and 1,000.00 lie beside them
    assert _open(april, A1) == {}
    assert _left(april, A1) == [(None, 80_140 - 40_000 + 16_000), (None, 100_000)]


def test_a_movement_taken_off_tells_whose_money_it_was(april: MonthRun) -> None:
    moved = april.read(PAYMENT_ALLOCATIONS).filter(pl.col("rule_code") == "superseded", account_id=A1)
    taken = moved.filter(pl.col("allocated_kop") < 0).sort("allocated_kop")

    assert taken.select("contract_reference", "allocated_kop").rows() == [(f"Д-{A1}", -31_000), (None, -9_000)]
    assert set(moved.filter(pl.col("allocated_kop") > 0)["contract_reference"]) == {None}


def test_checks_hold(january: MonthRun, march: MonthRun, april: MonthRun) -> None:
    asked = ("advances_wait_only_without_debt", "contract_money_pays_fixed_lines", "every_payment_is_whole",
             "money_in_is_money_placed", "open_items_continue_last_month", "balances_roll_forward")
    assert [(str(run.month), name) for run in (january, march, april) for name in asked
            if not CHECKS[name].check(run).passed] == []


_WAIT, _FIXED = "advances_wait_only_without_debt", "contract_money_pays_fixed_lines"
FAULTS: list[tuple[str, str, str, bool, Spoil]] = [
    (_WAIT, "january", "open_items", False, lambda rows: rows.with_columns(
        service_code=pl.when(pl.col("account_id") == A1).then(pl.lit("heat")).otherwise("service_code"))),
    (_WAIT, "january", "advance_schedule_at_start", True, lambda rows: rows.clear()),
    (_FIXED, "january", "payment_allocations", False,
     lambda rows: rows.with_columns(service_code=pl.lit("fund"))),
    (_FIXED, "january", "payment_allocations", False,
     lambda rows: rows.with_columns(charge_month=pl.lit(date(2025, 12, 1)))),
    (_FIXED, "march", "advances", False,
     lambda rows: rows.with_columns(contract_reference=pl.lit(f"Д-{A1}"))),
    (_FIXED, "april", "advances", False,
     lambda rows: rows.with_columns(contract_reference=pl.lit(f"Д-{A1}"))),
    (_FIXED, "april", "payment_allocations", False,
     lambda rows: rows.with_columns(contract_reference=pl.lit(f"Д-{A1}"))),
]


@pytest.mark.parametrize(("check", "month", "table", "is_staged", "spoil"), FAULTS)
def test_check_fails(
    check: str, month: str, table: str, is_staged: bool, spoil: Spoil, request: pytest.FixtureRequest
) -> None:
    run: MonthRun = request.getfixturevalue(month)
    files = run.staged_files(table) if is_staged else sorted((run.folder / table).glob("part-*.parquet"))
    kept = {file: file.read_bytes() for file in files}
    rows = pl.concat([pl.read_parquet(file) for file in files])
    try:
        spoil(rows).write_parquet(files[0])
        found = CHECKS[check].check(run)
    finally:
        for file, content in kept.items():
            file.write_bytes(content)

    assert not found.passed
    assert A1 in found.sample_ids
