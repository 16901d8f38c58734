"""Every check of what goes to court is seen failing: one wrong value in the files of a good night."""

import datetime as dt
from decimal import Decimal

import polars as pl
import pytest

import pipeline.checks.debt_court  # noqa: F401  declares the checks
from pipeline.assets.debt_inputs import COSTS_PAID_BEFORE, PAID_BEFORE
from pipeline.checks.room import DECLARED, finding_of
from pipeline.contracts import ledger
from pipeline.storage.run import MonthRun
from pipeline.storage.shapes import to_outside
from tests.debt import town
from tests.debt.test_checks_fail import DAY, RUB, Change, add, drop, of, put, seen_by
from tests.domain.debt.town import MOSCOW, frame

CHECKS = {declared.name for declared in DECLARED if declared.check.__module__ == "pipeline.checks.debt_court"}
#: check, file in the run, what goes wrong, accounts it must name
WRONG = [
    ("court_claims_only_what_a_court_would_take", "open_items", put(of("D1"), is_time_barred=True), ["D1"]),
    ("every_court_case_pays_its_duty", "court_list", put(of("D1"), duty_rub=Decimal("1999.99")), ["D1"]),
    ("every_court_case_pays_its_duty", "court_list", put(of("D1"), expected_rub=Decimal(0)), ["D1"]),
    ("every_court_case_pays_its_duty", "court_list",
     add(of("D1"), account_id="Z9", premises_id="other"), ["D1"]),
    ("every_court_case_pays_its_duty", "court_list", put(of("D1"), penalty_rub=Decimal("485000.01")), ["D1"]),
    ("no_penalty_is_claimed_twice", "court_list", put(of("D1"), penalty_rub=Decimal("200.01")), ["D1"]),
    ("no_penalty_is_claimed_twice", "court_list", put(of("D1"), penalty_paid_rub=Decimal("19.99")), ["D1"]),
    ("no_penalty_is_claimed_twice", "paid_penalties",
     put(pl.col("document_id") == "p1", paid_rub=Decimal("21.00")), ["D1"]),
    ("no_penalty_is_claimed_twice", "paid_penalties",
     put(pl.col("document_id") == "p2", paid_rub=Decimal("31.00")), ["D1"]),
    ("no_penalty_is_claimed_twice", "paid_penalties",
     put(pl.col("document_id") == "p1", charge_month=dt.date(2026, 4, 1)), ["D1"]),
    ("no_penalty_is_claimed_twice", "penalties", put(of("D1"), penalty_rub=Decimal("299.99")), ["D1"]),
    ("the_radar_sees_every_rouble_that_limitation_takes", "open_items",
     put(of("B1"), limitation_on=dt.date(2026, 8, 28)), ["B1"]),
    ("every_court_case_stands_by_its_events", "court_standing", drop(of("M1")), ["M1"]),
    ("every_court_case_stands_by_its_events", "staged/court_cases_told",
     add(of("M1"), account_id="B1", registered_at=dt.datetime(2026, 1, 1)), ["M1"]),
    ("every_court_case_stands_by_its_events", "open_items", put(of("M1"), outstanding_rub=Decimal("499.99")), ["M1"]),
    ("court_cases_follow_the_register", "staged/court_cases_told", drop(of("L1")), ["L1"]),
    ("court_cases_follow_the_register", "staged/court_cases",
     put(of("M1"), to_month=dt.date(2026, 3, 1)), ["M1"]),
    ("every_court_case_stands_by_its_events", "staged/court_events",
     put(pl.col("event_id") == "M1-ordered", principal_kop=400_00), ["M1"]),
    ("every_court_case_stands_by_its_events", "court_standing", put(of("M1"), duty_left_rub=Decimal(2000)), ["M1"]),
    ("every_court_case_stands_by_its_events", "court_standing", put(of("M1"), granted_penalty_rub=RUB), ["M1"]),
    ("every_court_case_stands_by_its_events", "court_standing", put(of("M1"), waived_on=DAY), ["M1"]),
    ("every_court_case_stands_by_its_events", "court_standing", put(of("L1"), double_rub=RUB), ["L1"]),
    ("every_court_case_stands_by_its_events", "staged/court_events",
     put(pl.col("event_id") == "M1-ordered", penalty_kop=40_01), ["M1"]),
    ("every_court_case_stands_by_its_events", "payment_allocations",
     put(of("M1"), allocated_rub=Decimal("499.99")), ["M1"]),
    ("what_has_been_paid_is_taken_back_from_whoever_holds_it", "withdrawal_list", drop(of("L1")), ["L1"]),
    ("what_has_been_paid_is_taken_back_from_whoever_holds_it", "withdrawal_list",
     put(of("L1"), action_code="withdraw"), ["L1"]),
    ("what_has_been_paid_is_taken_back_from_whoever_holds_it", "court_standing",
     put(of("L1"), open_rub=RUB * 0), ["L1"]),
    ("what_has_been_paid_is_taken_back_from_whoever_holds_it", "withdrawal_list",
     put(of("L1"), duty_held_rub=RUB), ["L1"]),
    ("what_has_been_paid_is_taken_back_from_whoever_holds_it", "withdrawal_list",
     add(of("L1"), account_id="M1", court_case_id="2-M1/2026"), ["M1"]),
    ("what_has_been_paid_is_taken_back_from_whoever_holds_it", "staged/court_cases_told",
     add(of("L1"), account_id="B1"), ["L1"]),
    ("no_writ_collects_more_than_is_open", "staged/court_cases_told", add(of("M1"), account_id="B1"), ["M1"]),
    ("no_writ_collects_more_than_is_open", "enforcement_list", put(of("M1"), claimed_rub=Decimal("500.01")), ["M1"]),
    ("no_writ_collects_more_than_is_open", "enforcement_list", put(of("M1"), duty_rub=Decimal("1500.01")), ["M1"]),
    ("no_writ_collects_more_than_is_open", "enforcement_list", put(of("M1"), penalty_rub=Decimal("40.01")), ["M1"]),
    ("no_writ_collects_more_than_is_open", "enforcement_list", drop(of("M1")), ["M1"]),
    ("a_claim_follows_every_cancelled_order", "court_standing",
     put(of("M1"), next_action_code="claim", stage_code="cancelled"), ["M1"]),
    ("everyone_is_told_before_the_court", "debtors", put(of("D1"), previous_stage_on=dt.date(2026, 5, 10)), ["D1"]),
    # less than what no money covers is as wrong as more
    ("money_at_hand_covers_each_case_once", "enforcement_list", put(of("M1"), claimed_rub=Decimal("499.99")), ["M1"]),
    ("money_at_hand_covers_each_case_once", "court_standing", put(of("M1"), blocked_by=["covered"]), ["M1"]),
    ("no_writ_collects_more_than_is_open", "staged/court_events",
     add(pl.col("event_id") == "M1-ordered", event_id="sent", event_code="writ_sent", addressee_code="bank",
         principal_kop=None, penalty_kop=None, duty_kop=None), ["M1"]),
    ("no_writ_collects_more_than_is_open", "staged/court_events",
     put(pl.col("event_id") == "M1-ordered", event_on=dt.date(2026, 5, 2)), ["M1"]),
    ("the_court_list_keeps_the_thresholds", "debtors", put(of("D1"), previous_stage_on=dt.date(2026, 5, 2)), ["D1"]),
    ("the_court_list_keeps_the_thresholds", "court_list", put(of("D1"), claimed_rub=Decimal(500001)), ["D1"]),
    ("the_court_list_keeps_the_thresholds", "court_list", put(of("D1"), claimed_rub=Decimal("9999.99")), ["D1"]),
    ("the_court_list_keeps_the_thresholds", "debtors", put(of("D1"), claim_due_on=dt.date(2026, 3, 1)), ["D1"]),
]


@pytest.mark.parametrize(("name", "file", "change", "named"), WRONG)
def test_check_fails(spoiled: MonthRun, name: str, file: str, change: Change, named: list[str]) -> None:
    assert seen_by(name, spoiled, file, change) == named


@pytest.mark.parametrize(("name", "account", "kind"), [
    (PAID_BEFORE, "N1", "principal"), (COSTS_PAID_BEFORE, "M1", "court_cost"),
])
def test_money_that_no_closed_month_has_is_seen(spoiled: MonthRun, name: str, account: str, kind: str) -> None:
    moved = {"account_id": account, "creditor_id": "c1", "debt_kind_code": kind, "payment_id": "p",
             "service_code": "heat", "due_on": town.APRIL, "allocated_kop": 100,
             "paid_at": dt.datetime(2026, 5, 5, 9, tzinfo=MOSCOW)}
    read = spoiled.read_staged(name, town.PARTS[0])
    row = frame(ledger.PAYMENT_ALLOCATIONS, moved).select(read.columns)
    spoiled.write_staged(name, town.PARTS[0], pl.concat([read, row]))

    finding = finding_of("money_of_closed_months_is_read_whole", spoiled)

    assert (finding.passed, finding.sample_ids, finding.direction) == (False, [account], "больше")


@pytest.mark.parametrize(("on", "is_missed"), [(dt.date(2026, 5, 1), True), (dt.date(2026, 4, 30), False)])
def test_money_since_the_signing_that_was_not_read_is_seen(spoiled: MonthRun, on: dt.date, is_missed: bool) -> None:
    """N1 signed on 1 May; a month before, published by hand, has laid money of that day."""
    moved = {"account_id": "N1", "creditor_id": "c1", "debt_kind_code": "principal", "due_on": town.APRIL,
             "paid_at": dt.datetime.combine(on, dt.time(0, tzinfo=MOSCOW)), "allocated_kop": 100, "movement_number": 1}
    folder = spoiled.book.published(spoiled.state.month) / ledger.PAYMENT_ALLOCATIONS.name
    folder.mkdir(exist_ok=True)
    rows = to_outside(town.full(ledger.PAYMENT_ALLOCATIONS, moved), ledger.PAYMENT_ALLOCATIONS)
    rows.write_parquet(folder / f"{town.PARTS[0]}.parquet")

    finding = finding_of("money_of_closed_months_is_read_whole", spoiled)

    assert (finding.passed, list(finding.sample_ids)) == (not is_missed, ["N1"] if is_missed else [])


def test_every_check_is_seen_failing() -> None:
    assert {name for name, *_ in WRONG} | {"money_of_closed_months_is_read_whole"} == CHECKS
