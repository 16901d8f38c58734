"""Nothing appears before every blocking check has passed; what was published before stays to the byte."""

from __future__ import annotations

from datetime import date

import dagster as dg

from pipeline.billing_month import BillingMonth
from pipeline.jobs import month_config
from pipeline.month_context import let_go
from pipeline.storage.book import Book
from pipeline.storage.manifest import published_version
from tests.dagster.imitated import BROKEN, CRASHING, NAME, ODD, WRECKED, imitated

DECEMBER = BillingMonth(2025, 12)


def run(
    book: Book, as_of: date = date(2026, 1, 10), instance: dg.DagsterInstance | None = None
) -> dg.ExecuteInProcessResult:
    result = imitated.resolve_job_def("month").execute_in_process(
        run_config=month_config(as_of), partition_key="2025-12", raise_on_error=False,
        instance=instance or dg.DagsterInstance.ephemeral(),
    )
    let_go(book.root)
    return result


def test_a_failing_warning_stops_nothing_and_a_failing_blocking_check_leaves_the_published_month(book: Book) -> None:
    (book.root / ODD).touch()
    warned = run(book)
    before = published_version(book, DECEMBER)
    (book.root / BROKEN).touch()

    stopped = run(book, as_of=date(2026, 1, 11))

    order = [event.step_key for event in warned.all_events if event.is_step_start]
    after = published_version(book, DECEMBER)
    assert warned.success
    assert [one.check_name for one in warned.get_asset_check_evaluations() if not one.passed] == ["nothing_is_odd"]
    assert order[-1] == "published_month", "every check looks before the files are moved, warnings too"
    assert before is not None
    assert before.run_id == warned.run_id
    assert not stopped.success
    assert "published_month" not in {event.step_key for event in stopped.all_events if event.is_step_start}
    assert after is not None
    assert (after.folder, after.content_hash) == (before.folder, before.content_hash)


def test_a_check_that_crashes_has_failed_and_hides_no_other(book: Book) -> None:
    """All checks of a room are one step: whatever one of them finds or suffers, the others have their say."""
    for spoilt in (BROKEN, ODD, WRECKED):
        (book.root / spoilt).touch()
    instance = dg.DagsterInstance.ephemeral()

    result = run(book, instance=instance)

    found = {one.check_name: one for one in result.get_asset_check_evaluations()}
    assert not result.success
    assert published_version(book, DECEMBER) is None
    assert {name: (one.passed, one.severity) for name, one in found.items()} == {
        "nothing_is_wrecked": (False, dg.AssetCheckSeverity.ERROR),
        "sums_agree": (False, dg.AssetCheckSeverity.ERROR),
        "nothing_is_odd": (False, dg.AssetCheckSeverity.WARN),
    }
    assert (found["nothing_is_wrecked"].description or "").startswith("Проверка не выполнена: ValueError")
    assert {one.partition for one in found.values()} == {"2025-12"}
    assert NAME not in "\n".join(str(record) for record in instance.all_logs(result.run_id))


def test_a_check_that_crashes_stops_the_month(book: Book) -> None:
    (book.root / WRECKED).touch()

    result = run(book)

    assert "published_month" not in {event.step_key for event in result.all_events if event.is_step_start}
    assert [one.check_name for one in result.get_asset_check_evaluations() if not one.passed] == ["nothing_is_wrecked"]


def test_an_error_of_a_step_carries_no_value_of_a_row(book: Book) -> None:
    (book.root / CRASHING).touch()
    instance = dg.DagsterInstance.ephemeral()

    result = run(book, instance=instance)

    told = "\n".join(str(record) for record in instance.all_logs(result.run_id))
    assert not result.success
    assert "StepFailed" in told
    assert "ValueError" in told
    assert NAME not in told


def test_a_table_outside_the_job_is_refused(book: Book) -> None:
    result = dg.materialize(
        [asset for asset in imitated.assets or [] if isinstance(asset, dg.AssetsDefinition)],
        partition_key="2025-12", raise_on_error=False,
        run_config={"ops": {"run_of_month": {"config": {"as_of": "2026-01-10"}}}},
    )

    assert not result.success
    assert published_version(book, DECEMBER) is None


def test_two_runs_at_once_are_one(book: Book) -> None:
    import subprocess
    import sys

    holding = "from pipeline.storage.book import Book; from pipeline.storage.lock import lock; import sys, pathlib\n" \
              "with lock(Book.at(pathlib.Path(sys.argv[1]))):\n    print('held', flush=True); sys.stdin.read()"
    other = subprocess.Popen(
        [sys.executable, "-c", holding, str(book.root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "held\n"
    instance = dg.DagsterInstance.ephemeral()

    result = run(book, instance=instance)
    other.communicate("")

    assert not result.success
    assert any("Участок занят" in str(record) for record in instance.all_logs(result.run_id))
    assert run(book).success
