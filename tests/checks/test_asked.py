"""How audit queries are asked: of one part after another, of all files, and what is found in sum."""

from collections.abc import Callable
from pathlib import Path
from resource import RLIMIT_FSIZE, getrlimit, setrlimit
from signal import SIG_IGN, SIGXFSZ, signal
from types import SimpleNamespace
from typing import Any

import duckdb
import polars as pl
import pytest

from pipeline.audit import queries
from pipeline.billing_month import BillingMonth
from pipeline.checks import asked
from pipeline.checks.asked import (
    Broken,
    broken,
    broken_in_parts,
    ids_in_parts,
    looked,
    of_part,
    rows_of,
    sums_in_parts,
)
from pipeline.storage.book import Book
from pipeline.storage.run import MonthRun, NotComputed


@pytest.fixture
def run(tmp_path: Path) -> MonthRun:
    def map_parts(task: Callable[..., Any], parts: list[str], **values: Any) -> list[Any]:
        return [task(stand_in, part, **values) for part in parts]

    stand_in = SimpleNamespace(
        book=Book.at(tmp_path), month=BillingMonth(2026, 1), run_id="asked", map_parts=map_parts
    )
    return stand_in  # type: ignore[return-value]


@pytest.fixture
def tables(tmp_path: Path) -> dict[str, str]:
    """Owed in three parts, paid in two of them, rates in one file for all."""
    def laid(table: str, part: str, rows: dict[str, list[Any]]) -> None:
        (tmp_path / table).mkdir(exist_ok=True)
        pl.DataFrame(rows).write_parquet(tmp_path / table / f"{part}.parquet")

    laid("owed", "part-000", {"account_id": ["a9", "a1"], "kop": [100, 200]})
    laid("owed", "part-001", {"account_id": ["a0", "a5"], "kop": [300, 400]})
    laid("owed", "unplaced", {"account_id": ["a7"], "kop": [500]})
    laid("paid", "part-000", {"account_id": ["a9", "a1"], "kop": [100, 150]})
    laid("paid", "part-001", {"account_id": ["a0", "a9"], "kop": [300, 1]})
    laid("rates", "whole", {"rate": [2]})
    return {name: str(tmp_path / name / "*.parquet") for name in ("owed", "paid", "rates")}


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """A query of the test under a name."""
    def named(text: str) -> str:
        monkeypatch.setattr(asked, "query", lambda name: text if name == "asked" else queries.query(name))
        return "asked"

    return named


UNPAID = """SELECT owed.account_id, owed.kop - coalesce(paid.kop, 0) AS difference_kop
FROM read_parquet($owed) AS owed LEFT JOIN read_parquet($paid) AS paid ON paid.account_id = owed.account_id
WHERE owed.kop <> coalesce(paid.kop, 0) ORDER BY owed.account_id"""


def test_a_part_is_asked_over_its_own_files_and_one_without_a_file_has_no_rows(
    run: MonthRun, tables: dict[str, str], ask: Callable[[str], str]
) -> None:
    """The payment of a9 in the other part is not seen; a7 is in a part without payments."""
    assert broken_in_parts(run, ask(UNPAID), tables) == Broken(3, 50 + 400 + 500, ("a1", "a5", "a7"))


def test_all_files_of_a_table_are_given_to_every_part_that_asks_for_them(
    run: MonthRun, tables: dict[str, str], ask: Callable[[str], str]
) -> None:
    name = ask(UNPAID.replace("$paid", "$all_paid"))

    assert broken_in_parts(run, name, tables).rows == 4


def test_a_table_that_is_not_cut_is_read_whole_in_every_part(
    run: MonthRun, tables: dict[str, str], ask: Callable[[str], str]
) -> None:
    name = ask("SELECT sum(kop * rate) AS kop FROM read_parquet($owed), read_parquet($rates) AS rates")

    assert sums_in_parts(run, name, tables) == {"kop": 3000}


def test_figures_too_large_for_a_look_are_none(
    run: MonthRun, tables: dict[str, str], ask: Callable[[str], str]
) -> None:
    name = ask("SELECT sum(kop * 9223372036854775807) AS kop FROM read_parquet($owed)")

    assert sums_in_parts(run, name, tables) == {}


def test_samples_are_the_first_ids_whatever_part_they_are_in(
    run: MonthRun, tables: dict[str, str], ask: Callable[[str], str]
) -> None:
    name = ask("SELECT account_id, 1 AS difference_kop FROM read_parquet($owed) ORDER BY account_id")
    in_parts, at_once = broken_in_parts(run, name, tables), broken(run, name, tables)

    assert in_parts == at_once == Broken(5, 5, ("a0", "a1", "a5", "a7", "a9"))
    told = in_parts.finding("Долгов нет")
    assert (told.passed, told.found, told.difference, told.direction) == (False, 5, "0,05\N{NO-BREAK SPACE}₽", "больше")


def test_a_table_whose_files_are_set_aside_is_told_apart(
    run: MonthRun, tables: dict[str, str], ask: Callable[[str], str], tmp_path: Path
) -> None:
    with pytest.raises(NotComputed, match="owed"):
        broken_in_parts(run, ask(UNPAID), tables | {"owed": str(tmp_path / "nowhere" / "*.parquet")})


def test_months_of_a_table_give_the_files_of_the_part(tables: dict[str, str]) -> None:
    _, filled = of_part("FROM read_parquet($ever)", {"ever": [tables["paid"], tables["owed"]]}, "unplaced")

    assert [Path(file).parent.name for file in filled["ever"]] == ["owed"]


def test_a_query_that_does_not_fit_goes_to_the_disk_and_is_answered(
    run: MonthRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asked, "query_mb", lambda book: 60)
    asked._database.cache_clear()
    try:
        rows = rows_of(run, "SELECT count(*) AS ids FROM (SELECT DISTINCT hash(range) FROM range(4000000))")
        assert rows == [{"ids": 4_000_000}]
        assert asked._scratch(run).is_dir(), "it did not fit"
    finally:
        asked._database.cache_clear()
    assert not asked._scratch(run).exists(), "nothing is left behind"


def test_a_query_leaves_no_folder_of_its_month(run: MonthRun, tables: dict[str, str]) -> None:
    """Asked of a published month, which has no run under way."""
    rows_of(run, "SELECT count(*) AS rows FROM read_parquet($owed)", **tables)

    assert not run.book.works(run.month).exists()


def test_one_look_serves_as_long_as_no_file_changes(
    run: MonthRun, tables: dict[str, str], ask: Callable[[str], str]
) -> None:
    name = ask("SELECT sum(kop) AS kop FROM read_parquet($paid)")
    assert looked(run, name, tables) == {"kop": 551}

    file = Path(tables["paid"]).parent / "part-001.parquet"
    pl.read_parquet(file).head(1).write_parquet(file)

    assert looked(run, name, tables) == {"kop": 550}


def test_ids_of_all_parts_come_once_and_in_order(
    run: MonthRun, tables: dict[str, str], ask: Callable[[str], str]
) -> None:
    assert ids_in_parts(run, ask("SELECT account_id FROM read_parquet($paid)"), tables) == ["a0", "a1", "a9"]


def test_a_full_disk_is_no_reason_to_leave_a_check_out(run: MonthRun, monkeypatch: pytest.MonkeyPatch) -> None:
    """An audit passes over checks whose files are set aside; a query that met no room has told nothing."""
    monkeypatch.setattr(asked, "query_mb", lambda book: 60)
    asked._database.cache_clear()
    before, on_excess = getrlimit(RLIMIT_FSIZE), signal(SIGXFSZ, SIG_IGN)
    try:
        setrlimit(RLIMIT_FSIZE, (1 << 20, before[1]))
        with pytest.raises(duckdb.IOException, match="Could not write"):
            rows_of(run, "SELECT count(*) AS ids FROM (SELECT DISTINCT hash(range) FROM range(4000000))")
    finally:
        setrlimit(RLIMIT_FSIZE, before)
        signal(SIGXFSZ, on_excess)
        asked._database.cache_clear()


def test_a_file_of_any_name_is_read_beside_values(run: MonthRun, tmp_path: Path) -> None:
    folder = tmp_path / "o'clock $month"
    folder.mkdir()
    pl.DataFrame({"kop": [1, 2, 3]}).write_parquet(folder / "part-000.parquet")

    counted = "SELECT count(*) AS rows, $month AS month FROM read_parquet($owed, filename = true) WHERE kop > $least"
    for files in (str(folder / "*.parquet"), [str(folder / "part-000.parquet")]):
        assert rows_of(run, counted, owed=files, least=1, month="2026-01") == [{"rows": 2, "month": "2026-01"}]
