"""The month of penalties on files: what it takes over, what comes back, what it proposes."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

import pipeline.checks.penalty  # noqa: F401  declares the checks
from pipeline.checks.room import DECLARED, finding_of
from pipeline.contracts.penalty import (
    CREDITED_CHARGES,
    LATE_PAYMENTS,
    PENALTIES,
    PENALTY_ACCRUALS,
    PENALTY_EXEMPTIONS,
    PENALTY_PROPOSALS,
    PENALTY_SCALES,
)
from pipeline.storage.run import MonthRun
from tests.penalty import town

CHECKS = [declared.name for declared in DECLARED if declared.check.__module__ == "pipeline.checks.penalty"]


def rows(run: MonthRun) -> dict[str, dict[str, Any]]:
    return {row["account_id"]: row for row in run.read(PENALTIES).to_dicts()}


def test_every_fate(run: MonthRun) -> None:
    told = rows(run)

    assert {account: (row["penalty_kop"], row["change_kop"], row["reason_code"]) for account, row in told.items()} == {
        "A1": (3362, 2162, None), "B1": (5668, 2668, None), "C1": (2558, 1658, None), "D1": (4385, 3701, None),
        "E1": (0, 0, "organisation"), "F1": (0, 0, "disputed"), "G1": (0, 0, "lump_sum"), "H1": (6029, 6029, None),
        "J1": (0, -500, "no_base"), "L1": (1504, 1504, None), "M1": (6029, 6029, None),
        "N1": (700, -500, "time_barred"), "O1": (900, 0, "time_barred"), "P1": (400, 0, "time_barred"),
        "Q1": (1200, 0, "time_barred"), "R1": (2689, 1489, None), "S1": (861, -216, None), "T1": (2353, 1353, None),
        "U1": (3362, 1362, None), "V1": (3837, 3153, None),
        "W1": (8477, 8477, None), "W2": (585, 585, None), "X1": (5820, 3820, None), "X2": (4275, 4275, None),
        "Y1": (0, 0, "no_rule"), "Y2": (3362, -5115, None),
        "Z9": (1520, 1520, None),
    }
    assert {row["batch_id"] for row in told.values()} == {None, "2026-04:penalty:c1"}
    assert {row["status_code"] for row in told.values() if row["reason_code"] in ("organisation", "disputed")} == {
        "not_accrued"
    }


def test_settled_items_are_told_to_their_last_payment(run: MonthRun) -> None:
    told = rows(run)

    assert (told["C1"]["outstanding_kop"], told["C1"]["counted_to_on"]) == (0, dt.date(2026, 5, 20))
    assert told["J1"]["counted_to_on"] is None


def test_the_next_month_finds_what_was_paid_late(run: MonthRun) -> None:
    late = run.read(LATE_PAYMENTS).select("account_id", "paid_on", "paid_kop").rows()

    assert late == [
        ("B1", dt.date(2026, 4, 1), 70000), ("B1", dt.date(2026, 5, 5), 50000), ("C1", dt.date(2026, 5, 20), 100000),
        ("P1", dt.date(2026, 5, 20), 100000), ("S1", dt.date(2026, 4, 15), 100000), ("T1", dt.date(2026, 4, 20), 10000),
        ("W1", dt.date(2026, 3, 2), 30000), ("X1", dt.date(2026, 4, 12), 40000), ("X2", dt.date(2026, 3, 17), 10000),
    ]


def test_what_a_later_document_credits_goes_with_its_item(run: MonthRun) -> None:
    columns = ("account_id", "document_id", "credit_document_id", "credited_kop", "laid_kop")

    assert run.read(CREDITED_CHARGES).select(columns).rows() == [
        ("R1", "d-R1", "may-R1", 20000, 0), ("S1", "d-S1", "may-S1", 20000, 0), ("T1", "d-T1", "apr-T1", 30000, 10000),
        ("V1", "d-V1", "mar-V1", 10000, 0),
    ]
    of_paid = run.read(PENALTY_ACCRUALS).filter(account_id="S1")
    assert of_paid.select("days", "base_kop").rows() == [(34, 80000)]


def test_segments_say_why(run: MonthRun) -> None:
    accruals = run.read(PENALTY_ACCRUALS)
    of_repair = accruals.filter(account_id="Z9").row(0, named=True)

    assert accruals.filter(account_id="B1").select("paid_on", "days", "base_kop", "fraction_denominator").rows() == [
        (None, 60, 130000, 300), (None, 20, 130000, 130), (dt.date(2026, 4, 1), 20, 70000, 300),
        (dt.date(2026, 5, 5), 54, 50000, 300),
    ]
    assert (of_repair["article"], of_repair["rate_percent_e7"]) == ("ЖК РФ, ст. 155, ч. 14.1", 95_000_000)
    assert accruals.filter(account_id="N1").is_empty()
    of_manager = accruals.filter(account_id="X1", base_kop=100000)
    assert of_manager.select("days", "fraction_denominator").rows() == [(60, 300), (30, 170), (20, 130)]
    grounds = {account: set(accruals.filter(account_id=account)["article"]) for account in ("A1", "W1", "X1", "Y2")}
    of_organisation = {"Федеральный закон от 03.11.2015 № 307-ФЗ"}
    assert grounds == {"A1": {"ЖК РФ, ст. 155, ч. 14"}} | dict.fromkeys(("W1", "X1", "Y2"), of_organisation)
    assert run.read(PENALTY_SCALES).rows() == [
        ("W1", "heat", "consumer"), ("W2", "heat", "consumer"), ("X1", "heat", "manager"), ("X2", "heat", "consumer"),
        ("Y1", "heat", "consumer"), ("Y2", "heat", "partnership"),
    ]
    april = (dt.date(2026, 4, 1), dt.date(2026, 4, 30))
    assert run.read(PENALTY_EXEMPTIONS).rows() == [
        ("H1", "mobilised", *april), ("L1", "bankruptcy", april[0], None), ("M1", "death", *april),
    ]


def test_the_first_month_proposes_only_what_has_grown_in_it(tmp_path: Path) -> None:
    run = town.computed(town.book_at(tmp_path / "book", is_new=True))

    # to 30.04.2026, day 79: 1000 x 9.5 % x 49/300 = 15.52 was for the biller of that time
    told = rows(run)["A1"]
    assert (told["penalty_kop"], told["before_kop"], told["change_kop"]) == (3362, 1552, 1810)


def test_a_book_that_begins_proposes_nothing_of_what_is_time_barred(tmp_path: Path) -> None:
    run = town.computed(town.book_at(tmp_path / "book", is_new=True))

    told = rows(run)
    # 15.52 had grown by the opening, when the limitation had not passed yet
    assert [(told[account]["penalty_kop"], told[account]["change_kop"]) for account in ("N1", "O1")] == [(1552, 0)] * 2
    assert finding_of("nothing_is_proposed_after_limitation", run).passed


def test_what_waits_for_a_document(run: MonthRun) -> None:
    columns = ("account_id", "opening_kop", "billed_kop", "change_kop", "to_bill_kop", "status_code")
    told = {account: rest for account, *rest in run.read(PENALTY_PROPOSALS).select(columns).rows()}

    assert told["A1"] == [1200, 1200, 2162, 2162, "billed"]
    assert told["B1"] == [3000, 2500, 2668, 3168, "mismatch"]
    assert told["C1"] == [900, 0, 1658, 2558, "proposed"]
    assert told["N1"] == [500, 0, -500, 0, "proposed"]
    assert told["Q1"] == [500, 500, 0, 0, "billed"]
    assert "O1" not in told and "P1" not in told
    assert told["J1"] == [0, 0, -500, -500, "proposed"]


@pytest.mark.parametrize("name", [name for name in CHECKS if name != "billers_agree_with_penalties"])
def test_a_good_month_passes(run: MonthRun, name: str) -> None:
    finding = finding_of(name, run)

    assert finding.passed, finding
