"""Six months of real debtors, held against sums of the file and the bank's codes: one in ten, and all 15,000.

What is compared and why: docs/real-data.md. The data lie outside the repository.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import polars as pl
import pytest

from pipeline.contracts.catalogue import TABLES
from pipeline.rules.eligibility import EligibilityRules
from pipeline.rules.registry import RuleBook
from pipeline.storage.book import Book
from pipeline.storage.manifest import published_version
from pipeline.storage.shapes import to_inside
from pipeline.storage.verify import verify
from tests.real.agreement import UNEXPLAINED, classed, cuts, missed_by_sums
from tests.real.credit_book import AS_OF, made_book
from tests.real.credit_file import CUTS, FILE, FIRST_MONTH, MISSING, STATEMENTS, charged, month_of, statements
from tests.real.ran_months import raschet
from tests.real.results import printed, results, rewritten
from tests.town.books import computed_apart

pytestmark = [
    pytest.mark.real, pytest.mark.timeout(1200), pytest.mark.skipif(not FILE.is_file(), reason=MISSING),
]


@dataclass(frozen=True)
class Ran:
    """The file and the book after its six months."""

    bills: pl.DataFrame
    book: Book

    def table(self, name: str, statement: int) -> pl.DataFrame:
        """A published table of the billing month of a statement, inside shape."""
        files = self.book.published(month_of(statement)) / name / "*.parquet"
        return to_inside(pl.read_parquet(files, hive_partitioning=False), TABLES[name])

    def every(self, name: str) -> pl.DataFrame:
        """A published table of all six months, with the number of the statement."""
        return pl.concat(
            self.table(name, n).with_columns(statement=pl.lit(n, dtype=pl.Int64)) for n in range(1, STATEMENTS + 1)
        )


@pytest.fixture(scope="module")
def of_file() -> pl.DataFrame:
    """Statements of all debtors."""
    return statements(FILE)


@pytest.fixture(scope="module", params=[10, pytest.param(1, marks=pytest.mark.deep)], ids=["one in ten", "all"])
def ran(request: pytest.FixtureRequest, of_file: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """Opened by its control totals; each month computed, checked and closed before the next. Without Dagster's record
    and the reports, which cost as much again and are the same for 15,000 accounts as for 30 (`tests/town/direct.py`).
    """
    root = tmp_path_factory.mktemp("real") / "book"
    root.mkdir()
    accounts = of_file["account_id"].unique(maintain_order=True).gather_every(request.param)
    bills = of_file.filter(pl.col("account_id").is_in(accounts.implode()))
    book = made_book(root, bills)
    paid_ahead = -int(bills.filter(pl.col("statement") == 1, pl.col("bill_kop") < 0)["bill_kop"].sum())
    raschet("open", root, "--debt", "0.00", "--advances", str(Decimal(paid_ahead).scaleb(-2)))
    computed_apart(root, str(FIRST_MONTH), str(month_of(STATEMENTS)), str(AS_OF))
    return Ran(bills, book)


@pytest.fixture(scope="module")
def pairs(ran: Ran) -> pl.DataFrame:
    """account × cut: codes and sums of the file, missed due dates of ours."""
    listed = ran.every("debtors").filter(pl.col("track_code") == "notice", pl.col("statement") <= CUTS)
    ours = listed.select("account_id", cut="statement", missed=pl.col("months_overdue").cast(pl.Int64) + 1)
    return cuts(ran.bills).join(ours, on=["account_id", "cut"], how="left").with_columns(pl.col("missed").fill_null(0))


def test_five_months_are_closed_and_the_sixth_is_open(ran: Ran) -> None:
    versions = [published_version(ran.book, month_of(n)) for n in range(1, STATEMENTS + 1)]

    assert [version is not None and version.is_closed for version in versions] == [True] * CUTS + [False]
    assert [found.faults for found in verify(ran.book)] == [()] * (STATEMENTS + 1)


def test_every_row_and_rouble_is_taken_in(ran: Ran) -> None:
    delivered = ran.every("deliveries")
    paid = delivered.filter(pl.col("table_name") == "payments")

    assert delivered.filter(pl.col("received_rows") != pl.col("accepted_rows")).is_empty()
    assert delivered.filter(pl.col("received_kop") != pl.col("accepted_kop")).is_empty()
    assert delivered.filter(pl.col("table_name") == "charges")["accepted_rows"].sum() == ran.bills.height
    assert paid["accepted_kop"].sum() == _paid(ran.bills)["paid_kop"].sum()
    assert paid["accepted_rows"].sum() == _paid(ran.bills).filter(pl.col("paid_kop") > 0).height
    for empty in ("quarantine", "suspended_payments", "incomplete_bills"):
        assert ran.every(empty).is_empty(), empty


def test_every_registry_is_reconciled(ran: Ran) -> None:
    # a registry whose advances still wait is listed again by every later month: the last word counts
    last = ran.every("registry_reconciliation").sort("statement").unique("registry_id", keep="last")

    assert last.height == CUTS
    assert last["status_code"].unique().to_list() == ["reconciled"]
    assert last["statement_kop"].to_list() == last["declared_kop"].to_list()


def test_money_paid_is_laid_on_items_or_left(ran: Ran) -> None:
    is_paid = pl.col("origin_code") == "payment"
    laid = int(ran.every("payment_allocations").filter(is_paid)["allocated_kop"].sum())
    left = int(ran.table("advances", STATEMENTS).filter(is_paid)["amount_kop"].sum())

    assert laid + left == _paid(ran.bills)["paid_kop"].sum()


def test_the_balance_of_every_account_at_every_cut_is_the_banks(ran: Ran) -> None:
    owed = ran.every("open_items").group_by("account_id", "statement").agg(pl.col("outstanding_kop").sum())
    ahead = ran.every("advances").group_by("account_id", "statement").agg(pl.col("amount_kop").sum())
    key = ["account_id", "statement"]
    paid_next = pl.col("paid_kop").shift(-1).over("account_id", order_by="statement").fill_null(0)
    held = ran.bills.with_columns(expected=pl.col("bill_kop") - paid_next).join(owed, on=key, how="left").join(
        ahead, on=key, how="left"
    ).with_columns(found=pl.col("outstanding_kop").fill_null(0) - pl.col("amount_kop").fill_null(0))

    assert held.height == ran.bills.height
    assert held.filter(pl.col("found") != pl.col("expected")).is_empty()


def test_months_overdue_are_those_of_the_files_sums(ran: Ran, pairs: pl.DataFrame) -> None:
    expected = missed_by_sums(ran.bills).rename({"missed": "expected"})
    held = pairs.join(expected, on=["account_id", "cut"])

    assert held.height == pairs.height == ran.bills["account_id"].n_unique() * CUTS
    assert held.filter(pl.col("missed") != pl.col("expected")).is_empty()


def test_paid_in_full_is_what_the_sums_say(ran: Ran, pairs: pl.DataFrame) -> None:
    rules = EligibilityRules.in_force(RuleBook.read(), FIRST_MONTH.first_day)
    months = {n: month_of(n).first_day for n in range(1, STATEMENTS + 1)}
    of_month = ran.every("eligibility").filter(pl.col("billing_month") == pl.col("statement").replace_strict(months))
    owing = pl.col("bill_kop") - pl.col("paid_kop")
    positive = charged(ran.bills).filter(pl.col("charge_kop") > 0).select("account_id", cut="statement")
    judged = (
        pairs.join(positive, on=["account_id", "cut"], how="semi")
        .join(of_month.rename({"statement": "cut"}), on=["account_id", "cut"])
        .filter(~owing.is_between(1, rules.tolerance_kop + rules.past_debt_tolerance_kop))
        .with_columns(ours=pl.col("is_paid_in_full") & pl.col("is_free_of_past_debt"), by_sums=owing <= 0)
    )

    assert judged.height > positive.filter(pl.col("cut") <= CUTS).height * 0.99
    assert judged.filter(pl.col("ours") != pl.col("by_sums")).is_empty()


def test_every_pair_has_its_class_and_the_document_says_how_many(
    of_file: pl.DataFrame, request: pytest.FixtureRequest
) -> None:
    """By the file's own sums, which are ours account by account (`test_months_overdue_are_those_of_the_files_sums`)."""
    pairs = cuts(of_file).join(missed_by_sums(of_file), on=["account_id", "cut"])

    assert pairs.height == of_file["account_id"].n_unique() * CUTS
    assert classed(pairs).filter(pl.col("class_code") == UNEXPLAINED).is_empty()

    made = results(pairs)
    if request.config.getoption("--update-golden", default=False):
        rewritten(made)
    assert printed() == made, "docs/real-data.md: read the difference, then `make golden`"


def _paid(bills: pl.DataFrame) -> pl.DataFrame:
    """Payments of the book: what was paid for the bill before the first is not in it."""
    return bills.filter(pl.col("statement") > 1)
