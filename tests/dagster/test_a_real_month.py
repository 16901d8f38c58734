"""One month of a small town through the real job: order of checks, what the record holds, and what it must not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from pipeline.billing_month import BillingMonth
from pipeline.checks.room import Declared, Finding
from pipeline.cli.execution import Executed, execute_month
from pipeline.cli.months import show_month
from pipeline.cli.summary import summary_of
from pipeline.contracts.catalogue import tables_of
from pipeline.contracts.table import Stage
from pipeline.definitions import defs, heard_by
from pipeline.generator import generate
from pipeline.storage.book import Book
from pipeline.storage.manifest import published_version
from pipeline.storage.opening import open_book
from pipeline.storage.run import MonthRun

DECEMBER = BillingMonth(2025, 12)
PUBLISHED = {table.name for table in tables_of(Stage.PUBLISHED)}
READING = ("read", "parquet", "has", "totals")


@dataclass
class Ran:
    """A finished month: how it ended, and which tables each step and each check looked at."""

    book: Book
    home: Path
    executed: Executed
    looked_at: dict[str, set[str]] = field(default_factory=dict)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    folder = tmp_path_factory.mktemp("month")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RASCHET_BOOK", str(folder / "book"))
        patch.setenv("DAGSTER_HOME", str(folder / "dagster"))
        generate(folder / "book", accounts=120, months=1, seed=11)
        book = Book.at(folder / "book")
        open_book(book)
        step, looked_at = [""], defaultdict(set)
        for name in READING:
            patch.setattr(MonthRun, name, _watched(getattr(MonthRun, name), step, looked_at))
        patch.setattr(Declared, "asked", _told_apart(step))
        with heard_by(lambda event: step.__setitem__(0, event.step_key or "")):
            executed = execute_month(
                book, DECEMBER, as_of=date(2026, 1, 10), listen=lambda *_: None, verbose=False
            )
        yield Ran(book, folder / "dagster", executed, looked_at)


def _watched(method: object, step: list[str], looked_at: dict[str, set[str]]) -> object:
    def look(run: MonthRun, table: object, *rest: object, **named: object) -> object:
        looked_at[step[0]].add(getattr(table, "name", table))
        return method(run, table, *rest, **named)  # type: ignore[operator]

    return look


def _told_apart(step: list[str]) -> object:
    """Checks of a room are one step; what looks at a table is the check."""
    asked = Declared.asked

    def ask(declared: Declared, run: MonthRun) -> Finding:
        step[0] = declared.name
        return asked(declared, run)

    return ask


def test_the_month_of_a_small_town_passes_every_check(ran: Ran) -> None:
    assert (ran.executed.mistake, ran.executed.fault) == ("", "")
    assert ran.executed.blocking == []
    assert published_version(ran.book, DECEMBER) is not None


def test_a_check_hangs_on_the_last_table_that_it_reads(ran: Ran) -> None:
    job = defs().resolve_job_def("month")
    graph = defs().get_repository_def().asset_graph
    computed_by = {
        key.to_user_string(): job.asset_layer.get_op_output_handle(key).node_handle.name
        for key in graph.materializable_asset_keys
    }
    early = {}
    for key in graph.asset_check_keys:
        known = ancestors(graph, key.asset_key)
        rooms = {computed_by[table] for table in known}
        reads = ran.looked_at[key.name] & PUBLISHED
        early[key.name] = sorted(table for table in reads if computed_by[table] not in rooms)

    assert {name: tables for name, tables in early.items() if tables} == {}
    assert any(ran.looked_at[name] for name in early)


def ancestors(graph: dg.AssetGraph, asset: dg.AssetKey) -> set[str]:
    """The asset and everything that is finished before it."""
    found: set[str] = set()
    ahead = {asset}
    while ahead:
        key = ahead.pop()
        found.add(key.to_user_string())
        ahead |= {parent for parent in graph.get(key).parent_keys if parent.to_user_string() not in found}
    return found


def test_the_record_says_how_much_each_table_holds(ran: Ran) -> None:
    version = published_version(ran.book, DECEMBER)
    assert version is not None
    with dg.DagsterInstance.from_config(str(ran.home)) as instance:
        told = {name: instance.get_latest_materialization_event(dg.AssetKey(name)) for name in PUBLISHED}

    for name, event in told.items():
        assert event is not None, name
        assert event.asset_materialization is not None
        metadata = event.asset_materialization.metadata
        assert metadata["dagster/partition_row_count"].value == version.rows(name)
        money = [key for key in version.totals(name) if key.endswith("_rub")]
        assert all(f"total/{key}" in metadata for key in money), name


def test_no_personal_data_is_anywhere_but_in_the_personal_folder(ran: Ran) -> None:
    persons = pl.concat([pl.read_parquet(file) for file in (ran.book.landing / "persons").rglob("*.parquet")])
    contacts = pl.concat([pl.read_parquet(file) for file in (ran.book.landing / "contacts").rglob("*.parquet")])
    phones = contacts["phone"].drop_nulls().unique().to_list()
    secrets = [secret.encode() for secret in [*persons["full_name"].unique().to_list(), *phones]]
    outside = [*files_under(ran.home), *(
        file for file in files_under(ran.book.root)
        if not {"landing", "personal"} & set(file.relative_to(ran.book.root).parts)
    )]

    told = {file.name for file in outside for content in [readable(file)] if any(one in content for one in secrets)}
    assert secrets
    assert outside
    assert told == set()
    assert ran.book.personal.stat().st_mode & 0o777 == 0o700


def files_under(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file() and not file.is_symlink()]


def readable(file: Path) -> bytes:
    """Bytes of a file, and its texts where they are compressed."""
    if file.suffix != ".parquet":
        return file.read_bytes()
    return pl.read_parquet(file).write_ndjson().encode()


def test_the_summary_says_what_the_tables_say(ran: Ran, capsys: pytest.CaptureFixture[str]) -> None:
    version = published_version(ran.book, DECEMBER)
    assert version is not None

    found = summary_of(ran.book.published(DECEMBER), DECEMBER)
    show_month(ran.book, DECEMBER)

    shown = capsys.readouterr().out
    assert str(found.paid.rub) == version.totals("posted_payments")["amount_rub"]
    assert str(found.suspended.rub) == version.totals("suspended_payments")["amount_rub"]
    assert sum(rows for _, rows in found.quarantined) >= version.rows("quarantine")
    assert sum(row.claimed_rub for row in found.debtors) == Decimal(version.totals("debtors")["claimed_rub"])
    assert sum(listed.rows for listed in found.lists) == sum(
        version.rows(name) for name in ("sms_list", "call_list", "debt_receipts", "court_list")
    )
    for line in ("Невыясненные платежи", "Собрано по документам месяца", "Предложено перерасчётов", "Дальше: raschet"):
        assert line in shown
    assert str(ran.book.published(DECEMBER)) in shown
