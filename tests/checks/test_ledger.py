"""Checks of the ledger: they hold over three months of the sample town, and each is seen failing once."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

import pipeline.checks.ledger
from pipeline.checks.room import DECLARED, finding_of
from pipeline.storage.run import MonthRun

CHECKS = [declared for declared in DECLARED if declared.check.__module__ == pipeline.checks.ledger.__name__]
Change = Callable[[pl.DataFrame], pl.DataFrame]


def more(column: str, amount: str = "1.00") -> Change:
    """A rouble more in the first row."""
    first = pl.int_range(pl.len()) == 0

    def change(frame: pl.DataFrame) -> pl.DataFrame:
        added = pl.col(column) + pl.lit(amount).cast(frame.schema[column])
        return frame.with_columns(pl.when(first).then(added).otherwise(pl.col(column)).cast(frame.schema[column]))

    return change


def without_first(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.slice(1)


def first_twice(frame: pl.DataFrame) -> pl.DataFrame:
    return pl.concat([frame, frame.head(1)])


def unknown_item(frame: pl.DataFrame) -> pl.DataFrame:
    return pl.concat([frame, frame.head(1).with_columns(document_id=pl.lit("нет такого"))])


def corrected_elsewhere(frame: pl.DataFrame) -> pl.DataFrame:
    """Reversals of corrected registries, of money that another account had."""
    return frame.with_columns(is_correction=pl.lit(True), account_id=pl.lit("нет такого"))


def held_as_own_account(frame: pl.DataFrame) -> pl.DataFrame:
    """The first money that the centre holds, booked as paid to the creditor's own account."""
    held = frame.filter(pl.col("source_code") != "own_account").head(1)
    others = frame.join(held, on=held.columns, how="anti")
    return pl.concat([others, held.with_columns(source_code=pl.lit("own_account"))])


def laid_on_replaced(run: MonthRun) -> Change:
    """Money of this month on a document that the month has replaced."""
    replaced = run.read_staged("billing_documents")["supersedes_document_id"].drop_nulls()[0]
    return lambda frame: pl.concat([
        frame, frame.filter(pl.col("allocated_rub") > 0).head(1).with_columns(document_id=pl.lit(replaced))
    ])


def of_a_debtor(run: MonthRun) -> Change:
    """An advance of an account that owes."""
    owes = pl.read_parquet(run.parquet("open_items")).filter(
        pl.col("debt_kind_code") == "principal", ~pl.col("is_time_barred")
    )["account_id"][0]
    return lambda frame: pl.concat([
        frame, frame.head(1).with_columns(account_id=pl.lit(owes), creditor_id=None, contract_reference=None)
    ])


def left_on_replaced(frame: pl.DataFrame) -> pl.DataFrame:
    """The first kopecks that a new version took from the document it replaces, not taken."""
    first = frame.filter(pl.col("rule_code") == "superseded", pl.col("allocated_rub") < 0).head(1)
    assert first.height == 1, "the sample town has a new version of a paid document"
    return frame.join(first, on=["account_id", "movement_number"], how="anti")


def exchanged(frame: pl.DataFrame) -> pl.DataFrame:
    """Two items, open by what the other one is: every total of the table stays."""
    open_now = frame["outstanding_rub"]
    other = int((open_now != open_now[0]).arg_max() or 0)
    order = [other, *range(1, other), 0, *range(other + 1, frame.height)]
    return frame.with_columns(open_now[order].alias("outstanding_rub"))


def posted_last_month(run: MonthRun) -> Change:
    """A payment of the month before posted once more."""
    before = pl.read_parquet(run.state.parquet("posted_payments")).filter(
        pl.col("account_id") != "7700017010"
    ).head(1)
    return lambda frame: pl.concat([frame, before.select(frame.columns)])


FAULTS: list[tuple[str, str, Change | str]] = [
    ("open_items_continue_last_month", "open_items", without_first),
    ("open_items_continue_last_month", "payment_allocations", more("allocated_rub", "0.01")),
    ("open_items_continue_last_month", "open_items", exchanged),
    ("no_money_lies_on_replaced_documents", "payment_allocations", left_on_replaced),
    ("no_money_lies_on_replaced_documents", "payment_allocations", "laid_on_replaced"),
    ("open_items_add_up", "open_items", more("paid_rub")),
    ("ages_follow_due_dates", "open_items", more("days_overdue", "1")),
    ("ages_follow_due_dates", "open_items", more("months_overdue", "1")),
    ("documents_equal_their_lines", "billed_documents", more("billed_rub")),
    ("money_in_is_money_placed", "advances", more("amount_rub")),
    ("money_in_is_money_placed", "suspended_payments", without_first),
    ("every_payment_is_whole", "payment_allocations", more("allocated_rub", "0.01")),
    ("every_payment_is_whole", "posted_payments", without_first),
    ("balances_roll_forward", "account_balances", more("paid_rub")),
    ("balances_roll_forward", "account_balances", more("closing_rub")),
    # too large a sum for the look that adds up weights
    ("balances_roll_forward", "account_balances", more("closing_rub", "90000000000.00")),
    ("every_payment_is_whole", "posted_payments", more("amount_rub", "90000000000.00")),
    ("conservation_equals_balances", "conservation", more("opening_rub")),
    ("registries_are_placed_whole", "registry_reconciliation", more("received_rub")),
    ("registries_are_placed_whole", "registry_reconciliation", more("allocated_rub")),
    ("no_payment_is_posted_twice", "posted_payments", first_twice),
    ("every_payment_is_whole", "posted_reversals", corrected_elsewhere),
    ("no_payment_is_posted_twice", "posted_payments", "posted_last_month"),
    ("advances_wait_only_without_debt", "advances", "of_a_debtor"),
    ("movements_name_known_items", "payment_allocations", unknown_item),
    ("contracts_equal_balances", "billed_contracts", more("billed_rub", "0.01")),
    ("contracts_equal_balances", "billed_contracts", more("withdrawn_rub", "0.01")),
    ("collected_money_equals_movements", "collected_money", more("collected_rub", "0.01")),
    ("collected_money_equals_movements", "collected_money", held_as_own_account),
    ("funds_of_creditors_roll_forward", "creditor_funds", more("closing_rub", "0.01")),
    ("funds_of_creditors_roll_forward", "creditor_funds", more("opening_rub", "0.01")),
    ("funds_of_creditors_roll_forward", "posted_remittances", without_first),
    ("funds_of_creditors_roll_forward", "creditor_funds", lambda frame: frame.with_columns(is_remittance_known=False)),
    ("registries_equal_announcements", "registry_reconciliation", "differs"),
]
NAMED = {"laid_on_replaced": laid_on_replaced, "posted_last_month": posted_last_month, "of_a_debtor": of_a_debtor}


@pytest.fixture
def spoiled(ledger_run: MonthRun, tmp_path: Path) -> Iterator[Callable[[str, Change | str], MonthRun]]:
    """The run with one table changed; the good file comes back afterwards."""
    kept: list[tuple[Path, Path]] = []

    def spoil(name: str, change: Change | str) -> MonthRun:
        file = next(
            path for path in sorted((ledger_run.folder / name).glob("*.parquet")) if pl.read_parquet(path).height
        )
        shutil.copy(file, tmp_path / file.name)
        kept.append((tmp_path / file.name, file))
        frame = pl.read_parquet(file)
        if change == "differs":
            frame = frame.with_columns(status_code=pl.lit("total_differs"))
        else:
            frame = (NAMED[change](ledger_run) if isinstance(change, str) else change)(frame)
        frame.write_parquet(file)
        return replace(ledger_run)

    yield spoil
    for good, file in kept:
        shutil.copy(good, file)


@pytest.mark.parametrize("declared", CHECKS, ids=[declared.name for declared in CHECKS])
def test_holds_over_the_sample_town(ledger_run: MonthRun, declared: object) -> None:
    finding = declared.check(ledger_run)  # type: ignore[attr-defined]
    assert finding.passed, finding


@pytest.mark.parametrize(("name", "table", "change"), FAULTS, ids=[f"{fault[0]}-{fault[1]}" for fault in FAULTS])
def test_is_seen_failing(
    spoiled: Callable[[str, Change | str], MonthRun], name: str, table: str, change: Change | str
) -> None:
    finding = finding_of(name, spoiled(table, change))
    assert not finding.passed
    assert finding.sample_ids


def test_a_registry_of_this_cycle_is_left_to_the_check_of_ingest(
    spoiled: Callable[[str, Change | str], MonthRun]
) -> None:
    run = spoiled("registry_reconciliation", "differs")
    known, came = (pl.read_parquet(run.parquet(name)) for name in ("known_registries", "deliveries"))
    own = known.filter(pl.col("delivery_id").is_in(came["delivery_id"].implode()), version=1)["registry_id"]
    others = pl.read_parquet(run.parquet("registry_reconciliation")).filter(~pl.col("registry_id").is_in(own.implode()))

    finding = finding_of("registries_equal_announcements", run)

    assert own.len() > 0
    assert finding.found == others.height > 0
    assert not set(finding.sample_ids) & set(own)


def test_an_account_in_two_parts_is_seen(ledger_run: MonthRun) -> None:
    folder = ledger_run.folder / "open_items"
    doubled = folder / "part-900.parquet"
    pl.read_parquet(folder / "part-000.parquet").head(1).write_parquet(doubled)
    try:
        assert not finding_of("accounts_lie_in_one_part", ledger_run).passed
    finally:
        doubled.unlink()


def test_every_check_is_seen_failing() -> None:
    # tests/recalculation/test_paid_ahead_in_a_book.py: the money of contracts
    elsewhere = {"accounts_lie_in_one_part", "contract_money_pays_fixed_lines"}
    assert {declared.name for declared in CHECKS} == {fault[0] for fault in FAULTS} | elsewhere
