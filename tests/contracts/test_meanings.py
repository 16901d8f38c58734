"""Russian words for all that an analyst opens: every column, every row, every code; and nothing left over."""

from __future__ import annotations

import re

import pytest

from pipeline.contracts import meanings
from pipeline.contracts.catalogue import TABLES, tables_of
from pipeline.contracts.meanings import MeaningMissing, audience, meaning, narrower, row, shared
from pipeline.contracts.table import Stage, Table
from pipeline.rendering.column_words import words_of

OPENED = tables_of(Stage.PUBLISHED, Stage.JOURNAL, Stage.REPORT)
COLUMNS = {(table.name, column.name) for table in OPENED for column in table.columns}


@pytest.mark.parametrize("table", OPENED, ids=lambda table: table.name)
def test_every_column_has_a_meaning_in_russian(table: Table) -> None:
    missing = [column.name for column in table.columns if not _is_told(table.name, column.name)]

    assert missing == [], f"add them to pipeline/contracts/meanings/{table.room}.py or shared.py"


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_every_table_says_what_one_row_is(table: Table) -> None:
    assert _is_russian(row(table.name))


@pytest.mark.parametrize("table", OPENED, ids=lambda table: table.name)
def test_every_code_of_a_closed_list_has_words(table: Table) -> None:
    missing = {
        f"{column.name}={code}" for column in table.columns for code in column.allowed or ()
        if code not in words_of(table.name, column.name)
    }

    assert missing == set(), "add them to pipeline/rendering/column_words.py"


def test_no_meaning_is_left_over() -> None:
    names = {column for _, column in COLUMNS}

    assert narrower() - COLUMNS == set()
    assert set(shared.MEANINGS) - names == set()


def test_a_meaning_is_said_once() -> None:
    repeated = {
        (table, column) for table, column in narrower() if meaning(table, column) == shared.MEANINGS.get(column)
    }

    assert repeated == set()


@pytest.mark.parametrize("table", OPENED, ids=lambda table: table.name)
def test_a_meaning_reads_as_a_phrase(table: Table) -> None:
    for told in (row(table.name), *(meaning(table.name, column.name) for column in table.columns)):
        assert told == told.strip().rstrip("."), told
        assert not told[0].isupper() or told.startswith("SMS"), f"it goes on after the column's name: {told}"


@pytest.mark.parametrize("table", OPENED, ids=lambda table: table.name)
def test_days_and_months_are_counted_in_words(table: Table) -> None:
    words = {"day": "дн", "month": "месяц"}
    silent = [
        column.name for column in table.columns
        if column.unit in words and words[column.unit] not in meaning(table.name, column.name)
    ]

    assert silent == [], "the catalogue shows units of money and volume only"


@pytest.mark.parametrize("table", OPENED, ids=lambda table: table.name)
def test_every_table_says_for_whom_it_is(table: Table) -> None:
    assert _is_russian(audience(table.name))


def test_what_nobody_has_described_is_an_error_and_not_an_empty_text() -> None:
    with pytest.raises(MeaningMissing, match=r"open_items\.colour"):
        meaning("open_items", "colour")
    with pytest.raises(MeaningMissing, match="nowhere"):
        row("nowhere")


def _is_told(table: str, column: str) -> bool:
    try:
        return _is_russian(meaning(table, column))
    except meanings.MeaningMissing:
        return False


def _is_russian(text: str) -> bool:
    return bool(re.search("[а-яё]", text))
