"""Months in order: run, close when the next documents are out, verify what is closed, refuse what comes too early."""

from __future__ import annotations

import subprocess
import sys

import pytest
from dagster import DagsterInstance, DagsterRun, DagsterRunStatus, Definitions, RunsFilter

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


def test_earlier_months_are_closed_and_the_last_stays_open(
    town: Book, raschet: Raschet, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Definitions] = []

    def defs() -> Definitions:
        asked.append(with_closing)
        return with_closing

    monkeypatch.setattr("pipeline.definitions.defs", defs)

    called = raschet("run", "--month", "2026-01", "--from", "2025-12", "--as-of", "2026-02-10")

    december, january = published_version(town, DECEMBER), published_version(town, JANUARY)
    assert called.exit_code == 0, called.output
    assert december is not None
    assert january is not None
    assert (december.is_closed, str(december.as_of)) == (True, "2026-01-27")
    assert (january.is_closed, str(january.as_of)) == (False, "2026-02-10")
    assert "2025-12: рассчитан, проверен, опубликован и закрыт" in called.output
    assert "предварительный" in called.output
    assert len(asked) == 1, "the definitions are put together once for two months, three runs"


def test_a_closed_month_verifies_itself_writes_nothing_and_tells_its_damage(town: Book, raschet: Raschet) -> None:
    raschet("run", "--month", "2025-12", "--as-of", "2026-02-10")
    before = fingerprint(town)

    called = raschet("run", "--month", "2025-12", "--as-of", "2026-02-11")

    assert called.exit_code == 0
    assert "закрыт раньше; файлы сверены, ничего не записано" in called.output
    assert fingerprint(town) == before

    file = next(town.published(DECEMBER).resolve().glob("advances/*.parquet"))
    file.write_bytes(file.read_bytes()[:-9])

    assert raschet("run", "--month", "2026-01", "--from", "2025-12", "--as-of", "2026-02-11").exit_code == 2
    assert raschet("verify").exit_code == 1
    assert published_version(town, JANUARY) is None


def test_a_month_whose_next_documents_are_not_out_stays_open_and_its_run_is_in_the_record(
    town: Book, raschet: Raschet
) -> None:
    """Beside a run that a kill has left started: it is buried."""
    prepared_home(town.root)
    with DagsterInstance.get() as instance:
        left = instance.add_run(
            DagsterRun(job_name="month", status=DagsterRunStatus.STARTED, tags={BOOK_TAG: str(town.root)})
        )

        called = raschet("run", "--month", "2025-12", "--as-of", "2026-01-27")

        buried, own = instance.get_run_by_id(left.run_id), instance.get_runs(
            RunsFilter(tags={"dagster/partition": str(DECEMBER)})
        )
    december = published_version(town, DECEMBER)
    assert called.exit_code == 0
    assert december is not None
    assert not december.is_closed
    assert [(run.run_id, run.job_name, run.status) for run in own] == [
        (december.run_id, "month", DagsterRunStatus.SUCCESS)
    ]
    assert buried is not None
    assert buried.status is DagsterRunStatus.FAILURE


def test_the_next_month_does_not_begin_before_the_last_is_closed(town: Book, raschet: Raschet) -> None:
    early = raschet("run", "--month", "2026-01", "--as-of", "2026-02-10")
    unissued = raschet("run", "--month", "2025-12", "--as-of", "2025-12-19")

    assert early.exit_code == 2
    assert "считать рано: открыт 2025-12" in early.stderr
    assert unissued.exit_code == 2
    assert "выходят 20.12.2025" in unissued.stderr


def test_a_failed_check_is_exit_code_1_with_a_table_and_a_warning_stops_nothing(town: Book, raschet: Raschet) -> None:
    (town.root / BROKEN).touch()
    (town.root / ODD).touch()

    called = raschet("run", "--month", "2025-12", "--as-of", "2026-01-10")

    assert called.exit_code == 1
    assert "Суммы сходятся" in called.output
    assert "не хватает" in called.output
    assert "a1, a2" in called.output
    assert "Traceback" not in called.output
    assert "Необычно много авансов" not in called.output
    assert "Ещё предупреждений: 1." in called.output
    assert "Не пройдено: 1\u00a0проверка" in called.output
    assert published_version(town, DECEMBER) is None


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
