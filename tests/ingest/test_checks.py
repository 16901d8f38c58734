"""Checks of ingest: silent over a busy month, each seen failing over a spoiled one."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

import pipeline.checks.ingest  # noqa: F401  (declares the checks)
from pipeline.checks.room import DECLARED, finding_of
from pipeline.contracts.catalogue import TABLES
from pipeline.storage.book import Book
from pipeline.storage.parts import PART_SIZE, part_name
from pipeline.storage.run import MonthRun
from tests.ingest.test_money import reversal
from tests.ingest.town import A1, A2, JANUARY, Town, frame_of, opened_town, payment, registry
from tests.town.books import copied

DAY = date(2026, 1, 6)
OURS = [declared.name for declared in DECLARED if declared.check.__module__ == "pipeline.checks.ingest"]
BLOCKING = [declared.name for declared in DECLARED if declared.name in OURS and declared.is_blocking]


def busy(town: Town) -> MonthRun:
    """A second month with a row of every fate."""
    town.bill("D1")
    town.deliver("registries", DAY, registry("R1", 2, "220.00"))
    town.deliver("payments", DAY, payment("P1"), payment("P2"))
    town.close()
    day = date(2026, 2, 3)
    town.bill("D2", A2, on=day, charged_rub=Decimal(1))
    town.bill("D3", A1, on=day, billing_month=date(2026, 1, 1))
    town.deliver("registries", day, registry("R1", 2, "130.00"), registry("R2", 3, "219.00", received_on=day))
    town.deliver("payments", day, payment("P1"), payment("P2", "20.00"),
                 payment("P3", registry_id="R2"), payment("P4", registry_id="R2", account_id="7777777777"))
    town.deliver("payments", date(2026, 2, 4), payment("P3", registry_id="R2"))
    town.deliver("payments", date(2026, 2, 5), payment("P3", registry_id="R2"))
    town.deliver("payment_reversals", day, reversal("V1", "P3", "1.00", registry_id="R2"))
    return town.run(date(2026, 2, 10), JANUARY)


@pytest.fixture(scope="module")
def busy_run(opened: Path, tmp_path_factory: pytest.TempPathFactory) -> MonthRun:
    """The busy month, ingested once and copied for every test."""
    return busy(Town(copied(opened, tmp_path_factory.mktemp("busy") / "book")))


@pytest.fixture
def run(busy_run: MonthRun, tmp_path: Path) -> MonthRun:
    book = Book.at(copied(busy_run.book.root, tmp_path / "book"))
    return MonthRun.resume(book, busy_run.month, busy_run.run_id)


def test_a_busy_month_keeps_every_promise(run: MonthRun) -> None:
    assert {name: finding_of(name, run).passed for name in BLOCKING} == dict.fromkeys(BLOCKING, True)


def spoil(run: MonthRun, name: str, change: Callable[[pl.DataFrame], pl.DataFrame], *, staged: bool = False) -> None:
    """Change the written files of a table, as a fault of the code would."""
    folder = run.folder / "staged" / name if staged else run.folder / name
    for path in folder.glob("*.parquet"):
        change(pl.read_parquet(path, hive_partitioning=False)).write_parquet(path)


def more(column: str, table: str) -> Callable[[pl.DataFrame], pl.DataFrame]:
    value = pl.when(pl.col("table_name") == table).then(pl.col(column) + 1).otherwise(pl.col(column))
    return lambda frame: frame.with_columns(value.cast(frame.schema[column]).alias(column))


def test_a_lost_row_of_a_file_is_seen(run: MonthRun) -> None:
    spoil(run, "deliveries", more("received_rows", "charges"))

    finding = finding_of("every_row_and_kopeck_of_a_file_is_counted", run)

    assert (finding.passed, finding.direction) == (False, "лишнее")
    assert finding.sample_ids[0].startswith("charges/")


@pytest.mark.parametrize("table", ["payments", "payment_reversals"])
def test_a_lost_rouble_of_a_file_is_seen(run: MonthRun, table: str) -> None:
    spoil(run, "deliveries", more("received_rub", table))

    assert not finding_of("every_row_and_kopeck_of_a_file_is_counted", run).passed


def test_a_changed_copy_of_a_file_is_seen(run: MonthRun) -> None:
    listed = run.read(TABLES["deliveries"]).filter(pl.col("table_name") == "charges")
    path = run.book.inputs / listed["delivery_id"][0]
    pl.read_parquet(path, hive_partitioning=False, glob=False).head(1).write_parquet(path)

    assert not finding_of("every_row_and_kopeck_of_a_file_is_counted", run).passed


@pytest.mark.parametrize("column", ["repeated_rows", "suspended_rub"])
def test_fates_that_do_not_add_up_are_seen(run: MonthRun, column: str) -> None:
    spoil(run, "deliveries", more(column, "payments"))

    assert not finding_of("received_is_the_sum_of_all_fates", run).passed


@pytest.mark.parametrize(
    ("name", "staged"), [("quarantine", False), ("charges", True), ("suspended_new", True), ("payments", True)]
)
def test_a_row_that_went_nowhere_is_seen(run: MonthRun, name: str, staged: bool) -> None:
    spoil(run, name, lambda frame: frame.tail(-1), staged=staged)

    assert not finding_of("rows_are_where_the_deliveries_say", run).passed


@pytest.mark.parametrize(
    "change",
    [
        lambda frame: frame.with_columns(row_number=pl.lit(None, dtype=pl.Int64)),
        lambda frame: pl.concat([frame, frame]),
    ],
)
def test_a_staged_row_without_its_place_is_seen(
    run: MonthRun, change: Callable[[pl.DataFrame], pl.DataFrame]
) -> None:
    spoil(run, "payments", change, staged=True)

    assert not finding_of("every_staged_row_names_its_delivery", run).passed


@pytest.mark.parametrize(
    "change",
    [
        lambda frame: frame.with_columns(account_index=2 - pl.col("account_index")),
        lambda frame: frame.with_columns(account_index=pl.lit(0, dtype=pl.Int64)),
        lambda frame: frame.with_columns(account_index=pl.col("account_index") + 65_536),
        lambda frame: frame.tail(-1),
    ],
)
def test_a_renumbered_account_is_seen(run: MonthRun, change: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
    spoil(run, "account_index", change)

    assert not finding_of("no_account_is_renumbered", run).passed


def test_an_account_with_a_place_in_two_parts_is_seen(run: MonthRun) -> None:
    """Each part alone keeps every promise: the second one does not know that the account is numbered already."""
    (file,) = (run.folder / "account_index").glob("*.parquet")
    known = pl.read_parquet(file, hive_partitioning=False)
    many = pl.concat([known] * (PART_SIZE // known.height + 1)).head(PART_SIZE).with_row_index("place")
    full = many.with_columns(
        account_index=pl.col("place").cast(pl.Int64),
        account_id=pl.when(pl.col("place") < known.height).then("account_id").otherwise(pl.format("X{}", "place")),
    ).drop("place")
    full.write_parquet(file)
    assert finding_of("no_account_is_renumbered", run).passed

    again = known.head(1).with_columns(account_index=pl.lit(PART_SIZE, dtype=pl.Int64))
    again.write_parquet(file.with_name(f"{part_name(1)}.parquet"))

    finding = finding_of("no_account_is_renumbered", run)
    assert (finding.passed, finding.found, finding.sample_ids) == (False, 1, known["account_id"].head(1).to_list())


def test_a_registry_that_does_not_add_up_warns(run: MonthRun) -> None:
    assert finding_of("registries_hold_what_they_announce", run).passed
    spoil(run, "payments", lambda frame: frame.with_columns(pl.col("amount_kop") - 1), staged=True)

    finding = finding_of("registries_hold_what_they_announce", run)

    assert (finding.passed, finding.sample_ids) == (False, ["R2"])
    assert finding.difference == "−0,01\u00a0₽"


def test_late_feeds_registries_odd_columns_and_many_refusals_warn(tmp_path: Path) -> None:
    feeds = "feeds:\n- {table: payments, provider: bank, due_day: 5, may_be_late: true}\n"
    town = opened_town(tmp_path / "book", feeds + "ingest:\n  quarantine_per_mille_max: 400\n")
    town.deliver("issue_calendar", date(2025, 12, 1), {
        "provider_code": "bank", "channel_code": "site", "expected_on": DAY, "covers_until": date(2026, 1, 5)})
    town.bill("D1", charged_rub=Decimal(1))
    naive = pl.col("paid_at").dt.replace_time_zone(None)
    odd = frame_of(TABLES["payments"], payment("P1")).with_columns(naive, colour=pl.lit(1))
    town.deliver_frame("payments", DAY, odd)
    (town.root / "landing" / "weather").mkdir()

    run = town.run()

    assert {name for name in OURS if not finding_of(name, run).passed} == {
        "due_feeds_have_come", "few_rows_are_refused", "files_hold_only_known_columns", "moments_name_their_time_zone",
        "no_expected_registry_is_late",
    }
    assert finding_of("files_hold_only_known_columns", run).sample_ids == ["payments.colour", "weather"]


def test_a_register_that_was_there_and_is_gone_is_named(town: Town) -> None:
    town.close()
    run = town.run(date(2026, 2, 10), JANUARY)
    assert finding_of("registers_of_the_month_before_are_there", run).passed
    shutil.rmtree(town.root / "landing" / "meters")
    run = town.run(date(2026, 2, 10), JANUARY)

    finding = finding_of("registers_of_the_month_before_are_there", run)

    assert (finding.passed, finding.sample_ids) == (False, ["meters"])
    assert "счётчики: показания не принимаются" in finding.sentence


def test_a_month_without_any_feed_keeps_every_promise(town: Town) -> None:
    run = town.run()

    assert all(finding_of(name, run).passed for name in OURS)
    shutil.rmtree(run.folder / "staged" / "late_feeds")
