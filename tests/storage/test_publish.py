"""Publish is all or nothing, and the same content gives the same bytes."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from pipeline.contracts.ledger import ADVANCES, OPEN_ITEMS
from pipeline.storage.book import Book
from pipeline.storage.close import close
from pipeline.storage.describe import MonthIncomplete, published_tables
from pipeline.storage.lock import lock
from pipeline.storage.manifest import MANIFEST, Version, published_version, versions_of
from pipeline.storage.publish import AlreadyOpened, publish, publish_opening
from pipeline.storage.run import MonthRun
from pipeline.storage.start import MonthClosed, PredecessorNotClosed, RunUnknown
from tests.storage.samples import DECEMBER, JANUARY, NIGHT, OPENED_ON, advances, computed, written

Month = Callable[..., Version]


def published_bytes(book: Book) -> dict[str, bytes]:
    folder = book.published(DECEMBER).resolve()
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*.parquet"))}


def test_the_opening_is_a_closed_month_before_the_first(opened: Book) -> None:
    opening = published_version(opened, opened.opening_month)
    assert opening is not None and opening.is_closed and opening.folder.name == "opening"
    assert opening.totals(ADVANCES.name) == {"rows": 1, "amount_rub": "1.00"}
    assert {folder.name for folder in opening.folder.iterdir() if folder.is_dir()} == {
        table.name for table in published_tables()
    }


def test_opening_again_changes_nothing_and_another_opening_is_refused(opened: Book) -> None:
    before = published_version(opened, opened.opening_month)
    again = publish_opening(opened, {ADVANCES.name: {"part-000": advances(("a1", "p1", 100))}}, OPENED_ON)
    assert before is not None and again == before
    with pytest.raises(AlreadyOpened, match="уже открыт"):
        publish_opening(opened, {ADVANCES.name: {"part-000": advances(("a1", "p1", 101))}}, OPENED_ON)
    assert published_version(opened, opened.opening_month) == before
    assert not list((opened.root / "work").glob("*/*"))


def test_a_published_month_is_read_through_one_link(opened: Book, month_of: Month) -> None:
    version = month_of()
    assert opened.published(DECEMBER).is_symlink()
    found = pl.read_parquet(opened.root / "published" / "*" / "advances" / "*.parquet", hive_partitioning=True)
    assert found.filter(run_month="2025-12")["amount_rub"].sum() == Decimal("123.46")
    assert version.rows(ADVANCES.name) == 2
    assert version.totals(ADVANCES.name)["amount_rub"] == "123.46"


def test_the_manifest_says_from_what_the_month_was_made(opened: Book, month_of: Month) -> None:
    opening = published_version(opened, opened.opening_month)
    content = month_of().content
    assert opening is not None
    assert content["state"] == {"month": "2025-11", "content_hash": opening.content_hash}
    assert content["deliveries"] == [{"table_name": "payments", "delivery_id": "sha-2025-12"}]
    assert list(content["registers"]) == ["services"]
    assert [row[0] for row in content["rules"]["values"]] == ["ledger.due_day"]
    assert content["as_of"] == "2026-01-19"


def test_the_work_folder_is_gone_and_steps_after_publish_still_read(opened: Book, month_of: Month) -> None:
    month_of()
    run = MonthRun.resume(opened, DECEMBER, "r1")
    assert not opened.work(DECEMBER, "r1").exists()
    assert run.totals(ADVANCES)["amount_rub"] == Decimal("123.46")
    assert run.read(ADVANCES)["amount_kop"].to_list() == [12_345, 1]


def test_a_rerun_publishes_the_same_bytes_and_the_same_hash(opened: Book, month_of: Month) -> None:
    first = month_of()
    bytes_before = published_bytes(opened)
    second = month_of(run_id="r2")
    assert published_bytes(opened) == bytes_before
    assert second.content_hash == first.content_hash
    assert second.manifest["files"] == first.manifest["files"]
    assert month_of(run_id="r3", kopecks=1).content_hash != first.content_hash


def test_a_missing_table_leaves_the_published_month(opened: Book, month_of: Month) -> None:
    before = month_of()
    with lock(opened):
        run = written(MonthRun.begin(opened, DECEMBER, "r2", NIGHT), 5)
        (run.folder / OPEN_ITEMS.name / "part-000.parquet").unlink()
        with pytest.raises(MonthIncomplete, match="open_items"):
            publish(run)
    assert published_version(opened, DECEMBER) == before


def test_an_undeclared_table_is_refused(opened: Book) -> None:
    with lock(opened):
        run = written(MonthRun.begin(opened, DECEMBER, "r1", NIGHT), 5)
        (run.folder / "scratch").mkdir()
        with pytest.raises(MonthIncomplete, match="scratch"):
            publish(run)


def test_a_file_that_does_not_say_what_was_meant_is_refused(opened: Book) -> None:
    with lock(opened):
        run = written(MonthRun.begin(opened, DECEMBER, "r1", NIGHT), 5)
        file = run.folder / ADVANCES.name / "part-000.parquet"
        notes = pl.read_parquet_metadata(file)
        pl.read_parquet(file).head(1).write_parquet(
            file, metadata={name: text for name, text in notes.items() if name.startswith("raschet")}
        )
        with pytest.raises(MonthIncomplete, match="advances/part-000"):
            publish(run)


def test_publishing_again_after_a_crash_goes_on(opened: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    with lock(opened):
        run = written(MonthRun.begin(opened, DECEMBER, "r1", NIGHT), 5)
        with monkeypatch.context() as patched:
            patched.setattr("pipeline.storage.publish._flip", lambda run: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                publish(run)
        assert published_version(opened, DECEMBER) is None
        assert publish(MonthRun.resume(opened, DECEMBER, "r1")).run_id == "r1"


def test_publishing_again_after_staged_inputs_were_set_aside(opened: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    with lock(opened):
        run = written(MonthRun.begin(opened, DECEMBER, "r1", NIGHT), 5)
        with monkeypatch.context() as patched:
            patched.setattr("pipeline.storage.publish._to_version", lambda run, work: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                publish(run)
        version = publish(MonthRun.resume(opened, DECEMBER, "r1"))
    assert list(version.content["registers"]) == ["services"]
    assert version.content["rules"]["values"]


def test_the_gate_refuses_what_may_not_run(book: Book) -> None:
    def begin(month: object, run_id: str = "x") -> None:
        MonthRun.begin(book, month, run_id, NIGHT)  # type: ignore[arg-type]

    with pytest.raises(PredecessorNotClosed, match=r"не открыт.*raschet open"):
        begin(DECEMBER)
    publish_opening(book, {}, OPENED_ON)
    with pytest.raises(PredecessorNotClosed, match="ведётся с 2025-12"):
        begin(DECEMBER.previous)
    with pytest.raises(PredecessorNotClosed, match="2025-12 ещё не рассчитан"):
        begin(JANUARY)
    computed(book, DECEMBER, "r1", NIGHT, 5)
    with pytest.raises(PredecessorNotClosed, match="2025-12 ещё не закрыт"):
        begin(JANUARY)
    with pytest.raises(RunUnknown, match="уже опубликовал"):
        begin(DECEMBER, "r1")
    close(book, DECEMBER, NIGHT + timedelta(days=1))
    with pytest.raises(MonthClosed):
        begin(DECEMBER)
    begin(JANUARY)


def test_a_new_run_clears_the_debris_of_crashed_ones(opened: Book) -> None:
    with lock(opened):
        crashed = written(MonthRun.begin(opened, DECEMBER, "crashed", NIGHT), 5)
        crashed.write_personal("lists/sms", pl.DataFrame({"phone": ["x"]}))
        run = MonthRun.begin(opened, DECEMBER, "r1", NIGHT)
    assert not crashed.folder.exists()
    assert not crashed.personal.exists()
    assert run.folder.is_dir()
    with pytest.raises(RunUnknown, match="не найден"):
        MonthRun.resume(opened, DECEMBER, "crashed")


def test_nights_stay_as_long_as_the_book_says(opened: Book, month_of: Month) -> None:
    for night in range(5):
        month_of(run_id=f"n{night}", as_of=NIGHT + timedelta(days=night))
    month_of(run_id="again", as_of=NIGHT + timedelta(days=4))
    # three nights stay; of the last one the newest version and the one that it replaced
    assert {version.run_id for version in versions_of(opened, DECEMBER)} == {"n2", "n3", "n4", "again"}
    assert published_version(opened, opened.opening_month) is not None


def test_a_damaged_manifest_costs_a_closed_month_nothing(opened: Book, month_of: Month) -> None:
    closed = close(opened, DECEMBER, month_of().as_of).version
    (closed.folder / MANIFEST).write_text("{", encoding="utf-8")
    from pipeline.storage.prune import prune

    prune(opened)
    assert (closed.folder / ADVANCES.name / "part-000.parquet").is_file()


def test_nothing_in_a_table_tells_the_clock_or_the_place(opened: Book, month_of: Month) -> None:
    version = month_of()
    notes = pl.read_parquet_metadata(version.folder / ADVANCES.name / "part-000.parquet")
    assert json.loads(notes["raschet.totals"]) == {"rows": 2, "amount_rub": "123.46"}
    assert str(Path(opened.root)) not in json.dumps(version.manifest)
