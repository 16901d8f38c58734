"""The advance discount through a book: the first month, a refusal, one given up a month later, checks."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import pipeline.checks.recalculation
import pipeline.checks.recalculation_advance
from pipeline.billing_month import BillingMonth
from pipeline.checks.room import DECLARED
from pipeline.contracts.advance_discounts import ADVANCE_SCHEDULE, ADVANCE_TERMS
from pipeline.contracts.recalculation import RECALCULATIONS, RETURNED_APPLICATIONS
from pipeline.storage.run import MonthRun
from tests.ingest.town import A1, A2, A3, DECEMBER, JANUARY, Town
from tests.recalculation.town import at, bill_everybody, closed_december, closed_month, night, opened_to_bill

_ROOMS = (pipeline.checks.recalculation.__name__, pipeline.checks.recalculation_advance.__name__)
CHECKS = {one.name: one for one in DECLARED if one.check.__module__ in _ROOMS}
Spoil = Callable[[pl.DataFrame], pl.DataFrame]
#: Heat by norm stands for the fixed line of this town.
_RULES = (
    "  recalculation_advance.is_open: true\n  recalculation_advance.fixed_kinds: [other]\n"
    "  recalculation_advance.fixed_bases: [norm]\n"
)
_PAID_ON, _GIVEN_UP_ON = date(2026, 1, 15), date(2026, 2, 25)
#: (310.00 − 3.10) × 6.
_PRICE = Decimal("1841.40")


def _applied(town: Town) -> None:
    """A1 paid for half a year from January, A2 a kopeck less, A3 for five months."""
    months = {A1: 6, A2: 6, A3: 5}
    town.deliver("advance_contracts", date(2026, 1, 10), *(
        {"event_id": f"k-{account}", "registered_at": at(date(2026, 1, 10), 9), "contract_reference": f"Д-{account}",
         "account_id": account, "from_month": date(2026, 1, 1), "to_month": date(2026, last, 1)}
        for account, last in months.items()
    ))
    town.deliver("advance_discounts", date(2026, 1, 10), *(
        {"event_id": f"d-{account}", "registered_at": at(date(2026, 1, 10), 9), "account_id": account,
         "contract_reference": f"Д-{account}", "status_code": "confirmed"} for account in months
    ))
    paid = {A1: _PRICE, A2: _PRICE - Decimal("0.01")}
    town.deliver("payments", _PAID_ON, *(
        {"payment_id": f"ahead-{account}", "account_id": account, "paid_at": at(_PAID_ON, 12), "received_on": _PAID_ON,
         "amount_rub": rub, "channel_code": "site", "purpose_code": "advance_contract",
         "contract_reference": f"Д-{account}"} for account, rub in paid.items()
    ))
    town.deliver("payments", _PAID_ON, *(
        {"payment_id": f"december-{account}", "account_id": account, "paid_at": at(_PAID_ON, 9),
         "received_on": _PAID_ON, "amount_rub": Decimal("310.00"), "channel_code": "site", "purpose_code": "regular"}
        for account in paid
    ), name="december")


def _billed(root: Path) -> Town:
    """December closed, January billed."""
    town = opened_to_bill(root, _RULES)
    _applied(town)
    closed_december(town)
    bill_everybody(town, date(2026, 1, 1), date(2026, 2, 1))
    return town


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> MonthRun:
    """December: applied for, before the first month."""
    town = opened_to_bill(tmp_path_factory.mktemp("planned") / "book", _RULES)
    _applied(town)
    return night(town, date(2026, 1, 20), DECEMBER)


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> MonthRun:
    """January: the first month of the term."""
    return night(_billed(tmp_path_factory.mktemp("begun") / "book"))


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> MonthRun:
    """February: A1 has given the discount up; A2's last kopeck, paid on the last day, comes with a slow registry."""
    town = _billed(tmp_path_factory.mktemp("ended") / "book")
    closed_month(town, JANUARY, date(2026, 3, 1))
    town.deliver("advance_discounts", date(2026, 3, 5), {
        "event_id": "d-end", "registered_at": at(date(2026, 3, 5), 9), "account_id": A1,
        "contract_reference": f"Д-{A1}", "withdrawn_on": _GIVEN_UP_ON, "status_code": "confirmed",
    })
    town.deliver("payments", date(2026, 3, 5), {
        "payment_id": "slow", "account_id": A2, "paid_at": at(date(2026, 1, 31), 23), "received_on": date(2026, 3, 5),
        "amount_rub": Decimal("0.01"), "channel_code": "site", "purpose_code": "advance_contract",
        "contract_reference": f"Д-{A2}",
    })
    bill_everybody(town, date(2026, 2, 1), date(2026, 3, 1))
    return night(town, date(2026, 3, 20), BillingMonth(2026, 2))


def _proposed(run: MonthRun) -> list[tuple[Any, ...]]:
    rows = run.read(RECALCULATIONS).filter(pl.col("cause_code").str.starts_with("advance_")).sort(
        "account_id", "cause_code", "charge_month")
    return rows.select("account_id", "cause_code", "charge_month", "difference_kop", "status_code").rows()


def test_the_first_month_is_reduced_for_who_paid(begun: MonthRun) -> None:
    assert _proposed(begun) == [(A1, "advance_discount", date(2026, 1, 1), -310, "proposed")]
    stand = begun.read(ADVANCE_TERMS).select("account_id", "status_code", "price_kop", "paid_kop", "missing_kop").rows()
    assert stand == [(A1, "running", 184_140, 184_140, None), (A2, "awaits_money", 184_140, 184_139, 1)]
    months = begun.read(ADVANCE_SCHEDULE).group_by("account_id", "status_code").len().sort("account_id", "status_code")
    assert months.rows() == [(A1, "given", 1), (A1, "planned", 5), (A2, "held", 1), (A2, "planned", 5)]


def test_what_the_programme_does_not_take_goes_back(planned: MonthRun) -> None:
    back = planned.read(RETURNED_APPLICATIONS).select("event_id", "kind_code", "field_code", "reason_code").rows()
    assert back == [(f"d-{A3}", "advance_discount", "contract_reference", "other_months")]


def test_what_was_given_is_charged_again_and_what_was_held_is_given(ended: MonthRun) -> None:
    assert _proposed(ended) == [
        (A1, "advance_discount", date(2026, 1, 1), -310, "proposed"),
        (A1, "advance_ended", date(2026, 1, 1), 310, "waits_for_approval"),
        (A2, "advance_discount", date(2026, 1, 1), -310, "proposed"),
        (A2, "advance_discount", date(2026, 2, 1), -310, "proposed"),
    ]
    stand = ended.read(ADVANCE_TERMS).select("account_id", "status_code", "end_reason_code", "first_failed_code").rows()
    assert stand == [(A1, "ended", "withdrawn", None), (A2, "running", None, None)]


def test_checks_hold(planned: MonthRun, begun: MonthRun, ended: MonthRun) -> None:
    assert [name for run in (planned, begun, ended) for name, one in CHECKS.items() if not one.check(run).passed] == []


_COUNTED, _PAID = "advance_discounts_are_counted_by_lines", "advance_terms_stand_by_their_money"
FAULTS: list[tuple[str, str, str, bool, Spoil]] = [
    (_COUNTED, "begun", "charges", True, lambda rows: rows.with_columns(payable_kop=pl.col("payable_kop") - 5_000)),
    (_COUNTED, "begun", "recalculations", False,
     lambda rows: rows.with_columns(difference_rub=pl.col("difference_rub") * 2)),
    (_COUNTED, "begun", "recalculations", False, lambda rows: rows.clear()),
    (_COUNTED, "begun", "advance_schedule", False,
     lambda rows: rows.with_columns(status_code=pl.lit("planned"), discount_rub=None)),
    (_COUNTED, "begun", "advance_terms", False, lambda rows: rows.with_columns(percent=pl.col("percent") * 2)),
    (_COUNTED, "ended", "recalculations", False,
     lambda rows: rows.filter(pl.col("cause_code") != "advance_ended")),
    (_COUNTED, "ended", "recalculations", False, lambda rows: rows.with_columns(
        difference_rub=pl.when(pl.col("difference_rub") > 0).then(Decimal("9.99")).otherwise("difference_rub"))),
    (_PAID, "begun", "advance_terms", False, lambda rows: rows.with_columns(paid_rub=pl.col("price_rub"))),
    (_PAID, "begun", "advance_terms", False, lambda rows: rows.with_columns(price_rub=pl.col("price_rub") + 1)),
    (_PAID, "begun", "advance_terms", False, lambda rows: rows.with_columns(status_code=pl.lit("running"))),
    (_PAID, "planned", "advance_contracts", True,
     lambda rows: rows.with_columns(to_month=pl.col("to_month").dt.offset_by("-1mo"))),
    (_PAID, "ended", "advance_discounts", True, lambda rows: rows.with_columns(withdrawn_on=pl.lit(None, pl.Date))),
]


@pytest.mark.parametrize(("check", "month", "table", "is_staged", "spoil"), FAULTS)
def test_check_fails(
    check: str, month: str, table: str, is_staged: bool, spoil: Spoil, request: pytest.FixtureRequest
) -> None:
    run: MonthRun = request.getfixturevalue(month)
    files = run.staged_files(table) if is_staged else sorted((run.folder / table).glob("*.parquet"))
    kept = {file: file.read_bytes() for file in files}
    rows = pl.concat([pl.read_parquet(file) for file in files])
    try:
        spoil(rows).write_parquet(files[0])
        found = CHECKS[check].check(run)
    finally:
        for file, content in kept.items():
            file.write_bytes(content)

    assert not found.passed
    assert set(found.sample_ids) <= {A1, A2}
