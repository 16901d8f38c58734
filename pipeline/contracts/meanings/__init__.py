"""What the columns and rows of the tables mean in Russian: for the catalogue, for readers, for whoever opens a file.

Here: one sentence a column and a row. Not here: what a whole table is for (`contracts/russian.py`), the English meaning
that developers read (the columns themselves), words for single codes (`rendering/column_words.py`).
"""

from typing import Final

from pipeline.contracts.meanings import (
    advance_discounts,
    debt,
    eligibility,
    feeds,
    house_meters,
    ingest,
    ledger,
    letters,
    metering,
    penalty,
    queue,
    rating,
    reports,
    shared,
    substitution,
)

_ROOMS: Final = (
    feeds, ingest, ledger, metering, eligibility, penalty, debt, queue, rating, reports, letters, substitution,
    house_meters, advance_discounts,
)
_ROWS: Final[dict[str, str]] = {table: row for room in _ROOMS for table, row in room.ROWS.items()}
_FOR: Final[dict[str, str]] = {table: people for room in _ROOMS for table, people in room.FOR.items()}
_NARROWER: Final[dict[str, dict[str, str]]] = {
    table: columns for room in _ROOMS for table, columns in room.MEANINGS.items()
}


class MeaningMissing(LookupError):
    """A published column or table that nobody has described in Russian; a test finds it before a reader does."""


def meaning(table: str, column: str) -> str:
    """What a published column says, in Russian; MeaningMissing for a column that nobody has described."""
    told = _NARROWER.get(table, {}).get(column) or shared.MEANINGS.get(column)
    if told is None:
        raise MeaningMissing(f"{table}.{column}")
    return told


def row(table: str) -> str:
    """What one row of a table is, in Russian, without the words «одна строка»."""
    if table not in _ROWS:
        raise MeaningMissing(table)
    return _ROWS[table]


def audience(table: str) -> str:
    """For whom a table is published, in the dative: «бухгалтерии»."""
    if table not in _FOR:
        raise MeaningMissing(table)
    return _FOR[table]


def narrower() -> set[tuple[str, str]]:
    """Every (table, column) with a meaning of its own: for the test that none is left over."""
    return {(table, column) for table, columns in _NARROWER.items() for column in columns}
