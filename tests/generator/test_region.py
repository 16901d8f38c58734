"""Larger books: traits follow from the number alone, blocks add up to the whole, slips are few and counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from pipeline.billing_month import BillingMonth
from pipeline.generator import generate
from pipeline.generator.accounts import Settlement
from pipeline.generator.documents import documents_of
from pipeline.generator.draws import KEY, Draws
from pipeline.generator.lines import lines_of
from pipeline.generator.meters import meters_of, with_registers
from pipeline.generator.population import REGION
from pipeline.generator.stories.programme import CAST_SIZE
from pipeline.generator.timetable import CHANNELS, Cycle, cycles
from pipeline.storage.book import Book
from tests.case_files import told

FIRST = BillingMonth(2025, 12)


def billed(settlement: Settlement, first: int, last: int, month: int) -> pl.DataFrame:
    block = settlement.block(first, last)
    meters = with_registers(meters_of(block, settlement.draws, FIRST), settlement.draws, 3)
    return documents_of(lines_of(block, meters, month, cycles(FIRST, 3)[month]), cycles(FIRST, 3)[month])


@pytest.mark.parametrize("month", range(3))
def test_blocks_bill_what_the_whole_bills(month: int) -> None:
    settlement = Settlement.of(11, 600)
    whole = billed(settlement, 0, 600, month)
    parts = pl.concat([billed(settlement, 0, 137, month), billed(settlement, 137, 600, month)])

    assert whole.sort("document_id").equals(parts.sort("document_id"))


def test_a_draw_depends_on_seed_name_and_key_only() -> None:
    numbers = pl.DataFrame({KEY: [0, 1, 2, 400_000]})

    assert numbers.select(Draws(1).whole("area", 1000))[KEY].to_list() == [473, 241, 484, 315]
    assert numbers.select(Draws(2).whole("area", 1000))[KEY].to_list() != [473, 241, 484, 315]
    assert numbers.reverse().select(Draws(1).whole("area", 1000))[KEY].to_list() == [315, 484, 241, 473]


def test_shares_are_about_what_they_should_be() -> None:
    drawn = pl.DataFrame({KEY: pl.int_range(0, 100_000, eager=True)}).select(
        share=Draws(3).per_mille("share", 250).mean(), one=(Draws(3).one_of("one", {"a": 1, "b": 3}) == "a").mean(),
    ).row(0)

    assert all(abs(share - 0.25) < 0.01 for share in drawn)


def test_account_ids_carry_a_check_digit_and_are_unique() -> None:
    ids = Settlement.of(1, 20_000).block(0, 20_000)["account_id"]

    assert ids.is_unique().all()
    assert ids.str.len_chars().unique().to_list() == [10]


@pytest.fixture(scope="module")
def in_districts(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The same small region of several districts, made in one process and in two."""
    small = replace(REGION, district_houses=5)
    books = tmp_path_factory.mktemp("one"), tmp_path_factory.mktemp("two")
    for workers, book in enumerate(books, start=1):
        generate(book, accounts=1500, months=2, seed=5, population=small, workers=workers)
    return books


def test_the_number_of_processes_changes_no_byte(in_districts: tuple[Path, Path]) -> None:
    one, two = (
        {path.relative_to(book): path.read_bytes() for path in book.rglob("*") if path.is_file()}
        for book in in_districts
    )

    assert sorted(one) == sorted(two)
    assert [path for path in one if one[path] != two[path]] == []


def test_districts_deliver_bills_and_providers_deliver_money(in_districts: tuple[Path, Path]) -> None:
    landing = in_districts[0] / "landing"
    names = {
        table: {file.stem for file in (landing / table).rglob("*.parquet") if "extra" not in file.stem}
        for table in ("charges", "registries")
    }

    assert names["charges"] == {"district-001", "district-002", "district-003"}
    assert names["registries"] == {channel.provider for channel in CHANNELS}
    assert not list(in_districts[0].glob(".*"))


def test_registries_announce_the_money_of_all_districts(in_districts: tuple[Path, Path]) -> None:
    landing = in_districts[0] / "landing"
    paid, undone, announced = (
        pl.concat(
            pl.read_parquet(file) for file in sorted((landing / table).rglob("*.parquet")) if "extra" not in file.stem
        )
        for table in ("payments", "payment_reversals", "registries")
    )
    # the same row twice, in its registry or in the file that came again, is announced once
    once = paid.drop("registry_row").unique()
    brought = pl.concat([
        once.select("registry_id", "amount_rub"), undone.select("registry_id", amount_rub=-pl.col("amount_rub"))
    ]).group_by("registry_id").agg(found_rows=pl.len().cast(pl.Int64), found_rub=pl.col("amount_rub").sum())
    told = announced.join(brought, on="registry_id", how="left").with_columns(
        pl.col("found_rows", "found_rub").fill_null(0)
    )

    assert announced["registry_id"].is_unique().all()
    assert paid.height > once.height
    assert told.filter(
        (pl.col("rows") != pl.col("found_rows")) | (pl.col("total_rub") != pl.col("found_rub"))
    )["registry_id"].to_list() == []


def test_volumes_of_a_region(tmp_path: Path) -> None:
    rows = generate(tmp_path, accounts=4000, months=1, seed=2, stories=False)
    of_an_account = {table: rows[table] / 4000 for table in ("charges", "payments", "meters", "meter_readings")}

    assert of_an_account == pytest.approx(
        {"charges": 12.0, "payments": 1.1, "meters": 3.67, "meter_readings": 3.45}, rel=0.05
    )


def test_a_register_is_delivered_before_the_book_ends(tmp_path: Path) -> None:
    generate(tmp_path, accounts=120, months=1, seed=2)

    assert [folder.name for folder in (tmp_path / "landing" / "accounts").iterdir()] == ["as_of=2025-12-01"]


def test_the_same_arguments_make_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        generate(tmp_path / name, accounts=90, months=2, seed=3, stories=False)
    one, two = (
        {path.relative_to(tmp_path / name): path.read_bytes() for path in (tmp_path / name).rglob("*.*")
         if path.is_file()} for name in ("one", "two")
    )

    assert one == two


def test_two_books_are_told_apart_by_their_names(tmp_path: Path) -> None:
    for seed, accounts in ((3, 20), (4, 20), (3, 21)):
        generate(tmp_path / f"{accounts}-{seed}", accounts=accounts, months=1, seed=seed, stories=False)

    names = {book.name: Book.at(book).settings.name for book in tmp_path.iterdir()}
    assert names == {size_and_seed: f"Энск, учебный центр {size_and_seed}" for size_and_seed in names}
    assert len(names) == 3


@pytest.mark.parametrize("accounts", [1, CAST_SIZE - 1, CAST_SIZE, CAST_SIZE + 1])
def test_a_book_of_any_size(tmp_path: Path, accounts: int) -> None:
    not_yet = 3 if accounts >= CAST_SIZE else 0  # accounts of the cast that open in a later month

    assert generate(tmp_path, accounts=accounts, months=1, seed=3)["accounts"] == accounts - not_yet


def test_a_book_that_starts_in_another_month_has_no_stories(tmp_path: Path) -> None:
    rows = generate(tmp_path, accounts=40, months=2, seed=3, first_month=BillingMonth(2026, 3))

    assert rows["accounts"] == 40
    assert told(tmp_path / "answers.yaml")["stories"] == {}


@pytest.mark.parametrize(
    ("month", "issue_on", "next_issue_on", "due_on"),
    [
        ("2025-12", date(2025, 12, 20), date(2026, 2, 1), date(2026, 1, 12)),
        ("2026-01", date(2026, 2, 1), date(2026, 3, 1), date(2026, 2, 10)),
        ("2026-02", date(2026, 3, 1), date(2026, 4, 1), date(2026, 3, 16)),
        ("2026-03", date(2026, 4, 1), date(2026, 5, 1), date(2026, 4, 15)),
        ("2026-11", date(2026, 12, 1), date(2026, 12, 20), date(2026, 12, 15)),
    ],
)
def test_the_timetable(month: str, issue_on: date, next_issue_on: date, due_on: date) -> None:
    cycle = Cycle(BillingMonth.parse(month))

    assert (cycle.issue_on, cycle.next_issue_on, cycle.due_on) == (issue_on, next_issue_on, due_on)


@pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: channel.code)
def test_a_column_of_payments_travels_as_one_payment_does(channel) -> None:
    days = pl.date_range(date(2025, 12, 20), date(2026, 3, 31), eager=True)
    received = pl.DataFrame({"paid_on": days}).select(channel.received_on_expr(pl.col("paid_on"))).to_series()

    assert received.to_list() == [channel.received_on(day) for day in days]
    assert max((b - a).days for a, b in zip(days, received, strict=True)) <= channel.usual_delay_days
