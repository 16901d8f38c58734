"""Two months of a small book: what stays undecided, what a late payment changes, what closing grants."""

import datetime as dt
from typing import Any

import polars as pl
import pytest

from pipeline.assets.eligibility import enter_entitlements
from pipeline.contracts.eligibility import ELIGIBILITY, ENTITLEMENTS
from pipeline.storage import journal
from pipeline.storage.book import Book
from pipeline.storage.close import close
from pipeline.storage.publish import publish
from pipeline.storage.run import MonthRun
from pipeline.storage.state import State
from tests.eligibility import town


def decision(run: MonthRun, account: str, document: str) -> dict[str, Any]:
    rows = run.read(ELIGIBILITY).filter(
        pl.col("account_id") == account, pl.col("document_id") == f"{account}:{document}"
    )
    assert rows.height == 1
    return rows.to_dicts()[0]


def test_april_grants_what_was_paid_online_in_time(run: MonthRun) -> None:
    entered = journal.read(run.book, ENTITLEMENTS)

    assert entered.sort("account_id")["account_id"].to_list() == ["A1", "D1"]
    assert entered["covering_payment_ids"].explode(empty_as_null=True).sort().to_list() == ["A1:A-april", "D1:D-april"]


@pytest.mark.parametrize(
    ("account", "document", "failed"),
    [
        ("A1", "D05", None), ("B1", "D04", None), ("B1", "D05", "is_paid_in_full"), ("C1", "D04", "is_paid_in_full"),
        ("C1", "D05", "is_paid_in_full"), ("D1", "D05", "has_no_reversed_bonus"), ("E1", "D04", "is_paid_in_full"),
        ("F1", "D05", "is_bill_complete"), ("F1", "D04", "is_bill_complete"),
    ],
)
def test_every_account_is_decided_as_told(run: MonthRun, account: str, document: str, failed: str | None) -> None:
    assert decision(run, account, document)["first_failed_code"] == failed


def test_granted_documents_are_not_decided_again(run: MonthRun) -> None:
    decided = run.read(ELIGIBILITY)["document_id"].to_list()

    assert "A1:D04" not in decided
    assert "D1:D04" not in decided


def test_a_late_registry_makes_the_month_before_eligible(run: MonthRun) -> None:
    late = decision(run, "B1", "D04")

    assert late["is_eligible"]
    assert late["is_final"]
    assert late["covered_at"] == dt.datetime(2026, 5, 30, 12, tzinfo=town.frames.MOSCOW)
    assert late["covering_payment_ids"] == ["B1:B-late"]


def test_a_kept_decision_keeps_its_moment_and_becomes_final(run: MonthRun) -> None:
    kept = decision(run, "C1", "D04")

    assert kept["decided_at"].date() == dt.date(2026, 5, 31)
    assert kept["is_final"]
    assert kept["missing_kop"] == 100_000


def test_nothing_is_final_while_the_slow_registry_is_awaited(book: Book) -> None:
    night = dt.date(2026, 6, 2)
    waiting = town.computed(book, town.MAY, "r1", night, awaited="awaited")
    assert not decision(waiting, "C1", "D04")["is_final"]

    came = town.computed(book, town.MAY, "r2", night, awaited="received")
    assert decision(came, "C1", "D04")["is_final"]
    assert not decision(came, "C1", "D05")["is_final"]


def test_a_provisional_night_grants_nothing(book: Book) -> None:
    run = town.computed(book, town.MAY, "r1", dt.date(2026, 6, 12))
    early = decision(run, "A1", "D05")

    assert early["is_eligible"]
    assert not early["is_final"]
    assert early["entitlement_id"] is None


def test_closing_enters_each_bonus_once(book: Book) -> None:
    publish(town.computed(book, town.MAY, "r1"))
    closed = close(book, town.MAY, town.CYCLES[town.MAY][1])

    assert enter_entitlements(State.of(book, closed.version))
    assert not enter_entitlements(State.of(book, closed.version))
    entered = journal.read(book, ENTITLEMENTS)
    assert entered["entitlement_id"].n_unique() == entered.height
    assert sorted(entered["document_id"]) == ["A1:D04", "A1:D05", "B1:D04", "D1:D04"]


def test_a_journal_that_says_otherwise_is_no_matter_of_course(book: Book) -> None:
    publish(town.computed(book, town.MAY, "r1"))
    closed = close(book, town.MAY, town.CYCLES[town.MAY][1])
    journal.append(book, ENTITLEMENTS, "2026-05", ENTITLEMENTS.empty_inside())

    with pytest.raises(journal.JournalConflict):
        enter_entitlements(State.of(book, closed.version))


def test_an_open_month_grants_nothing(book: Book) -> None:
    version = publish(town.computed(book, town.MAY, "r1"))

    with pytest.raises(ValueError, match="not closed"):
        enter_entitlements(State.of(book, version))


def test_a_journal_that_closing_could_not_write_is_healed(tmp_path: Any) -> None:
    book = town.book_at(tmp_path / "book")
    publish(town.computed(book, town.APRIL, "april"))
    close(book, town.APRIL, town.CYCLES[town.APRIL][1])
    assert journal.keys(book, ENTITLEMENTS) == []

    town.computed(book, town.MAY, "r1")

    assert journal.keys(book, ENTITLEMENTS) == ["2026-04"]
