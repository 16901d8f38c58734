"""A night under a mandate: who is left alone, what the funnel says, and both checks seen failing."""

import datetime as dt
import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

import pipeline.checks.debt
import pipeline.checks.mandates  # noqa: F401  declare the checks
from pipeline.checks.room import DECLARED, finding_of
from pipeline.contracts import debt, events
from pipeline.contracts.mandates import FUNNEL_BEFORE, MANDATE_FUNNEL
from pipeline.storage.book import Book
from pipeline.storage.run import MonthRun
from tests.debt import town
from tests.debt.test_checks_fail import put
from tests.domain.debt.town import frame, kop, mandate, mandated

#: Draws of m1: A1 240 and M1 625; those of the others are above 1 000.
UNDER = ("A1", "B1", "D1", "I1", "L1", "M1", "N1")
CHECKS = [one for one in DECLARED if one.check.__module__ in ("pipeline.checks.debt", "pipeline.checks.mandates")]
OWN = {one.name for one in CHECKS if one.check.__module__ == "pipeline.checks.mandates"}


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> MonthRun:
    """The night of the town, where c1 has given seven accounts over and 10 % of them are left alone."""
    run = town.begun(town.with_journal(town.book_at(tmp_path_factory.mktemp("mandate") / "book")))
    given = frame(events.MANDATES, mandate(holdout_percent=10, sms_min_kop=kop("900.00"), from_on=dt.date(2026, 3, 1)))
    run.write_staged(events.MANDATES.name, "whole", given)
    accounts = frame(events.MANDATE_ACCOUNTS, *map(mandated, UNDER))
    run.write_staged(events.MANDATE_ACCOUNTS.name, "whole", accounts)
    town.write_debt(run)
    return run


@pytest.fixture
def spoiled(night: MonthRun, tmp_path: Path) -> MonthRun:
    shutil.copytree(night.book.root, tmp_path / "book", symlinks=True)
    return MonthRun.resume(Book.at(tmp_path / "book"), night.month, night.run_id)


def figures(run: MonthRun, *names: str) -> dict[tuple[str, str], tuple[int, ...]]:
    """(group, stage) → the named figures, where any of them is not nothing."""
    rows = run.read(MANDATE_FUNNEL).select("group_code", "stage_code", *names).rows()
    return {(row[0], row[1]): row[2:] for row in rows if any(row[2:])}


def test_every_check_holds(night: MonthRun) -> None:
    found = {declared.name: declared.check(night) for declared in CHECKS}

    assert {name: finding.sample_ids for name, finding in found.items() if not finding.passed} == {}


def test_the_share_is_left_alone_and_says_so(night: MonthRun) -> None:
    left = night.read(debt.DEBTORS).filter(pl.col("holds").list.contains("hold_out"))

    assert left.select("account_id", "track_code", "mandate_id").rows() == [
        ("A1", "notice", "m1"), ("M1", "notice", "m1")
    ]
    assert all("контрольная группа поручения" in reason for reason in left["reason"])
    assert night.read(debt.SMS_LIST).select("person_id", "account_ids").rows() == [("P1", ["Z9"]), ("P2", ["B1"])]


def test_who_stands_where(night: MonthRun) -> None:
    assert figures(night, "accounts", "claimed_kop") == {
        ("contacted", "none"): (3, kop("1800.00")),  # B1 900, L1 300, N1 600
        ("contacted", "reminder"): (1, kop("800.00")), ("contacted", "debt_receipt"): (1, kop("15000.00")),  # I1, D1
        ("hold_out", "none"): (2, kop("2000.00")),  # A1 1 500, M1 500
    }


def test_what_left_and_came_back(night: MonthRun) -> None:
    assert figures(night, "sent", "delivered") == {
        ("contacted", "reminder"): (1, 1), ("contacted", "debt_receipt"): (1, 0),
    }
    assert figures(night, "filed", "granted") == {
        ("contacted", "court_order"): (1, 0), ("hold_out", "court_order"): (1, 1),  # L1 filed; M1 filed and ordered
    }


def test_money_of_overdue_debts(night: MonthRun) -> None:
    """N1 paid 300 roubles on 10 May on a debt due on 15 April, before anything had left."""
    assert figures(night, "received_kop", "paid_kop") == {("contacted", "none"): (kop("300.00"), 0)}


Change = Callable[[pl.DataFrame], pl.DataFrame]
ALL = pl.lit(True)
WRONG: list[tuple[str, str, Change, str]] = [
    ("the_share_left_alone_is_the_one_that_was_drawn", "staged/mandates/whole", put(ALL, holdout_percent=2), "A1"),
    ("the_share_left_alone_is_the_one_that_was_drawn", "staged/mandate_accounts/whole",
     lambda rows: rows.filter(pl.col("account_id") != "B1"), "B1"),
    ("the_share_left_alone_is_the_one_that_was_drawn", "debtors/part-000",
     lambda rows: rows.with_columns(holds=pl.lit([], dtype=pl.List(pl.String))), "A1"),
    ("the_funnel_of_every_mandate_adds_up", "mandate_funnel/part-000",
     put(pl.col("stage_code") == "reminder", sent=9), "m1:contacted:reminder:sent"),
    ("the_funnel_of_every_mandate_adds_up", "mandate_funnel/part-000",
     put((pl.col("stage_code") == "none") & (pl.col("group_code") == "contacted"), received_rub=Decimal("1.00")),
     "m1:contacted:none:received_rub"),
    ("the_funnel_of_every_mandate_adds_up", "staged/dunning_outcomes/whole", put(ALL, outcome_code="failed"),
     "m1:contacted:reminder:delivered"),
    ("the_funnel_of_every_mandate_adds_up", "staged/court_events/whole",
     lambda rows: rows.filter(pl.col("event_code") != "ordered"), "m1:hold_out:court_order:granted"),
    ("the_funnel_of_every_mandate_adds_up", f"staged/{FUNNEL_BEFORE}/whole",
     lambda rows: pl.concat([rows, town.full(MANDATE_FUNNEL, {
         "mandate_id": "m1", "group_code": "hold_out", "stage_code": "none", "received_kop": 5,
     })]), "m1:hold_out:none:received_rub"),
]


@pytest.mark.parametrize(("name", "file", "change", "named"), WRONG)
def test_check_fails(spoiled: MonthRun, name: str, file: str, change: Change, named: str) -> None:
    path = spoiled.folder / f"{file}.parquet"
    change(pl.read_parquet(path)).write_parquet(path)

    finding = finding_of(name, spoiled)

    assert not finding.passed
    assert named in finding.sample_ids


@pytest.mark.parametrize("told", [{"has_sms": False}, {"sms_min_kop": 900_01}, {"sms_months_overdue_min": 2}])
def test_a_stage_against_the_terms_of_the_mandate_is_seen(spoiled: MonthRun, told: dict[str, object]) -> None:
    given = spoiled.read_staged(events.MANDATES.name)
    spoiled.write_staged(events.MANDATES.name, "whole", put(ALL, **told)(given))

    finding = finding_of("every_stage_comes_in_order_and_on_its_day", spoiled)

    assert not finding.passed and "B1" in finding.sample_ids


def test_every_check_of_mandates_is_seen_failing() -> None:
    assert {name for name, *_ in WRONG} == OWN
