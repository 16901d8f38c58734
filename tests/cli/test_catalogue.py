"""`docs/tables.md` says what the contracts say."""

from __future__ import annotations

from pathlib import Path

from pipeline.cli.table_catalogue import PAGE, catalogue_text
from pipeline.contracts.catalogue import TABLES
from tests.cli.conftest import Raschet


def test_the_committed_catalogue_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == catalogue_text(), "run `raschet catalogue --write docs/tables.md`"


def test_every_table_and_column_is_in_it() -> None:
    text = catalogue_text()

    assert [name for name in TABLES if f"### {name}\n" not in text] == []
    assert [column.name for table in TABLES.values() for column in table.columns if column.name not in text] == []


def test_it_is_printed_or_written(raschet: Raschet, tmp_path: Path) -> None:
    printed = raschet("catalogue")
    written = raschet("catalogue", "--write", tmp_path / "docs" / "tables.md")

    assert printed.stdout == catalogue_text()
    assert written.exit_code == 0
    assert (tmp_path / "docs" / "tables.md").read_text(encoding="utf-8") == catalogue_text()
