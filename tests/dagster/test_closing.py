"""May a month be closed, and what closing does: registries of the cycle, a stated reason, the audit, entitlements."""

from __future__ import annotations

from datetime import date

import dagster as dg
import polars as pl
import pytest

from pipeline.billing_month import BillingMonth
from pipeline.checks.audit import Audited
from pipeline.closing import AuditFailed, close_audited
from pipeline.contracts.catalogue import tables_of
from pipeline.contracts.eligibility import ENTITLEMENTS
from pipeline.contracts.ingest import AWAITED_REGISTRIES
from pipeline.contracts.queue import WORK_QUEUE
from pipeline.contracts.table import Stage
from pipeline.jobs import close_month
from pipeline.storage import journal
from pipeline.storage.book import Book
from pipeline.storage.close import CannotClose
from pipeline.storage.closing_gate import obstacles
from pipeline.storage.cycles import CycleUnknown, cycle_of
from pipeline.storage.lock import lock
from pipeline.storage.manifest import published_version
from pipeline.storage.publish import publish
from pipeline.storage.run import MonthRun
from pipeline.storage.verify import verify

DECEMBER = BillingMonth(2025, 12)
LAST_DAY, AFTER = date(2026, 1, 27), date(2026, 2, 3)
POST = ("post", "post_cash")


def published(book: Book, *registries: tuple[date, str], as_of: date = LAST_DAY) -> None:
    """December published with registries of the post: (expected on, status)."""
    awaited = pl.DataFrame(
        [(*POST, day, day, status) for day, status in registries], schema=AWAITED_REGISTRIES.inside_schema, orient="row"
    )
    with lock(book):
        run = MonthRun.begin(book, DECEMBER, f"run-{as_of}", as_of)
        for table in tables_of(Stage.PUBLISHED):
            run.write(table, "part-000", awaited if table is AWAITED_REGISTRIES else table.empty_inside())
        publish(run)


@pytest.fixture(autouse=True)
def calm_audit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.closing.audited", lambda *_: Audited(3, (), ()))


def texts(book: Book, as_of: date = AFTER) -> list[str]:
    return [obstacle.text for obstacle in obstacles(book, DECEMBER, as_of)]


def test_nothing_stands_in_the_way_of_a_whole_cycle(book: Book) -> None:
    published(book, (date(2026, 1, 20), "received"))

    assert texts(book) == []


def test_the_next_documents_must_be_out(book: Book) -> None:
    published(book)

    assert texts(book, date(2026, 1, 27)) == ["документы следующего месяца выйдут 28.01.2026"]
    assert texts(book, date(2026, 1, 28)) == []


def test_a_late_registry_blocks_until_a_reason_is_given(book: Book) -> None:
    published(book, (date(2026, 1, 20), "late"))

    with pytest.raises(CannotClose, match=r"реестр post \(post_cash\) ожидался 20.01.2026 и не поступил.*--anyway"):
        close_audited(book, DECEMBER, as_of=AFTER)
    closed = close_audited(book, DECEMBER, as_of=AFTER, anyway="почта закрыта до февраля")

    assert closed.version.is_closed
    assert closed.version.closed is not None
    assert closed.version.closed["waived"] == {"obstacles": list(closed.waived), "reason": "почта закрыта до февраля"}
    assert [found.faults for found in verify(book)] == [(), ()]


def test_a_registry_that_may_be_late_does_not_block(book: Book) -> None:
    settings = book.root / "settings.yaml"
    told = settings.read_text(encoding="utf-8")
    settings.write_text(
        told + "feeds:\n  - {table: payments, provider: post, due_day: 20, may_be_late: true}\n", encoding="utf-8"
    )
    lenient = Book.at(book.root)
    published(lenient, (date(2026, 1, 20), "late"))

    assert texts(lenient) == []


def test_a_registry_after_the_cycle_belongs_to_the_next_month(book: Book) -> None:
    published(book, (date(2026, 2, 2), "awaited"))

    assert texts(book, date(2026, 1, 28)) == []


def test_a_month_behind_its_cycle_is_told_what_to_do(book: Book) -> None:
    published(book, as_of=date(2026, 1, 10))

    told = texts(book)[0]
    assert "рассчитан по 10.01.2026, а поступления считаются по 27.01.2026" in told
    assert "raschet run --month 2025-12 досчитает его и закроет навсегда" in told
    assert "raschet queue" not in told


def test_a_month_behind_its_cycle_is_told_with_what_is_still_open_in_it(book: Book) -> None:
    published(book, as_of=date(2026, 1, 10))
    row = dict.fromkeys(WORK_QUEUE.names)
    rows = pl.DataFrame([row, row], schema=WORK_QUEUE.outside_schema)
    next(book.published(DECEMBER).resolve().glob("work_queue/*.parquet")).unlink()
    rows.write_parquet(book.published(DECEMBER).resolve() / "work_queue/part-000.parquet")

    assert "прежде решите открытые дела (raschet queue): 2" in texts(book)[0]


def test_a_month_that_was_never_run_is_told_that_running_it_closes_it(book: Book) -> None:
    (told,) = texts(book)
    assert "raschet run --month 2025-12 рассчитает его целиком и закроет навсегда" in told
    assert texts(book, LAST_DAY) == ["месяц не рассчитан: выполните raschet run --month 2025-12"]


def test_a_failed_audit_closes_nothing(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    published(book)
    file = next(book.published(DECEMBER).resolve().glob("advances/*.parquet"))
    file.write_bytes(file.read_bytes()[:-3])

    with pytest.raises(AuditFailed, match="файл advances/part-000 изменён после публикации"):
        close_audited(book, DECEMBER, as_of=AFTER)

    version = published_version(book, DECEMBER)
    assert version is not None
    assert not version.is_closed


def test_closing_enters_what_the_month_grants_once(book: Book) -> None:
    published(book)

    first = close_audited(book, DECEMBER, as_of=AFTER)
    again = close_audited(book, DECEMBER, as_of=AFTER)

    assert (first.was_closed_before, again.was_closed_before) == (False, True)
    assert journal.keys(book, ENTITLEMENTS) == ["2025-12"]


def test_the_newest_snapshot_of_the_day_says_the_cycle(book: Book) -> None:
    moved = book.landing / "cycles" / "as_of=2026-01-15"
    moved.mkdir()
    pl.DataFrame(
        [(date(2025, 12, 1), date(2025, 12, 20), date(2026, 1, 30))],
        schema=["billing_month", "issue_on", "next_issue_on"], orient="row",
    ).write_parquet(moved / "cycles.parquet")

    assert cycle_of(book, DECEMBER, date(2026, 1, 14)).last_day == date(2026, 1, 27)
    assert cycle_of(book, DECEMBER, date(2026, 1, 15)).last_day == date(2026, 1, 29)
    with pytest.raises(CycleUnknown, match="нет месяца 2026-01"):
        cycle_of(book, DECEMBER.next, date(2026, 1, 15))


def test_the_job_that_closes_tells_in_russian_what_it_found(book: Book) -> None:
    published(book, (date(2026, 1, 20), "late"))

    def closed(as_of: str, anyway: str = "") -> dg.ExecuteInProcessResult:
        config = {"ops": {"closed_month": {"config": {"as_of": as_of, "anyway": anyway}}}}
        return close_month.execute_in_process(run_config=config, partition_key="2025-12", raise_on_error=False)

    unread, refused, done = closed("вчера"), closed(str(AFTER)), closed(str(AFTER), "почта закрыта")

    told = [error_of(result) for result in (unread, refused)]
    assert "Дата «вчера» не читается" in told[0]
    assert "реестр post (post_cash) ожидался 20.01.2026" in told[1]
    assert done.success
    metadata = next(event for event in done.all_events if event.is_successful_output).step_output_data.metadata
    assert metadata["сошлось проверок"].value == 3
    assert "реестр post (post_cash)" in str(metadata["закрыт, не дожидаясь"].value)


def error_of(result: dg.ExecuteInProcessResult) -> str:
    failure = next(event for event in result.all_events if event.is_step_failure)
    return str(failure.step_failure_data.error)
