"""Every check of penalties is seen failing: one wrong value in the files of a good month, and who must see it."""

import datetime as dt
import shutil
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

import pipeline.checks.penalty  # noqa: F401  declares the checks
from pipeline.checks.room import DECLARED, finding_of
from pipeline.storage.book import Book
from pipeline.storage.run import MonthRun
from tests.debt.test_checks_fail import Change, add, drop, of, put
from tests.penalty import town

CHECKS = {declared.name for declared in DECLARED if declared.check.__module__ == "pipeline.checks.penalty"}
RUB = Decimal("1.00")
TOLD, SEGMENTS, LATE = "penalties", "penalty_accruals", "late_payments"
CREDITED, ACCOUNTS, SCALES = "credited_charges", "staged/accounts", "penalty_scales"
#: check, file in the run, what goes wrong, accounts it must name
WRONG = [
    ("penalties_are_counted_again_day_by_day", TOLD, put(of("A1"), penalty_rub=RUB), ["A1"]),
    ("penalties_are_counted_again_day_by_day", TOLD, put(of("A1"), due_on=dt.date(2026, 2, 11)), ["A1"]),
    ("penalties_are_counted_again_day_by_day", LATE, put(of("C1"), paid_on=dt.date(2026, 5, 21)), ["C1"]),
    ("penalties_are_counted_again_day_by_day", "penalty_exemptions", drop(of("H1")), ["H1"]),
    ("penalties_are_counted_again_day_by_day", TOLD, put(of("L1"), charge_month=dt.date(2026, 5, 1)), ["L1"]),
    ("penalties_are_counted_again_day_by_day", SCALES, put(of("W1"), scale_code="manager"), ["W1"]),
    ("penalties_are_counted_again_day_by_day", SCALES, put(of("X1"), scale_code="consumer"), ["X1"]),
    ("penalties_are_counted_again_day_by_day", SCALES, put(of("X1"), scale_code="partnership"), ["X1"]),
    ("penalties_are_counted_again_day_by_day", SCALES, put(of("Y2"), scale_code="consumer"), ["Y2"]),
    ("penalties_are_counted_again_day_by_day", SCALES, add(of("X1"), account_id="A1"), ["A1"]),
    ("penalties_are_counted_again_day_by_day", SCALES, put(of("W1"), service_code="rubbish"), ["W1"]),
    ("penalties_are_counted_again_day_by_day", LATE, put(of("X1"), paid_on=dt.date(2026, 4, 11)), ["X1"]),
    ("penalties_are_counted_again_day_by_day", LATE, drop(of("W1")), ["W1"]),
    ("segments_of_penalties_add_up", SEGMENTS, drop(of("A1")), ["A1"]),
    ("segments_of_penalties_add_up", SEGMENTS, put(of("A1"), penalty_rub=RUB), ["A1"]),
    ("segments_of_penalties_add_up", SEGMENTS, put(of("A1"), from_on=dt.date(2026, 5, 1)), ["A1"]),
    ("every_late_item_is_told_and_no_other", TOLD, drop(of("A1")), ["A1"]),
    ("every_late_item_is_told_and_no_other", TOLD, put(of("B1"), outstanding_rub=RUB), ["B1"]),
    ("every_late_item_is_told_and_no_other", "open_items", drop(of("F1")), ["F1"]),
    ("every_late_item_is_told_and_no_other", "open_items", put(of("I1"), due_on=dt.date(2026, 4, 30)), ["I1"]),
    ("every_late_item_is_told_and_no_other", TOLD, drop(of("W2")), ["W2"]),
    ("every_late_item_is_told_and_no_other", SCALES, add(of("W1"), account_id="I1"), ["I1"]),
    ("every_late_item_is_told_and_no_other", SCALES, put(of("W2"), scale_code="partnership"), ["W2"]),
    ("nobody_is_charged_who_must_not_be", TOLD, put(of("E1"), penalty_rub=RUB), ["E1"]),
    ("nobody_is_charged_who_must_not_be", TOLD, put(of("Y1"), penalty_rub=RUB), ["Y1"]),
    ("nobody_is_charged_who_must_not_be", TOLD, put(of("Y1"), reason_code=None), ["Y1"]),
    ("nobody_is_charged_who_must_not_be", TOLD, put(of("W1"), reason_code="no_rule"), ["W1"]),
    ("nobody_is_charged_who_must_not_be", ACCOUNTS, put(of("W1"), organisation_kind_code=None), ["W1"]),
    ("nobody_is_charged_who_must_not_be", "staged/services",
     put(pl.col("service_code") == "rubbish", kind_code="sewage"), ["Y1"]),
    ("nobody_is_charged_who_must_not_be", TOLD, put(of("G1"), penalty_rub=RUB), ["G1"]),
    ("nobody_is_charged_who_must_not_be", TOLD, put(of("A1"), debt_kind_code="penalty"), ["A1"]),
    ("nobody_is_charged_who_must_not_be", TOLD, put(of("A1"), reason_code="organisation"), ["A1"]),
    ("nobody_is_charged_who_must_not_be", "open_items", put(of("A1"), is_disputed=True), ["A1"]),
    # A1 is a tenant: what his landlord owes bears nothing after it is paid either
    ("nobody_is_charged_who_must_not_be", TOLD,
     put(of("A1"), debt_kind_code="capital_repair", outstanding_rub=Decimal("0.00")), ["A1"]),
    ("nothing_is_proposed_after_limitation", TOLD, put(of("N1"), change_rub=RUB), ["N1"]),
    ("nothing_is_proposed_after_limitation", TOLD, put(of("N1"), change_rub=Decimal("0.00")), ["N1"]),
    ("nothing_is_proposed_after_limitation", TOLD, put(of("O1"), change_rub=RUB), ["O1"]),
    ("nothing_is_proposed_after_limitation", TOLD, put(of("P1"), reason_code=None), ["P1"]),
    ("nothing_is_proposed_after_limitation", TOLD, put(of("Q1"), change_rub=-RUB), ["Q1"]),
    ("nothing_is_proposed_after_limitation", "open_items", put(of("A1"), is_time_barred=True), ["A1"]),
    ("late_payments_follow_movements", LATE, drop(of("B1")), ["B1"]),
    ("late_payments_follow_movements", LATE, drop(of("W1")), ["W1"]),
    ("late_payments_follow_movements", "payment_allocations", drop(of("W1")), ["W1"]),
    ("late_payments_follow_movements", LATE, drop(of("X1")), ["X1"]),
    ("late_payments_follow_movements", SCALES, put(of("Y2"), scale_code="consumer"), ["Y2"]),
    ("late_payments_follow_movements", SCALES, put(of("W1"), scale_code="partnership"), ["W1"]),
    ("scales_of_organisations_follow_registers", SCALES, drop(of("W1")), ["W1"]),
    ("scales_of_organisations_follow_registers", SCALES, put(of("X1"), scale_code="consumer"), ["X1"]),
    ("scales_of_organisations_follow_registers", SCALES, add(of("X1"), account_id="A1"), ["A1"]),
    ("scales_of_organisations_follow_registers", ACCOUNTS, put(of("E1"), organisation_kind_code="consumer"), ["E1"]),
    ("scales_of_organisations_follow_registers", ACCOUNTS, put(of("W1"), account_kind_code="citizen"), ["W1"]),
    ("scales_of_organisations_follow_registers", "staged/services",
     put(pl.col("service_code") == "heat", kind_code="housing"), ["W1", "W2", "X1", "X2", "Y1"]),
    ("late_payments_follow_movements", LATE, put(of("C1"), paid_rub=RUB), ["C1"]),
    ("late_payments_follow_movements", "payment_allocations", drop(of("C1")), ["C1"]),
    ("penalties_are_counted_again_day_by_day", CREDITED, drop(of("R1")), ["R1"]),
    ("penalties_are_counted_again_day_by_day", CREDITED, put(of("S1"), credited_rub=RUB), ["S1"]),
    ("penalties_are_counted_again_day_by_day", CREDITED, put(of("T1"), laid_rub=RUB), ["T1"]),
    ("credited_months_follow_lines", CREDITED, drop(of("R1")), ["R1"]),
    ("credited_months_follow_lines", CREDITED, drop(of("S1")), ["S1"]),
    ("credited_months_follow_lines", CREDITED, drop(of("T1")), ["T1"]),
    ("credited_months_follow_lines", CREDITED, put(of("R1"), credited_rub=RUB), ["R1"]),
    ("credited_months_follow_lines", CREDITED, put(of("T1"), laid_rub=RUB), ["T1"]),
    ("credited_months_follow_lines", CREDITED, put(of("T1"), laid_on=None), ["T1"]),
    ("credited_months_follow_lines", CREDITED, put(of("R1"), document_id="another"), ["R1"]),
    ("credited_months_follow_lines", CREDITED, drop(of("V1")), ["V1"]),
    ("credited_months_follow_lines", CREDITED, put(of("V1"), credited_rub=RUB), ["V1"]),
    ("credited_months_follow_lines", "staged/penalties_told_earlier", drop(of("S1")), ["S1"]),
    ("credited_months_follow_lines", "staged/late_told_earlier", put(of("S1"), paid_kop=100), ["S1"]),
    ("credited_months_follow_lines", "staged/credited_told_earlier", drop(of("V1")), ["V1"]),
    ("credited_months_follow_lines", "payment_allocations", drop(of("R1")), ["R1"]),
    ("credited_months_follow_lines", "payment_allocations", drop(of("S1")), ["S1"]),
    ("credited_months_follow_lines", "staged/billing_documents",
     put(pl.col("document_id") == "n3", supersedes_document_id="apr-T1"), ["T1"]),
    ("credited_months_follow_lines", "open_items", put(of("R1"), billed_rub=RUB), ["R1"]),
    ("penalties_continue_last_month", TOLD, put(of("B1"), before_rub=RUB), ["B1"]),
    ("penalties_continue_last_month", TOLD, drop(of("J1")), ["J1"]),
    ("days_left_out_follow_holds", "penalty_exemptions", drop(of("H1")), ["H1"]),
    ("days_left_out_follow_holds", "penalty_exemptions", put(of("L1"), reason_code="death"), ["L1"]),
    ("days_left_out_follow_holds", "penalty_exemptions", add(of("H1"), account_id="A1"), ["A1"]),
    ("days_left_out_follow_holds", "staged/person_statuses", drop(pl.lit(True)), ["M1"]),
    ("days_left_out_follow_holds", "staged/rights",
     put(pl.col("person_id") == "P8", valid_to=dt.date(2026, 4, 15)), ["H1"]),
    ("penalties_to_bill_roll_forward", "penalty_proposals", put(of("C1"), opening_rub=RUB), ["C1"]),
    ("penalties_to_bill_roll_forward", "penalty_proposals", drop(of("A1")), ["A1"]),
    ("penalties_to_bill_roll_forward", TOLD, put(of("A1"), change_rub=RUB), ["A1"]),
    ("billed_penalties_equal_lines", "penalty_proposals", put(of("A1"), billed_rub=RUB), ["A1"]),
    ("billed_penalties_equal_lines", "staged/charges", drop(of("B1")), ["B1"]),
    ("billers_agree_with_penalties", "penalty_proposals", drop(of("Z9")), ["B1"]),
    ("paid_penalty_lines_roll_forward", "paid_penalties", drop(of("K1")), ["K1"]),
    ("paid_penalty_lines_roll_forward", "paid_penalties", put(of("A1"), paid_rub=RUB), ["A1"]),
    ("paid_penalty_lines_roll_forward", "payment_allocations", drop(of("K1")), ["K1"]),
    ("the_law_is_known_for_every_day", TOLD, put(of("A1"), missing_rule="penalty.rate_cap_percent"), ["A1"]),
]


@pytest.fixture
def spoiled(run: MonthRun, tmp_path: Path) -> MonthRun:
    """A copy of the month to spoil."""
    shutil.copytree(run.book.root, tmp_path / "book", symlinks=True)
    return MonthRun.resume(Book.at(tmp_path / "book"), run.month, run.run_id)


@pytest.mark.parametrize(("name", "table", "change", "named"), WRONG)
def test_check_fails(spoiled: MonthRun, name: str, table: str, change: Change, named: list[str] | None) -> None:
    path = next(one for one in (spoiled.folder / table).iterdir() if one.stem in ("part-000", "whole"))
    change(pl.read_parquet(path)).write_parquet(path)

    finding = finding_of(name, spoiled)

    assert not finding.passed
    assert named is None or finding.sample_ids == named


def test_a_kopeck_in_the_other_part_is_seen(spoiled: MonthRun) -> None:
    path = spoiled.folder / TOLD / "part-001.parquet"
    put(of("Z9"), penalty_rub=Decimal("15.21"))(pl.read_parquet(path)).write_parquet(path)

    finding = finding_of("penalties_are_counted_again_day_by_day", spoiled)

    assert (finding.passed, finding.sample_ids, finding.direction) == (False, ["Z9"], "больше")


@pytest.mark.parametrize(("as_of", "is_fresh"), [(dt.date(2026, 9, 21), True), (dt.date(2026, 9, 22), False)])
def test_an_old_table_of_the_key_rate_is_told(tmp_path: Path, as_of: dt.date, is_fresh: bool) -> None:
    run = town.computed(town.book_at(tmp_path / "book"), as_of)

    assert finding_of("the_key_rate_table_is_fresh", run).passed == is_fresh


def test_past_the_end_of_the_cap_the_month_goes_on_and_names_the_decree(tmp_path: Path) -> None:
    run = town.computed(town.book_at(tmp_path / "book"), dt.date(2027, 1, 31))

    found = finding_of("the_law_is_known_for_every_day", run)
    again = finding_of("penalties_are_counted_again_day_by_day", run)

    assert (found.passed, again.passed) == (False, True)
    assert "penalty.rate_cap_percent" in found.sentence


def test_every_check_is_seen_failing() -> None:
    elsewhere = {"the_key_rate_table_is_fresh", "settled_items_are_told_again_only_by_a_decree"}
    assert {name for name, *_ in WRONG} | elsewhere == CHECKS
