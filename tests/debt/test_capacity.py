"""How many rows one night can work off: the largest claims go, the rest waits, and the checks know of both."""

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

import pipeline.checks.debt  # noqa: F401  declares the checks
from pipeline.assets.debt import keep_capacity, write_debt
from pipeline.checks.room import DECLARED, finding_of
from pipeline.contracts import debt
from pipeline.domain.debt.lists import within_capacity
from pipeline.storage.run import MonthRun
from tests.debt import town
from tests.domain.debt.town import kop

CHECKS = [declared for declared in DECLARED if declared.check.__module__ == "pipeline.checks.debt"]


def limited(run: MonthRun, **most: int) -> MonthRun:
    """The same run in a book that sets limits."""
    rules = {**run.book.settings.rules, **{f"debt.capacity_{name}": rows for name, rows in most.items()}}
    return replace(run, book=replace(run.book, settings=replace(run.book.settings, rules=rules)))


@pytest.fixture
def begun(tmp_path: Path) -> MonthRun:
    return town.begun(town.with_journal(town.book_at(tmp_path / "book")))


def test_the_largest_claim_goes_and_the_others_wait(begun: MonthRun) -> None:
    run = limited(begun, sms_list=1, court_list=0)
    write_debt(run)

    assert run.read(debt.SMS_LIST)["person_id"].to_list() == ["P1"]
    assert run.read(debt.DEBT_RECEIPTS).height == 1
    told = run.read(debt.DEBTOR_LISTS).select("list_code", "rows", "total_kop").rows()
    assert told == [
        ("call_list", 1, kop("1200.00")), ("court_list", 0, 0), ("debt_receipts", 1, kop("4000.00")),
        ("sms_list", 1, kop("2200.50")),
    ]
    waiting = run.read(debt.DEBTORS).filter(pl.col("account_id") == "B1")
    assert waiting.select("next_action_code", "stage_code").rows() == [("sms", "sms")]
    assert [declared.name for declared in CHECKS if not declared.check(run).passed] == []


def test_a_list_beyond_its_limit_is_seen(run: MonthRun) -> None:
    finding = finding_of("no_list_is_longer_than_a_night_can_work_off", limited(run, sms_list=1))

    assert (finding.passed, finding.sample_ids) == (False, ["sms_list"])


def test_a_full_list_that_leaves_a_larger_claim_waiting_is_seen(begun: MonthRun) -> None:
    run = limited(begun, court_list=1)
    write_debt(run)
    file = run.folder / "court_list" / "part-000.parquet"
    smaller = pl.read_parquet(file).with_columns(
        account_id=pl.lit("A1"), episode_id=pl.lit("another"), claimed_rub=pl.lit("14999.99").cast(pl.Decimal(18, 2))
    )
    smaller.write_parquet(file)

    finding = finding_of("everyone_whose_day_has_come_is_listed", run)

    assert (finding.passed, finding.sample_ids) == (False, ["D1"])


def test_a_case_of_several_accounts_goes_or_waits_whole(begun: MonthRun) -> None:
    """Two accounts of 300 000 ₽ are one claim of 600 000 ₽: half of it would be a court order of its own."""
    run = limited(begun, court_list=1)
    write_debt(run)
    write_court_list(run, ("A1", "case", "300000.00"), ("B1", "case", "300000.00"), ("C1", "other", "400000.00"))

    keep_capacity(run, debt.COURT_LIST, 1)

    assert sorted(run.read(debt.COURT_LIST)["account_id"]) == ["A1", "B1"]
    told = run.read(debt.DEBTOR_LISTS, town.PARTS[0]).with_columns(
        rows=pl.when(pl.col("list_code") == "court_list").then(2).otherwise("rows")
    )
    run.write(debt.DEBTOR_LISTS, town.PARTS[0], told.cast(pl.Schema(debt.DEBTOR_LISTS.inside_schema)))
    assert finding_of("no_list_is_longer_than_a_night_can_work_off", run).passed
    # 15 000 ₽ of D1 wait rightly behind a case of 600 000 ₽, and no more behind one of 14 999 ₽
    assert finding_of("everyone_whose_day_has_come_is_listed", run).passed
    write_court_list(run, ("A1", "case", "14000.00"), ("B1", "case", "999.00"))
    assert finding_of("everyone_whose_day_has_come_is_listed", run).sample_ids == ["D1"]


def test_cases_beyond_the_limit_are_seen(begun: MonthRun) -> None:
    run = limited(begun, court_list=1)
    write_debt(run)
    write_court_list(run, ("A1", "one", "300000.00"), ("B1", "two", "300000.00"))

    assert finding_of("no_list_is_longer_than_a_night_can_work_off", run).sample_ids == ["court_list"]


def write_court_list(run: MonthRun, *rows: tuple[str, str, str]) -> None:
    """account, case, claim of each row; nothing in other parts."""
    first, *others = run.parts
    listed = town.full(debt.COURT_LIST, *(
        {"account_id": account, "case_id": case, "claimed_kop": kop(rub)} for account, case, rub in rows
    ))
    run.write(debt.COURT_LIST, first, listed)
    for part in others:
        run.write(debt.COURT_LIST, part, listed.clear())


def test_full_receipts_that_leave_a_larger_claim_waiting_are_seen(begun: MonthRun) -> None:
    run = limited(begun, debt_receipts=1)
    write_debt(run)
    file = run.folder / "debt_receipts" / "part-000.parquet"
    listed = pl.read_parquet(file)
    assert listed["account_id"].to_list() == ["C1"]
    # C1 owes 4 300 ₽, 300 ₽ of them a lump sum that a receipt does not name
    for claimed, named in (("3999.99", ["C1"]), ("4000.00", [])):
        other = {"account_id": pl.lit("A1"), "episode_id": pl.lit("another")}
        listed.with_columns(**other, claimed_rub=pl.lit(claimed).cast(pl.Decimal(18, 2))).write_parquet(file)

        assert finding_of("everyone_whose_day_has_come_is_listed", run).sample_ids == named


def test_equal_claims_go_by_their_key() -> None:
    listed = pl.DataFrame({"person_id": ["c", "a", "b", "d"], "claimed_kop": [5, 7, 7, 9]})

    assert within_capacity(listed, 2, ["person_id"])["person_id"].to_list() == ["d", "a"]
    assert within_capacity(listed, None, ["person_id"]).height == 4


def test_claims_of_one_key_count_together() -> None:
    listed = pl.DataFrame({"case_id": ["one", "two", "one"], "claimed_kop": [3, 4, 3]})

    assert within_capacity(listed, 1, ["case_id"])["case_id"].to_list() == ["one"]
