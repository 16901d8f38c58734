"""Every check of the queue is seen failing: one wrong value in the files of a good night, and who must see it."""

import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

import pipeline.checks.queue  # noqa: F401  declares the checks
from pipeline.checks.room import DECLARED, finding_of
from pipeline.storage.book import Book
from pipeline.storage.run import MonthRun
from tests.debt.test_checks_fail import Change, add, drop, put
from tests.queue.town import FIRST

CHECKS = {declared.name for declared in DECLARED if declared.check.__module__ == "pipeline.checks.queue"}
RUB = Decimal("1.00")


def kind(code: str, **named: str) -> pl.Expr:
    return pl.all_horizontal(pl.col("kind_code") == code, *(pl.col(name) == value for name, value in named.items()))


QUEUE = "work_queue/whole"
#: check, file in the run, what goes wrong, what it must name
WRONG = [
    ("suspended_money_is_queued", QUEUE, drop(kind("suspended_payment")), ["s1"]),
    ("suspended_money_is_queued", QUEUE, put(kind("suspended_reversal"), effect_rub=RUB), ["s2"]),
    ("suspended_money_is_queued", "suspended_payments/unplaced", put(pl.col("suspended_id") == "s1", amount_rub=RUB),
     ["s1"]),
    ("refused_rows_are_queued", QUEUE, drop(kind("quarantined_document", account_id="A1")), ["billing_documents:d:1"]),
    ("refused_rows_are_queued", QUEUE, drop(pl.col("refused_delivery_id") == "old1"), ["holds:old1:2"]),
    ("refused_rows_are_queued", "quarantine/unplaced", drop(pl.col("delivery_id") == "c"), ["charges:c:2"]),
    ("refused_rows_are_queued", "staged/quarantine_decisions/whole", drop(pl.col("refused_delivery_id") == "m"),
     ["meter_readings:m:1"]),
    ("open_proposals_are_queued", QUEUE, drop(kind("proposal_to_approve")), ["p1"]),
    ("open_proposals_are_queued", QUEUE, drop(kind("mismatched_proposal", proposal_id="q1")), ["q1"]),
    ("open_proposals_are_queued", "recalculations/part-001", put(pl.col("proposal_id") == "p3", billed_rub=RUB),
     ["p3"]),
    ("returned_applications_are_queued", QUEUE, drop(kind("returned_application", subject_id="e1")), ["e1"]),
    ("returned_applications_are_queued", QUEUE, put(kind("returned_application", subject_id="e2"), house_id="H1"),
     ["e2"]),
    ("returned_applications_are_queued", QUEUE, put(kind("returned_application", subject_id="e2"),
                                                    deadline_on=date(2026, 5, 26)), ["e2"]),
    ("accounts_without_a_bill_are_queued", QUEUE, drop(kind("account_without_bill", account_id="Z9")), ["Z9"]),
    ("accounts_without_a_bill_are_queued", QUEUE, put(kind("account_without_bill", account_id="B1"), effect_rub=RUB),
     ["B1"]),
    ("registries_and_lists_are_queued", QUEUE, drop(kind("late_registry")), ["post:2026-05-18"]),
    ("registries_and_lists_are_queued", QUEUE, put(kind("registry_difference", registry_id="R1"), effect_rub=RUB),
     ["R1"]),
    ("registries_and_lists_are_queued", f"debtors/{FIRST}", drop(pl.col("account_id") == "B1"), ["sms_list"]),
    ("doubts_about_debts_are_queued", QUEUE, drop(kind("instalment_doubt")), ["A1:U:r1"]),
    ("doubts_about_debts_are_queued", QUEUE, drop(kind("early_restriction")), ["Z9:U:hot_water:2026-04-10"]),
    ("doubts_about_debts_are_queued", QUEUE, put(kind("double_recovery", subject_id="2-1/2026"), effect_rub=RUB),
     ["2-1/2026"]),
    ("doubts_about_debts_are_queued", "staged/debt_decisions/whole", drop(pl.col("subject_id") == "2-2/2026"),
     ["2-2/2026"]),
    ("doubts_about_debts_are_queued", QUEUE, drop(kind("several_accounts", subject_id="2-4/2026")), ["2-4/2026"]),
    ("doubts_about_debts_are_queued", "staged/debt_decisions/whole", drop(pl.col("subject_id") == "2-6/2026"),
     ["2-6/2026"]),
    ("doubts_about_debts_are_queued", QUEUE, drop(kind("heirs_unknown")), ["E1"]),
    ("doubts_about_debts_are_queued", f"debtors/{FIRST}", put(pl.col("creditor_id") == "V", holds=["dispute"]), ["E1"]),
    ("doubts_about_debts_are_queued", QUEUE, put(kind("owner_owes"), effect_rub=RUB), ["F1"]),
    ("doubtful_readings_are_queued", QUEUE, drop(kind("doubtful_reading", subject_id="w1")), ["w1"]),
    ("doubtful_readings_are_queued", QUEUE, put(kind("doubtful_reading", subject_id="w3"), effect_rub=RUB), ["w3"]),
    ("doubtful_readings_are_queued", f"reading_doubts/{FIRST}",
     put(pl.col("reading_id") == "w2", effect_rub=Decimal("1000.00")),
     ["w2"]),
    ("houses_out_of_their_band_are_queued", QUEUE, drop(kind("charges_differ", subject_id="h1|heating|tariff")),
     ["h1|heating|tariff"]),
    ("houses_out_of_their_band_are_queued", QUEUE, put(kind("charges_differ", subject_id="*|*|area"), effect_rub=RUB),
     ["*|*|area"]),
    ("unbalanced_houses_are_queued", QUEUE, drop(kind("house_balance", subject_id="h1|cold_water")), ["h1|cold_water"]),
    ("unbalanced_houses_are_queued", QUEUE, drop(kind("house_correction", subject_id="h7|cold_water_common")),
     ["correction h7|cold_water_common"]),
    ("unbalanced_houses_are_queued", QUEUE, put(kind("house_balance", subject_id="h2|cold_water"), effect_rub=RUB),
     ["h2|cold_water"]),
    ("payments_alike_are_asked_about", QUEUE, drop(kind("duplicate_payment", payment_id="b2")), ["b2"]),
    ("payments_alike_are_asked_about", f"posted_reversals/{FIRST}", put(pl.lit(True), payment_id="b1"), ["b2", "d2"]),
    ("places_follow_deadlines_and_roubles", QUEUE, put(kind("late_registry"), rank=99), None),
    ("places_follow_deadlines_and_roubles", QUEUE, put(kind("late_registry"), is_overdue=False), None),
    ("places_follow_deadlines_and_roubles", QUEUE, add(kind("late_registry")), None),
]


@pytest.fixture
def spoiled(run: MonthRun, tmp_path: Path) -> MonthRun:
    """A copy of the night to spoil."""
    shutil.copytree(run.book.root, tmp_path / "book", symlinks=True)
    return MonthRun.resume(Book.at(tmp_path / "book"), run.month, run.run_id)


@pytest.mark.parametrize(("name", "file", "change", "named"), WRONG)
def test_check_fails(spoiled: MonthRun, name: str, file: str, change: Change, named: list[str] | None) -> None:
    path = spoiled.folder / f"{file}.parquet"
    change(pl.read_parquet(path)).write_parquet(path)

    finding = finding_of(name, spoiled)

    assert not finding.passed
    assert named is None or finding.sample_ids == named


def test_every_check_is_seen_failing() -> None:
    assert {name for name, *_ in WRONG} == CHECKS
