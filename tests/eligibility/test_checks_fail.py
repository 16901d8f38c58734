"""Every check of eligibility is seen failing: one wrong value in the files of a good month, and who sees it."""

import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

import pipeline.checks.eligibility  # noqa: F401  declares the checks
from pipeline.assets.eligibility import ENTITLEMENTS_SEEN
from pipeline.checks.room import DECLARED, finding_of
from pipeline.storage.book import Book
from pipeline.storage.run import MonthRun
from tests.eligibility import town

CHECKS = {declared.name for declared in DECLARED if declared.check.__module__ == "pipeline.checks.eligibility"}
Change = Callable[[pl.DataFrame], pl.DataFrame]


def of(account: str, document: str) -> pl.Expr:
    return pl.col("document_id") == f"{account}:{document}"


def put(condition: pl.Expr, **values: object) -> Change:
    """Other values in the rows of a condition, in the dtypes that the columns have."""

    def change(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.with_columns(
            pl.when(condition).then(pl.lit(value, dtype=frame.schema[name])).otherwise(pl.col(name)).alias(name)
            for name, value in values.items()
        )

    return change


def without(condition: pl.Expr) -> Change:
    return lambda frame: frame.filter(~condition)


def twice(condition: pl.Expr) -> Change:
    return lambda frame: pl.concat([frame, frame.filter(condition)])


def renamed(condition: pl.Expr, document: str) -> Change:
    return lambda frame: frame.with_columns(
        document_id=pl.when(condition).then(pl.lit(document)).otherwise("document_id")
    )


A_MAY, B_APRIL = of("A1", "D05"), of("B1", "D04")
PAYMENT = pl.col("payment_id")
WRONG: list[tuple[str, str, Change]] = [
    ("nobody_is_eligible_with_an_incomplete_bill", "incomplete_bills",
     put(pl.col("account_id") == "F1", account_id="A1")),
    ("nobody_is_eligible_whom_the_centre_does_not_serve", "staged/accounts",
     put(pl.col("account_id") == "A1", mode_code="collection_only")),
    ("nobody_is_eligible_whom_the_centre_does_not_serve", "staged/accounts", without(pl.col("account_id") == "A1")),
    ("eligible_means_every_condition", "eligibility", put(A_MAY, is_free_of_past_debt=False)),
    ("eligible_means_every_condition", "eligibility", put(of("C1", "D05"), is_eligible=True, first_failed_code=None)),
    ("eligible_means_every_condition", "eligibility", put(of("C1", "D05"), first_failed_code="is_served")),
    ("eligible_means_every_condition", "eligibility", put(A_MAY, missing_rub=Decimal("1.00"))),
    ("eligible_means_every_condition", "eligibility", put(A_MAY, entitlement_id=None)),
    ("eligible_means_every_condition", "eligibility", put(A_MAY, covered_at=town.frames.moment("2026-07-01"))),
    ("every_main_document_is_decided_once", "eligibility", without(A_MAY)),
    ("every_main_document_is_decided_once", "eligibility", twice(A_MAY)),
    ("every_main_document_is_decided_once", "eligibility", without(of("C1", "D04"))),
    ("bonuses_are_granted_once_and_for_good", "eligibility", renamed(A_MAY, "A1:D04")),
    ("bonuses_are_granted_once_and_for_good", f"staged/{ENTITLEMENTS_SEEN}", without(of("A1", "D04"))),
    ("bonuses_are_granted_once_and_for_good", f"staged/{ENTITLEMENTS_SEEN}", twice(of("A1", "D04"))),
    ("bonuses_rest_on_money_paid_online_in_time", "posted_payments", without(PAYMENT == "A1:A-may")),
    ("bonuses_rest_on_money_paid_online_in_time", "posted_payments", put(PAYMENT == "A1:A-may", channel_code="bank")),
    ("bonuses_rest_on_money_paid_online_in_time", "posted_payments",
     put(PAYMENT == "A1:A-may", amount_rub=Decimal("998.99"))),
    ("bonuses_rest_on_money_paid_online_in_time", "posted_payments",
     put(PAYMENT == "A1:A-may", paid_at=town.frames.moment("2026-07-01"))),
    ("bonuses_rest_on_money_paid_online_in_time", "posted_payments",
     put(PAYMENT == "B1:B-late", paid_at=town.frames.moment("2026-06-01"))),
    ("bonuses_rest_on_money_paid_online_in_time", "posted_reversals",
     put(PAYMENT == "D1:D-april", payment_id="A1:A-may")),
    ("nobody_loses_a_bonus_that_was_paid_online", "eligibility",
     put(A_MAY, is_paid_online=False, is_eligible=False, first_failed_code="is_paid_online", entitlement_id=None)),
    ("bonuses_rest_on_money_paid_online_in_time", "staged/channels",
     put(pl.col("channel_code") == "site", is_own_online=False)),
]


@pytest.fixture
def night(run: MonthRun, tmp_path: Path) -> MonthRun:
    """A copy of the good month whose files may be spoilt."""
    root = tmp_path / "book"
    shutil.copytree(run.book.root, root, symlinks=True)
    return MonthRun.resume(Book.at(root), run.month, run.run_id)


def spoil(run: MonthRun, table: str, change: Change) -> None:
    folder = run.folder / table
    for file in sorted(folder.glob("*.parquet")):
        change(pl.read_parquet(file, hive_partitioning=False, glob=False)).write_parquet(file)


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_a_good_month_passes(run: MonthRun, name: str) -> None:
    finding = finding_of(name, run)

    assert finding.passed, finding
    assert finding.found == 0


@pytest.mark.parametrize(("name", "table", "change"), WRONG, ids=[f"{n}-{t}-{i}" for i, (n, t, _) in enumerate(WRONG)])
def test_a_wrong_value_is_seen(night: MonthRun, name: str, table: str, change: Change) -> None:
    spoil(night, table, change)

    finding = finding_of(name, night)

    assert not finding.passed
    assert finding.sample_ids


def test_what_the_state_never_granted_is_not_lost(night: MonthRun) -> None:
    """A decision that was not final when its month closed has no entry, and there is none to miss."""
    state = Path(night.state.parquet("eligibility")).parent
    for file in sorted(state.glob("*.parquet")):
        rows = pl.read_parquet(file, hive_partitioning=False, glob=False)
        put(pl.col("document_id") == "C1:D04", is_eligible=True)(rows).write_parquet(file)

    assert finding_of("bonuses_are_granted_once_and_for_good", night).passed


def test_every_check_is_seen_failing() -> None:
    assert {name for name, _, _ in WRONG} == CHECKS
