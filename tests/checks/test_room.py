"""Checks that only warn: they stop nothing, not even by their own failure, and the command line tells of them."""

from pathlib import Path
from tempfile import gettempdir
from threading import Barrier, get_ident
from types import SimpleNamespace

import pytest

from pipeline.billing_month import BillingMonth
from pipeline.checks import audit
from pipeline.checks.asked import rows_of
from pipeline.checks.audit import audited
from pipeline.checks.room import AT_ONCE, Check, Declared, Finding, results
from pipeline.cli.execution import Executed, FailedCheck
from pipeline.cli.failures import show_warnings
from pipeline.storage.book import Book
from pipeline.storage.parts import PART_SIZE, parts_of
from pipeline.storage.run import MonthRun, NotComputed

#: Checks below look at nothing but where a query may go that does not fit.
RUN: MonthRun = SimpleNamespace(  # type: ignore[assignment]
    book=Book.at(Path(gettempdir()) / "raschet-room"), month=BillingMonth(2026, 1), run_id="room"
)


def broken(_run: MonthRun) -> Finding:
    raise ValueError("7700001010 Иванов")


def not_computed(_run: MonthRun) -> Finding:
    raise NotComputed("Таблица staged ещё не рассчитана")


def without_files(_run: MonthRun) -> Finding:
    rows_of(RUN, "SELECT count(*) FROM read_parquet($staged)", staged=str(Path(__file__).with_suffix(".nowhere")))
    raise AssertionError("DuckDB has read what is not there")


def true(_run: MonthRun) -> Finding:
    return Finding(True, "Верно")


@pytest.mark.parametrize("staged_is_gone", [False, True])
def test_a_warning_that_cannot_be_computed_warns_of_itself_and_quotes_no_row(staged_is_gone: bool) -> None:
    found = Declared("open_items", broken, is_blocking=False).finding(RUN, staged_is_gone=staged_is_gone)

    assert not found.passed
    assert found.sentence.startswith("Проверка не выполнена: ValueError")
    assert "Иванов" not in found.sentence


@pytest.mark.parametrize("staged_is_gone", [False, True])
def test_a_blocking_check_that_cannot_be_computed_stops_the_month(staged_is_gone: bool) -> None:
    with pytest.raises(ValueError, match="7700001010"):
        Declared("open_items", broken, is_blocking=True).finding(RUN, staged_is_gone=staged_is_gone)


@pytest.mark.parametrize("check", [not_computed, without_files])
def test_what_is_set_aside_is_told_apart_from_a_failure(check: Check) -> None:
    warns = Declared("open_items", check, is_blocking=False)

    assert warns.finding(RUN).sentence.startswith("Проверка не выполнена: ")
    with pytest.raises(NotComputed):
        warns.finding(RUN, staged_is_gone=True)


def test_an_audit_goes_on_after_a_warning_that_cannot_be_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    declared = [Declared("open_items", check, is_blocking=False) for check in (broken, not_computed, true)]
    monkeypatch.setattr(audit, "DECLARED", declared)

    found = audited(RUN)

    assert (found.held, found.before_publish_only, found.faults) == (1, ("not_computed",), [])
    assert [(one.name, finding.passed) for one, finding in found.failed] == [("broken", False)]


@pytest.mark.parametrize(("is_blocking", "told"), [(False, True), (True, False)])
def test_warnings_of_a_published_month_are_told(
    is_blocking: bool, told: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    check = FailedCheck("registries", "differ", "Реестры сходятся с банком", "0", "1", "45,00", "sber-1", is_blocking)

    show_warnings(Executed("run", succeeded=True, failed_checks=[check]))

    assert ("Реестры сходятся с банком" in capsys.readouterr().out) is told


def _town(parts: int, workers: int) -> MonthRun:
    """A run of so many parts in a book of so many processes; nothing else of it is asked."""
    return SimpleNamespace(  # type: ignore[return-value]
        book=SimpleNamespace(root=RUN.book.root, workers=workers), parts=parts_of(parts * PART_SIZE),
        month=RUN.month, run_id="room",
    )


def test_checks_of_a_town_are_asked_at_once_and_told_in_their_order() -> None:
    both = Barrier(AT_ONCE, timeout=30)

    def first(_run: MonthRun) -> Finding:
        both.wait()
        return Finding(True, "Первая")

    def second(_run: MonthRun) -> Finding:
        both.wait()
        raise ValueError("7700001010 Иванов")

    declared = [Declared("open_items", check, is_blocking=True) for check in (first, second, true)]
    found = list(results(_town(parts=1, workers=2), declared))

    assert [(one.check_name, one.passed) for one in found] == [("first", True), ("second", False), ("true", True)]


@pytest.mark.parametrize(("parts", "workers"), [(2, 2), (1, 1)])
def test_checks_of_many_parts_or_of_one_process_are_asked_one_by_one(parts: int, workers: int) -> None:
    threads = set()

    def here(_run: MonthRun) -> Finding:
        threads.add(get_ident())
        return Finding(True, "Верно")

    declared = [Declared("open_items", here, is_blocking=True)] * 2
    assert len(list(results(_town(parts, workers), declared))) == 2
    assert threads == {get_ident()}
