"""Months in order: run, close when the next documents are out, verify what is closed, refuse what comes too early."""

from __future__ import annotations

import subprocess
import sys

import pytest
from dagster import DagsterInstance, DagsterRun, DagsterRunStatus, Definitions

from pipeline.billing_month import BillingMonth
from pipeline.cli.instance import prepared_home
from pipeline.jobs import BOOK_TAG
from pipeline.storage.book import Book
from pipeline.storage.manifest import published_version
from tests.cli.conftest import Raschet
from tests.dagster.imitated import BROKEN, ODD, with_closing

DECEMBER, JANUARY = BillingMonth(2025, 12), BillingMonth(2026, 1)


def fingerprint(book: Book) -> dict[str, tuple[int, int]]:
    files = [path for path in book.root.rglob("*") if path.is_file() and path.name != ".lock"]
    return {str(path): (path.stat().st_mtime_ns, path.stat().st_size) for path in files}


def test_earlier_months_are_closed_and_the_last_stays_open(town: Book, raschet: Raschet) -> None:
    called = raschet("run", "--month", "2026-01", "--from", "2025-12", "--as-of", "2026-02-10")

    december, january = published_version(town, DECEMBER), published_version(town, JANUARY)
    assert called.exit_code == 0, called.output
    assert december is not None
    assert january is not None
    assert (december.is_closed, str(december.as_of)) == (True, "2026-01-27")
    assert (january.is_closed, str(january.as_of)) == (False, "2026-02-10")
    assert "2025-12: рассчитан, проверен, опубликован и закрыт" in called.output
    assert "предварительный" in called.output


def test_the_definitions_are_put_together_once_for_all_months(
    town: Book, raschet: Raschet, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Definitions] = []

    def defs() -> Definitions:
        asked.append(with_closing)
        return with_closing

    monkeypatch.setattr("pipeline.definitions.defs", defs)

    raschet("run", "--month", "2026-01", "--from", "2025-12", "--as-of", "2026-02-10")

    january = published_version(town, JANUARY)
    assert january is not None
    assert len(asked) == 1, "two months, three runs"


def test_a_closed_month_verifies_itself_and_writes_nothing(town: Book, raschet: Raschet) -> None:
    raschet("run", "--month", "2025-12", "--as-of", "2026-02-10")
    before = fingerprint(town)

    called = raschet("run", "--month", "2025-12", "--as-of", "2026-02-11")

    assert called.exit_code == 0
    assert "закрыт раньше; файлы сверены, ничего не записано" in called.output
    assert fingerprint(town) == before


def test_a_damaged_closed_month_is_told(town: Book, raschet: Raschet) -> None:
    raschet("run", "--month", "2025-12", "--as-of", "2026-02-10")
    file = next(town.published(DECEMBER).resolve().glob("advances/*.parquet"))
    file.write_bytes(file.read_bytes()[:-9])

    assert raschet("run", "--month", "2026-01", "--from", "2025-12", "--as-of", "2026-02-11").exit_code == 2
    assert raschet("verify").exit_code == 1
    assert published_version(town, JANUARY) is None


def test_a_month_whose_next_documents_are_not_out_stays_open(town: Book, raschet: Raschet) -> None:
    called = raschet("run", "--month", "2025-12", "--as-of", "2026-01-27")

    december = published_version(town, DECEMBER)
    assert called.exit_code == 0
    assert december is not None
    assert not december.is_closed


def test_the_next_month_does_not_begin_before_the_last_is_closed(town: Book, raschet: Raschet) -> None:
    early = raschet("run", "--month", "2026-01", "--as-of", "2026-02-10")
    unissued = raschet("run", "--month", "2025-12", "--as-of", "2025-12-19")

    assert early.exit_code == 2
    assert "считать рано: открыт 2025-12" in early.stderr
    assert unissued.exit_code == 2
    assert "выходят 20.12.2025" in unissued.stderr


def test_a_failed_check_is_exit_code_1_with_a_table(town: Book, raschet: Raschet) -> None:
    (town.root / BROKEN).touch()

    called = raschet("run", "--month", "2025-12", "--as-of", "2026-01-10")

    assert called.exit_code == 1
    assert "Суммы сходятся" in called.output
    assert "не хватает" in called.output
    assert "a1, a2" in called.output
    assert "Traceback" not in called.output
    assert published_version(town, DECEMBER) is None


def test_a_warning_is_not_told_as_what_stopped_the_month(town: Book, raschet: Raschet) -> None:
    (town.root / BROKEN).touch()
    (town.root / ODD).touch()

    called = raschet("run", "--month", "2025-12", "--as-of", "2026-01-10")

    assert called.exit_code == 1
    assert "Необычно много авансов" not in called.output
    assert "Ещё предупреждений: 1." in called.output
    assert "Не пройдено: 1\u00a0проверка" in called.output


def test_close_says_what_prevents_it(town: Book, raschet: Raschet) -> None:
    unrun = raschet("close", "--month", "2025-12", "--as-of", "2026-02-10")
    raschet("run", "--month", "2025-12", "--as-of", "2026-01-10")
    early = raschet("close", "--month", "2025-12", "--as-of", "2026-01-11")
    behind = raschet("close", "--month", "2025-12", "--as-of", "2026-02-10")
    raschet("run", "--month", "2025-12", "--as-of", "2026-01-27")
    closed = raschet("close", "--month", "2025-12", "--as-of", "2026-02-10")
    again = raschet("close", "--month", "2025-12", "--as-of", "2026-02-10")

    assert [called.exit_code for called in (unrun, early, behind, closed, again)] == [2, 2, 2, 0, 0]
    assert "месяц не рассчитан" in unrun.stderr
    assert "документы следующего месяца выйдут 28.01.2026" in early.stderr
    assert "рассчитан по 10.01.2026, а поступления считаются по 27.01.2026" in behind.stderr
    assert "ничего не записано" in again.output


def test_a_second_command_on_a_busy_book_is_told_who_holds_it(town: Book, raschet: Raschet) -> None:
    holding = (
        "import pathlib, sys; from pipeline.storage.book import Book; from pipeline.storage.lock import lock\n"
        "with lock(Book.at(pathlib.Path(sys.argv[1]))):\n    print('held', flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", holding, str(town.root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "held\n"

    called = raschet("run", "--month", "2025-12", "--as-of", "2026-01-10")
    other.communicate("")

    assert called.exit_code == 2
    assert f"Участок занят процессом {other.pid}" in called.stderr


def test_runs_of_the_command_line_are_in_the_record(town: Book, raschet: Raschet) -> None:
    raschet("run", "--month", "2025-12", "--as-of", "2026-01-10")

    with DagsterInstance.get() as instance:
        runs = instance.get_runs()
    assert [(run.job_name, run.status) for run in runs] == [("month", DagsterRunStatus.SUCCESS)]
    assert runs[0].tags["dagster/partition"] == "2025-12"
    version = published_version(town, DECEMBER)
    assert version is not None
    assert version.run_id == runs[0].run_id


def test_a_run_that_a_kill_left_started_is_buried(town: Book, raschet: Raschet) -> None:
    prepared_home(town.root)
    with DagsterInstance.get() as instance:
        left = DagsterRun(job_name="month", status=DagsterRunStatus.STARTED, tags={BOOK_TAG: str(town.root)})
        run = instance.add_run(left)

        raschet("run", "--month", "2025-12", "--as-of", "2026-01-10")

        buried = instance.get_run_by_id(run.run_id)
    assert buried is not None
    assert buried.status is DagsterRunStatus.FAILURE
