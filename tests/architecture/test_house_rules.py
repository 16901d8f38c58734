"""Rules of the house that no reviewer should have to repeat: sizes, one place for each fact, floors, no floats."""

import ast
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from pipeline.contracts.catalogue import TABLES, tables_of
from pipeline.contracts.russian import ABOUT
from pipeline.contracts.table import Kind, Stage, Table

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "pipeline").rglob("*.py"))
LINES_WALL = 300
FUNCTION_WALL = 70


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("source", SOURCES, ids=named)
def test_a_file_has_one_subject_and_says_which(source: Path) -> None:
    text = source.read_text(encoding="utf-8")
    tree = ast.parse(text)

    assert ast.get_docstring(tree), "a module opens with what belongs in it"
    assert text.count("\n") <= LINES_WALL, "a crowded room is redesigned, not added to"


@pytest.mark.parametrize("source", SOURCES, ids=named)
def test_functions_stay_short(source: Path) -> None:
    functions = [
        node for node in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]

    too_long = {f.name: (f.end_lineno or 0) - f.lineno + 1 for f in functions}
    assert {name: lines for name, lines in too_long.items() if lines > FUNCTION_WALL} == {}


@pytest.mark.parametrize(
    ("spelling", "only_in"),
    [
        (".round(", {"pipeline/money.py"}),
        ("pl.Float64", set()),
        ("pl.Float32", set()),
        # a chart is drawn and an Excel cell is written from JSON numbers and doubles: they know nothing else
        ("float(", {"pipeline/rendering/charts.py", "pipeline/rendering/workbook.py"}),
        ("schema.validate(", {"pipeline/contracts/gate.py"}),
        ("rm -rf", set()),
    ],
)
def test_one_place_for_each_fact(spelling: str, only_in: set[str]) -> None:
    found = {named(source) for source in SOURCES if spelling in source.read_text(encoding="utf-8")}

    assert found <= only_in


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_every_table_and_column_says_what_it_means(table: Table) -> None:
    assert table.grain
    assert table.primary_key
    for column in table.columns:
        assert column.meaning, column.name
        needs_unit = column.kind in {Kind.MONEY, Kind.TARIFF, Kind.VOLUME, Kind.COUNT, Kind.INTEGER, Kind.MOMENT}
        assert column.unit or not needs_unit, f"{table.name}.{column.name} has no unit"


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_names_tell_the_kind(table: Table) -> None:
    endings = {
        Kind.DATE: ("_on", "_until", "_from", "_to"),
        Kind.MOMENT: ("_at",), Kind.MONTH: ("_month",), Kind.YES_NO: ("is_", "has_", "may_"),
    }
    for column in table.columns:
        if column.kind is Kind.YES_NO:
            assert column.name.startswith(endings[column.kind]), column.name
        elif column.kind in endings:
            assert column.name.endswith(endings[column.kind]), column.name


def test_no_column_is_a_float() -> None:
    dtypes = {
        dtype for table in TABLES.values()
        for schema in (table.outside_schema, table.inside_schema) for dtype in schema.values()
    }

    assert not any(dtype.is_float() for dtype in dtypes if isinstance(dtype, pl.DataType))


def test_imports_obey_the_floors() -> None:
    lint = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"], cwd=ROOT, capture_output=True, text=True
    )

    assert lint.returncode == 0, lint.stdout[-3000:] + lint.stderr[-1000:]


def test_every_table_that_an_analyst_opens_is_described_in_russian() -> None:
    opened = {table.name for table in tables_of(Stage.PUBLISHED, Stage.JOURNAL, Stage.REPORT)}

    assert set(ABOUT) == opened
