"""Published files and views of a book read back by other readers: the same rows, sums, days and moments."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipeline.contracts.catalogue import TABLES, tables_of
from pipeline.contracts.table import Stage
from pipeline.storage.readers import CATALOGUE, columns_of
from tests.readers.facts import KINDS, Facts, facts_by_polars
from tests.town.books import RanBook

pytestmark = [pytest.mark.readers, pytest.mark.timeout(1800)]
ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
MAKE = ["make", "--no-print-directory", "-C", str(ROOT)]


@pytest.fixture(scope="session")
def python_of_readers() -> str:
    """The readers' own environment, made once from their lock and kept until the lock changes."""
    made = subprocess.run([*MAKE, "readers"], capture_output=True, text=True, check=False)
    if made.returncode != 0 and os.environ.get("RASCHET_CI") != "1":
        pytest.skip(f"окружение читателей не собирается: {made.stderr.strip()[-300:]}")
    assert made.returncode == 0, made.stderr
    return str(ROOT / ".venv-readers" / "bin" / "python")


@pytest.fixture(scope="module")
def facts(town: RanBook) -> Facts:
    return facts_by_polars(town.root)


@pytest.fixture(scope="module")
def views(town: RanBook, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of `raschet views` and, beside it, its text."""
    file = tmp_path_factory.mktemp("views") / "town.duckdb"
    raschet = [sys.executable, "-c", "from pipeline.cli import app; app()"]
    done = subprocess.run(
        [*raschet, "views", "--book", str(town.root), "--out", str(file), "--sql", str(file.with_suffix(".sql"))],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return file


def read(python: str, script: str, place: Path) -> Facts:
    # only the paths that a script needs: nothing of ours may be imported by accident
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(
        [python, str(HERE / script), str(place), json.dumps(KINDS)], env=environment, capture_output=True, text=True,
        check=False, cwd=place if place.is_dir() else place.parent,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: Facts = json.loads(done.stdout.splitlines()[-1])
    return found


def test_the_tables_that_are_read_have_every_kind_of_column_and_months(facts: Facts) -> None:
    kinds = {column.kind for table in tables_of(Stage.PUBLISHED) for column in columns_of(table)}

    assert {kind for columns in KINDS.values() for kind in columns.values()} >= {
        kind.value[0] for kind in kinds if kind.value[0] != "tariff"
    }
    # of the last month nothing is consumed yet: its readings came after the twentieth
    assert all(len(months) >= 5 and all(month["rows"] for month in months.values()) for months in facts.values())


def test_duckdb_reads_the_views(views: Path, facts: Facts) -> None:
    assert read(sys.executable, "read_duckdb.py", views) == facts


def test_the_next_duckdb_reads_the_same_file_of_views(views: Path, facts: Facts, python_of_readers: str) -> None:
    assert read(python_of_readers, "read_duckdb.py", views) == facts


def test_pandas_reads_the_same(town: RanBook, facts: Facts, python_of_readers: str) -> None:
    assert read(python_of_readers, "read_pandas.py", town.root) == facts


@pytest.mark.skipif(
    shutil.which("java") is None and os.environ.get("RASCHET_CI") != "1", reason="нет Java (default-jre-headless)"
)
def test_spark_reads_the_same(town: RanBook, facts: Facts, python_of_readers: str) -> None:
    assert read(python_of_readers, "read_spark.py", town.root) == facts


def test_every_view_has_its_columns_and_comments(views: Path) -> None:
    with duckdb.connect(str(views), read_only=True) as connection:
        told = connection.execute(
            "SELECT schema_name, table_name, column_name, comment FROM duckdb_columns() WHERE database_name = 'town'"
        ).fetchall()
        commented = dict(connection.execute(
            "SELECT schema_name || '.' || view_name, comment FROM duckdb_views() WHERE NOT internal"
        ).fetchall())
    found: dict[tuple[str, str], list[str]] = {}
    for schema, name, column, comment in told:
        found.setdefault((schema, name), []).append(column)
        assert comment or name in ("about", "month"), (schema, name, column)
    for table in tables_of(Stage.PUBLISHED):
        for schema in ("main", "latest"):
            assert found[schema, table.name] == ["run_month", *(column.name for column in columns_of(table))]
            assert commented[f"{schema}.{table.name}"]
    for table in tables_of(Stage.JOURNAL):
        assert found["journal", table.name] == [column.name for column in columns_of(table)]


def test_the_last_month_and_one_month_are_those_of_all_months(views: Path) -> None:
    with duckdb.connect(str(views), read_only=True) as connection:
        def rows(sql: str) -> list[Any]:
            return connection.execute(sql).fetchall()

        months = [month for (month,) in rows("SELECT DISTINCT run_month FROM open_items ORDER BY 1")]
        last = rows("SELECT * FROM latest.open_items ORDER BY ALL")

        assert rows("FROM latest.month") == [(months[-1],)]
        assert last and last == rows(f"SELECT * FROM open_items WHERE run_month = '{months[-1]}' ORDER BY ALL")
        assert last == rows(f"SELECT * FROM for_month.open_items('{months[-1]}') ORDER BY ALL")
        assert rows(f"SELECT * FROM for_month.open_items('{months[1]}') ORDER BY ALL") == rows(
            f"SELECT * FROM open_items WHERE run_month = '{months[1]}' ORDER BY ALL"
        )


def test_the_text_makes_the_same_views_in_a_database_of_ones_own(views: Path) -> None:
    with duckdb.connect() as connection, duckdb.connect(str(views), read_only=True) as written:
        connection.execute(views.with_suffix(".sql").read_text(encoding="utf-8"))
        for sql in ("SELECT count(*) FROM latest.debtors", "FROM about", "SELECT sum(outstanding_rub) FROM open_items"):
            assert connection.execute(sql).fetchall() == written.execute(sql).fetchall()


@pytest.mark.parametrize(("folder", "stage"), [("published", Stage.PUBLISHED), ("journal", Stage.JOURNAL)])
def test_the_catalogue_names_every_table_file_and_column(town: RanBook, folder: str, stage: Stage) -> None:
    place = town.root / folder
    told = json.loads((place / CATALOGUE).read_text(encoding="utf-8"))
    resources = {resource["name"]: resource for resource in told["resources"]}

    assert set(resources) == {table.name for table in tables_of(stage)}
    for name, resource in resources.items():
        assert [field["name"] for field in resource["schema"]["fields"]] == [c.name for c in columns_of(TABLES[name])]
        assert all(field["title"] and field["type"] for field in resource["schema"]["fields"])
        assert set(resource["schema"]["primaryKey"]) <= {field["name"] for field in resource["schema"]["fields"]}
        assert stage is Stage.JOURNAL or any(place.glob(resource["path"])), name
