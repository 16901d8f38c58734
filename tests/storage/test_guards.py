"""What a month is told before it begins, memory and disk, and how far it has come while it runs."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.contracts.ingest import ACCOUNT_INDEX
from pipeline.storage import space
from pipeline.storage.book import Book
from pipeline.storage.files import DiskFull
from pipeline.storage.manifest import Version, published_version
from pipeline.storage.memory import (
    BYTES_A_ROW,
    LEAST_QUERY_MB,
    PROCESS_MB,
    QUERY_MB,
    USUAL_ROWS,
    BudgetTooSmall,
    needed_mb,
    query_mb,
)
from pipeline.storage.parts import PART_SIZE, spread
from pipeline.storage.progress import Progress, told_to
from pipeline.storage.run import MonthRun
from pipeline.storage.settings import BadBook
from pipeline.storage.start import remarks_of
from tests.disks import leave
from tests.storage.samples import DECEMBER, NIGHT

Month = Callable[..., Version]


def with_settings(book: Book, line: str) -> Book:
    """The same book with one more line in its settings."""
    file = book.root / "settings.yaml"
    file.write_text(file.read_text(encoding="utf-8") + f"{line}\n", encoding="utf-8")
    return Book.at(book.root)


# ---- memory


def test_a_budget_too_small_for_one_part_is_told_before_the_work(opened: Book) -> None:
    tight = with_settings(opened, "memory_mb: 20")

    least = PROCESS_MB + LEAST_QUERY_MB
    with pytest.raises(BudgetTooSmall, match=rf"отведено 20 МБ .*memory_mb не меньше {least}") as refused:
        MonthRun.begin(tight, DECEMBER, "r1", NIGHT)

    assert "уменьшите workers" in str(refused.value)
    assert not tight.work(DECEMBER, "r1").exists()


def test_the_budget_that_is_asked_for_is_enough(opened: Book) -> None:
    before = published_version(opened, DECEMBER.previous)
    assert before is not None

    enough = with_settings(opened, f"memory_mb: {needed_mb(before)}")

    assert MonthRun.begin(enough, DECEMBER, "r1", NIGHT).folder.is_dir()


def test_memory_follows_the_part_and_not_the_book(opened: Book) -> None:
    before = published_version(opened, DECEMBER.previous)
    assert before is not None

    def of(accounts: int, rows: int) -> int:
        content = before.content
        tables = {**content["tables"], ACCOUNT_INDEX.name: {"totals": {"rows": accounts}}, "open_items": {
            "totals": {"rows": rows}}}
        return needed_mb(replace(before, manifest={**before.manifest, "content": {**content, "tables": tables}}))

    usual = PROCESS_MB + -(-USUAL_ROWS * PART_SIZE * BYTES_A_ROW // 2**20)
    assert of(PART_SIZE, 0) == of(67 * PART_SIZE, 0) == usual
    assert of(PART_SIZE // 2, 0) < usual < of(PART_SIZE, 90 * PART_SIZE)
    # what matters is how many rows an account has, not how many accounts there are
    assert of(PART_SIZE, 90 * PART_SIZE) == of(10 * PART_SIZE, 900 * PART_SIZE)


def test_queries_over_the_book_keep_to_the_budget(opened: Book) -> None:
    """No budget: the usual share; a tight one: what the program leaves of it; never less than a query needs."""
    assert query_mb(opened) == QUERY_MB
    assert query_mb(with_settings(opened, f"memory_mb: {PROCESS_MB + 300}")) == 300
    before = published_version(opened, DECEMBER.previous)
    assert before is not None
    assert needed_mb(before) >= PROCESS_MB + LEAST_QUERY_MB


@pytest.mark.parametrize("written", ["0", "-5", "много", "1.5", "true"])
def test_a_budget_is_a_whole_number_of_megabytes(book: Book, written: str) -> None:
    with pytest.raises(BadBook, match="memory_mb"):
        with_settings(book, f"memory_mb: {written}")


# ---- disk


def moved_to(book: Book, disk: Path) -> Book:
    """The book on another disk."""
    return Book.at(Path(shutil.copytree(book.root, disk / "book", symlinks=True)))


def test_a_month_that_cannot_fit_is_refused_with_figures_and_what_may_go(
    opened: Book, month_of: Month, small_disk: Path
) -> None:
    month_of()
    moved = moved_to(opened, small_disk)
    (moved.landing / "payments").mkdir(parents=True)
    (moved.landing / "payments" / "arrived.parquet").write_bytes(bytes(3 << 20))
    leave(small_disk, 2 << 20)

    with pytest.raises(DiskFull, match=r"не хватит места.* не меньше \d МБ, свободно 2 МБ.*прежние ночи, 0 МБ"):
        MonthRun.begin(moved, DECEMBER, "r2", NIGHT)

    assert not moved.work(DECEMBER, "r2").exists()
    assert published_version(moved, DECEMBER) is not None


def test_a_month_that_may_not_fit_begins_and_says_so(opened: Book, month_of: Month, small_disk: Path) -> None:
    month_of()
    moved = moved_to(opened, small_disk)
    leave(small_disk, space.certain_bytes(moved, DECEMBER) * 3 // 2)

    run = MonthRun.begin(moved, DECEMBER, "r2", NIGHT)

    (remark,) = remarks_of(moved, DECEMBER, run.run_id)
    assert remark.startswith("Места на диске может не хватить: расчёту месяца 2025-12 нужно до")


def test_a_month_with_space_says_nothing(opened: Book) -> None:
    run = MonthRun.begin(opened, DECEMBER, "r1", NIGHT)

    assert remarks_of(opened, DECEMBER, run.run_id) == []


def test_only_nights_that_nobody_reads_may_go(opened: Book, month_of: Month) -> None:
    month_of(run_id="r1", as_of=NIGHT - timedelta(days=1))
    read = month_of(run_id="r2")
    gone = opened.version(DECEMBER, "r1")
    (gone / "weight").write_bytes(bytes(5 << 20))
    (read.folder / "weight").write_bytes(bytes(9 << 20))

    assert "прежние ночи, 6 МБ" in space.what_may_go(opened)


# ---- progress


def part_rows(part: str) -> int:
    return len(part)


@pytest.mark.parametrize("workers", [1, 2])
def test_every_part_that_is_done_is_told(workers: int) -> None:
    heard: list[Progress] = []
    with told_to(heard.append):
        assert spread(part_rows, ["part-000", "part-001", "unplaced"], workers) == [8, 8, 8]

    assert [(told.done, told.total) for told in heard] == [(1, 3), (2, 3), (3, 3)]
    assert heard[0].accounts == PART_SIZE


def test_nobody_knows_the_pace_where_accounts_fill_no_part() -> None:
    heard: list[Progress] = []
    with told_to(heard.append):
        spread(part_rows, ["part-000", "unplaced"], 1)

    assert [told.accounts_a_second for told in heard] == [None, None]


def test_one_part_is_not_worth_a_word() -> None:
    heard: list[Progress] = []
    with told_to(heard.append):
        spread(part_rows, ["part-000"], 1)
    assert heard == []


def test_progress_tells_pace_and_what_is_left() -> None:
    assert str(Progress(12, 67, 12 * PART_SIZE, 19.18)).replace("\u00a0", " ") == (
        "12 из 67 частей, 41 002 счетов/с, осталось 1:28"
    )
    assert str(Progress(67, 67, 67 * PART_SIZE, 100.0)).replace("\u00a0", " ") == "67 из 67 частей, 43 909 счетов/с"
    # pieces of work that are no parts of accounts are not called so, and have no pace in accounts
    assert str(Progress(1, 3, 0, 2.0)) == "1 из 3, осталось 0:04"
