"""A cap that becomes known after a month was closed: what that month settled is told again, with the difference.

April is counted with a cap of 14 %, May knows that it is 9.5 %. C1 paid 1000.00 on day 99, so
1000 x 14 % x (60/300 + 9/130) = 37.69 in April; 1000 x 9.5 % x (60/300 + 9/130) = 25.58, and 12.11 is to be given back.
S1 paid on day 64, and 800.00 of it were owed after a credit: 800 x 14 % x 34/300 = 12.69 in April, 8.61 and -4.08 now.
"""

import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import pipeline.checks.penalty  # noqa: F401  declares the checks
from pipeline.billing_month import BillingMonth
from pipeline.checks.room import DECLARED, finding_of
from pipeline.contracts.penalty import PENALTIES, PENALTY_PROPOSALS
from pipeline.storage.book import Book
from pipeline.storage.close import close
from pipeline.storage.publish import publish
from pipeline.storage.run import MonthRun
from tests.debt.test_checks_fail import put
from tests.penalty import town

MAY, NIGHT = BillingMonth(2026, 5), dt.date(2026, 6, 30)
NAME = "settled_items_are_told_again_only_by_a_decree"


def closed_april(root: Path, settings: str) -> Book:
    town.book_at(root)
    with (root / "settings.yaml").open("a", encoding="utf-8") as file:
        file.write(settings)
    book = Book.at(root)
    run = town.computed(book)
    run.record_rules("penalty")
    publish(run)
    close(book, town.MONTH, dt.date(2026, 6, 1))
    return book


def in_may(root: Path) -> MonthRun:
    settings = (root / "settings.yaml").read_text(encoding="utf-8").partition("rules:")[0]
    (root / "settings.yaml").write_text(settings, encoding="utf-8")
    return town.computed(Book.at(root), NIGHT, MAY, [])


@pytest.fixture
def known_late(tmp_path: Path) -> MonthRun:
    closed_april(tmp_path / "book", 'rules: {penalty.rate_cap_percent: "14.0"}\n')
    return in_may(tmp_path / "book")


def settled(run: MonthRun) -> list[tuple[Any, ...]]:
    told = run.read(PENALTIES).filter(pl.col("outstanding_kop") == 0)
    return told.select("account_id", "before_kop", "penalty_kop", "change_kop").rows()


def test_what_was_settled_is_told_again_with_the_difference(known_late: MonthRun) -> None:
    assert settled(known_late) == [("C1", 3769, 2558, -1211), ("S1", 1269, 861, -408)]
    waiting = known_late.read(PENALTY_PROPOSALS).filter(pl.col("account_id") == "C1")
    assert waiting["change_kop"].to_list() == [-1211]


def test_every_check_holds_and_sees_another_sum(known_late: MonthRun) -> None:
    checks = [one.name for one in DECLARED if one.check.__module__ == "pipeline.checks.penalty"]
    found = {name: finding_of(name, known_late) for name in checks}
    # the lines of these documents bill other sums than waited, which only warns
    assert [name for name, one in found.items() if not one.passed] == ["billers_agree_with_penalties"]

    path = known_late.folder / "penalties" / "part-000.parquet"
    put(pl.col("account_id") == "C1", before_rub=1)(pl.read_parquet(path)).write_parquet(path)

    finding = finding_of(NAME, known_late)
    assert (finding.passed, finding.sample_ids) == (False, ["C1"])


def test_a_law_that_was_known_tells_nothing_again(tmp_path: Path) -> None:
    closed_april(tmp_path / "book", "")

    assert settled(in_may(tmp_path / "book")) == []
