"""Every measurement runs once on a small book, so that it keeps working. No time is judged."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from bench import compared, month, page
from bench.page import machine
from bench.peers.answers import fingerprints
from tests.readers.environment import python_of_readers

ACCOUNTS = 600
#: Months in a row cost the same few seconds each, however few accounts they have.
FEW = 60
pytestmark = pytest.mark.timeout(1800)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bench")


@pytest.mark.readers
def test_pandas_and_duckdb_find_the_same_rows_as_the_rooms(place: Path) -> None:
    told = compared.compared(place, ACCOUNTS, ["pandas", "duckdb"], python_of_readers(), rounds=1)

    assert told["accounts_in_the_job"] > ACCOUNTS * 0.8
    assert all(rows > ACCOUNTS for rows in told["rows"].values())
    assert all(found["cpu_s"] > 0 and found["peak_mib"] > 0 for found in told["engines"].values())


def test_another_answer_stops_the_measurement() -> None:
    rows = {"movements": pl.DataFrame({"payment_id": ["p1", "p2", "p2"], "allocated_kop": [100, 5, 5]})}
    shuffled = {name: frame.reverse().cast({"allocated_kop": pl.Int32}) for name, frame in rows.items()}
    without_a_row = {name: frame.head(-1) for name, frame in rows.items()}
    ours = fingerprints(rows)

    compared.require_same({"raschet": ours, "pandas": fingerprints(shuffled)})
    with pytest.raises(compared.AnswersDiffer, match="than ours: duckdb:"):
        compared.require_same({"raschet": ours, "pandas": ours, "duckdb": fingerprints(without_a_row)})


def test_the_page_says_which_program_each_figure_is_of(tmp_path: Path) -> None:
    results, commits = tmp_path / "results", {"history-1": "aaa1111", "history-2": "bbb2222", "history-3": "aaa1111"}
    results.mkdir()
    months = [{"month": "2026-01", "cpu_s": 1.0, "open_items": 1}, {"month": "2026-02", "cpu_s": 2.0, "open_items": 2}]
    for name, commit in commits.items():
        told = {"machine": machine() | {"commit": commit}, "accounts": 1, "months": months}
        (results / f"{name}.json").write_text(json.dumps(told), encoding="utf-8")

    page.write(results, tmp_path / "performance.md", tmp_path / "images")

    text = (tmp_path / "performance.md").read_text(encoding="utf-8")
    assert "- program `aaa1111`: `history-1`, `history-3`\n- program `bbb2222`: `history-2`\n" in text


def test_a_month_is_measured_against_its_floor_and_by_stages_and_the_page_is_written(place: Path) -> None:
    whole = month.month_of(place, ACCOUNTS, workers=1)
    stages = month.stages_of(place, ACCOUNTS)

    assert whole["cpu_s"] > whole["floor_cpu_s"] > 0
    assert whole["rows_read"] > ACCOUNTS
    named = [stage["stage"] for stage in stages]
    assert {"ingest", "ledger", "metering", "eligibility", "debt", "publish"} <= set(named)
    assert sum(name.startswith("check ") for name in named) > 40

    kept = place / "results"
    kept.mkdir()
    for name, told in (("month-600-1", whole), ("stages-600", {"accounts": ACCOUNTS, "stages": stages})):
        (kept / f"{name}.json").write_text(json.dumps({"machine": machine(), **told}), encoding="utf-8")
    page.write(kept, place / "performance.md", place / "images")
    text = (place / "performance.md").read_text(encoding="utf-8")
    assert "Times the floor" in text
    assert f"Where the CPU goes: {ACCOUNTS} accounts" in text
    assert (place / "images" / "performance-stages.svg").read_text(encoding="utf-8").startswith("<svg")


@pytest.mark.parametrize("months", [1, pytest.param(2, marks=pytest.mark.deep)])
def test_months_in_a_row(place: Path, months: int) -> None:
    told = month.history_of(place, FEW, months)

    assert [one["month"] for one in told] == ["2026-08", "2026-09"][-months:]
    assert all(one["open_items"] > 0 and one["cpu_s"] > 0 for one in told)
