"""The comparison itself: the same bytes twice, two months, an identity that is seen to fail, runs by their names."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from pipeline.reports.changes.beside import drawn_into
from pipeline.reports.changes.compare import compare
from pipeline.reports.changes.named import UnknownRun, version_named
from pipeline.reports.changes.sides import NotComparable
from pipeline.storage.book import Book
from pipeline.storage.manifest import MANIFEST
from tests.reports.changes.conftest import Nights
from tests.town.books import RanBook, copied, raschet_here


def written(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*.*"))}


def test_the_same_two_versions_give_the_same_bytes(nights: Nights, tmp_path: Path) -> None:
    for name in ("once", "twice"):
        drawn_into(compare(*nights.kept, tmp_path / name), tmp_path / name)

    once = written(tmp_path / "once")
    assert "changes.html" in once
    compare(*nights.kept, tmp_path / "once")
    assert once == written(tmp_path / "once")
    assert once == written(tmp_path / "twice")


def test_only_its_own_files_make_room_for_a_new_comparison(nights: Nights, tmp_path: Path) -> None:
    changes = tmp_path / "out" / "changes"
    (changes / "thesis").mkdir(parents=True)
    kept = [changes / "thesis" / "part-000.parquet", changes / "notes.txt"]
    own = [changes / "part-999.parquet", changes / "people.parquet", changes / "unplaced.parquet"]
    for file in (*kept, *own):
        file.write_text("старое", encoding="utf-8")

    compare(*nights.kept, tmp_path / "out")

    assert [file.read_text(encoding="utf-8") for file in kept] == ["старое", "старое"]
    assert all(file.read_bytes()[:4] == b"PAR1" for file in own if file.exists())
    assert not own[0].exists()
    (changes / "thesis.parquet").write_text("чужое", encoding="utf-8")
    with pytest.raises(NotComparable, match=r"thesis\.parquet"):
        compare(*nights.kept, tmp_path / "out")
    assert (changes / "thesis.parquet").read_text(encoding="utf-8") == "чужое"


def test_a_manifest_that_says_another_total_is_found(nights: Nights, tmp_path: Path) -> None:
    tampered = copied(nights.kept[1], tmp_path / "after")
    manifest = json.loads((tampered / MANIFEST).read_text(encoding="utf-8"))
    manifest["content"]["tables"]["open_items"]["totals"]["outstanding_rub"] = "0.01"
    (tampered / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")

    found = compare(nights.kept[0], tampered, tmp_path / "out")

    assert [total["measure_code"] for total in found.untold] == ["outstanding"]
    assert "Не сходится" in drawn_into(found, tmp_path / "out").read_text(encoding="utf-8")


def test_a_row_that_no_fact_explains_is_loud(nights: Nights, tmp_path: Path) -> None:
    """Somebody has changed a file: the same inputs, another debt."""
    tampered = copied(nights.kept[0], tmp_path / "after")
    file = next((tampered / "open_items").glob("part-000.parquet"))
    pl.read_parquet(file).with_columns(outstanding_rub=pl.col("outstanding_rub") + 1).write_parquet(file)
    manifest = json.loads((tampered / MANIFEST).read_text(encoding="utf-8"))
    manifest["content"]["tables"]["open_items"]["parts"]["part-000"] = "another"
    (tampered / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")

    found = compare(nights.kept[0], tampered, tmp_path / "out")

    assert {row["cause_code"] for row in found.unexplained} == {"unexplained"}
    assert "Без причины" in drawn_into(found, tmp_path / "out").read_text(encoding="utf-8")


def test_two_months_are_told_by_account_and_cause(town: RanBook, tmp_path: Path) -> None:
    april, may = (version_named(town.book, name) for name in ("2026-04", "2026-05"))

    found = compare(april.folder, may.folder, tmp_path)
    changes = pl.read_parquet(tmp_path / "changes" / "*.parquet")

    assert not found.untold
    assert not found.unexplained
    assert {"new_document", "new_payment"} <= {row["cause_code"] for row in found.largest_causes()}
    assert "payment_allocations" not in set(changes["table_name"]), "movements of a cycle are counted by cause only"
    items = changes.filter(pl.col("table_name") == "open_items")
    assert not items.select("measure_code", "account_id", "cause_code").is_duplicated().any()


def test_the_later_month_cannot_come_first(town: RanBook, tmp_path: Path) -> None:
    april, may = (version_named(town.book, name) for name in ("2026-04", "2026-05"))

    with pytest.raises(NotComparable, match="позже"):
        compare(may.folder, april.folder, tmp_path)


@pytest.mark.parametrize("name", ["2025-12", "2025-12@previous", "2025-12@2026-01-17"])
def test_runs_are_found_by_month_night_and_beginning(nights: Nights, name: str) -> None:
    book = Book.at(nights.root)
    found = version_named(book, name)

    assert version_named(book, found.run_id[:8]).run_id == found.run_id


@pytest.mark.parametrize("name", ["2024-01", "2025-12@2025-01-01", "2025-12@nobody", "zzzz"])
def test_an_unknown_run_is_answered_by_the_list_of_known_ones(nights: Nights, name: str) -> None:
    with pytest.raises(UnknownRun, match="Есть запуски"):
        version_named(Book.at(nights.root), name)


def test_the_command_compares_and_speaks_russian(nights: Nights, tmp_path: Path) -> None:
    said = raschet_here(nights.root, "diff", "2025-12@previous", "2025-12", "--out", str(tmp_path), home=tmp_path)
    unknown = raschet_here(nights.root, "diff", "2025-12", "zzzz", home=tmp_path)

    assert said.exit_code == 0, said.output
    assert (tmp_path / "changes.html").is_file()
    assert "Ничего не изменилось" in said.output
    assert unknown.exit_code == 2
    assert "Есть запуски" in unknown.output + unknown.stderr
