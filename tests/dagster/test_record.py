"""The record of a run that is written quickly: whole, readable while it is written, checkpointed at the end."""

import sqlite3
from contextlib import closing
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.event_log.sqlite import sqlite_event_log

from pipeline.record import quick_record


@dg.op
def counted(context: dg.OpExecutionContext) -> int:
    """How many events of this run anybody else can read while it lasts."""
    written = Path(context.instance.root_directory) / "history" / "runs" / f"{context.run_id}.db"
    with closing(sqlite3.connect(written)) as reader:
        events = reader.execute("SELECT count(*) FROM event_logs").fetchone()[0]
    assert events
    return int(events)


@dg.job
def counting() -> None:
    counted()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "dagster.yaml").write_text("telemetry: {enabled: false}\n", encoding="utf-8")
    return tmp_path


def told(home: Path) -> tuple[str, list[str]]:
    """A run: its id, and the kinds of its events in order."""
    with dg.DagsterInstance.from_config(str(home)) as instance:
        run_id = counting.execute_in_process(instance=instance).run_id
        return run_id, [str(record.dagster_event_type) for record in instance.all_logs(run_id)]


def test_a_quick_record_holds_what_any_record_holds(home: Path) -> None:
    _, usual = told(home)
    with quick_record():
        run_id, quick = told(home)

    with dg.DagsterInstance.from_config(str(home)) as instance:
        afterwards = [str(record.dagster_event_type) for record in instance.all_logs(run_id)]
        assert instance.get_run_by_id(run_id).is_success  # type: ignore[union-attr]
    assert usual == quick == afterwards
    assert usual


def test_a_block_inside_another_changes_nothing(home: Path) -> None:
    with quick_record():
        kept = sqlite_event_log.create_engine
        with quick_record():
            run_id, _ = told(home)
        assert sqlite_event_log.create_engine == kept
        assert list((home / "history" / "runs").glob(f"{run_id}.db-wal")), "checkpointed by the outer block only"


def test_the_databases_are_checkpointed_and_the_storages_are_as_before(home: Path) -> None:
    before = sqlite_event_log.create_engine

    with pytest.raises(RuntimeError, match="stopped"), quick_record():
        told(home)
        assert list(home.rglob("*.db-wal"))
        raise RuntimeError("stopped")

    assert sqlite_event_log.create_engine is before
    assert list(home.rglob("*.db"))
    assert not list(home.rglob("*.db-wal"))
