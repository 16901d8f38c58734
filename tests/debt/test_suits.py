"""A case above the limit of a court order: a claim from the start, listed, checked and handed over."""

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

import pipeline.checks.debt
import pipeline.checks.debt_court  # noqa: F401  declares the checks
from pipeline.assets.debt import write_debt
from pipeline.checks.room import DECLARED, finding_of
from pipeline.contracts import debt
from pipeline.contracts.ledger import OPEN_ITEMS
from pipeline.storage import journal
from pipeline.storage.book import Book
from pipeline.storage.dispatch import dispatch
from pipeline.storage.publish import publish
from pipeline.storage.run import MonthRun
from tests.debt import town
from tests.debt.test_checks_fail import of, put, seen_by
from tests.domain.debt.town import DAY, kop
from tests.kept import taken_once

NEXT = DAY + dt.timedelta(days=1)
MODULES = ("pipeline.checks.debt", "pipeline.checks.debt_court")
CHECKS = [declared for declared in DECLARED if declared.check.__module__ in MODULES]


def computed(book: Book, run_id: str = "r1", as_of: dt.date = DAY, rub: str = "600000.00") -> MonthRun:
    """The town's night, D1 owing a sum; 200 of its penalties are claimed."""
    run = town.begun(book, run_id, as_of)
    owed = pl.when(of("D1") & (pl.col("debt_kind_code") == "principal")).then(kop(rub))
    items = run.read(OPEN_ITEMS, town.PARTS[0])
    run.write(OPEN_ITEMS, town.PARTS[0], items.with_columns(
        owed.otherwise(pl.col(name)).alias(name) for name in ("billed_kop", "outstanding_kop", "epoch_base_kop")
    ))
    write_debt(run)
    return run


@pytest.fixture
def suit(tmp_path: Path) -> MonthRun:
    book = town.with_journal(town.book_at(tmp_path / "book"))
    return kept(book, "600000.00")


def kept(book: Book, rub: str) -> MonthRun:
    """The night, computed once for all tests that ask it of this sum."""
    return taken_once(book.root, f"suits {rub}", lambda: computed(book, rub=rub))


@pytest.mark.parametrize(("rub", "stage", "duty"), [
    # 499 800 + 200 of penalties = 500 000: (10 000 + 2.5 % of 200 000) / 2; a kopeck more: 15 000 + 2 % of it
    ("499800.00", "court_order", "7500.00"), ("499800.01", "claim", "15000.00"),
    ("600000.00", "claim", "17004.00"),  # 15 000 + 2 % of 100 200
])
def test_the_price_with_penalties_decides(book: Book, rub: str, stage: str, duty: str) -> None:
    run = kept(book, rub)
    listed = run.read(debt.COURT_LIST)

    assert listed.select("account_id", "stage_code", "duty_kop", "penalty_kop").rows() == [
        ("D1", stage, kop(duty), kop("200.00"))]
    assert [declared.name for declared in CHECKS if not declared.check(run).passed] == []


@pytest.mark.parametrize("check", ["every_court_case_pays_its_duty", "the_court_list_keeps_the_thresholds"])
def test_an_order_above_its_limit_is_seen(suit: MonthRun, check: str) -> None:
    assert seen_by(check, suit, "court_list", put(of("D1"), stage_code="court_order")) == ["D1"]


def test_half_the_duty_of_a_claim_is_seen(suit: MonthRun) -> None:
    half = put(of("D1"), duty_rub=8502)

    assert seen_by("every_court_case_pays_its_duty", suit, "court_list", half) == ["D1"]


def test_a_claim_that_no_list_holds_is_seen(suit: MonthRun) -> None:
    file = suit.folder / "court_list" / f"{town.PARTS[0]}.parquet"
    pl.read_parquet(file).clear().write_parquet(file)

    assert finding_of("everyone_whose_day_has_come_is_listed", suit).sample_ids == ["D1"]


def test_a_claim_leaves_once_and_messages_stop(suit: MonthRun) -> None:
    publish(suit)
    assert dispatch(suit.book, "court_list", NEXT).rows == 1
    left = journal.read(suit.book, debt.DISPATCHES).filter(pl.col("list_code") == "court_list")
    assert left.select("stage_code", "paper_number").rows() == [("claim", "ИС-260531-D1-c1")]

    run = computed(suit.book, "r2", NEXT)

    assert run.read(debt.COURT_LIST).is_empty()
    stands = run.read(debt.DEBTORS).filter(of("D1")).sort("track_code")
    assert stands.select("track_code", "stage_code", "next_action_code", "holds").rows() == [
        ("court", "claim", "none", []), ("notice", "debt_receipt", "none", ["in_court"])]
    assert [declared.name for declared in CHECKS if not declared.check(run).passed] == []
