"""Sections as sheets of one workbook: typed cells, filters, a total row that follows the filter."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from pipeline.rendering.workbook import Head, Kind, Sheet, workbook
from pipeline.reports.month.looks import shown
from pipeline.reports.month.section import Column, Row, Section

_KINDS: Final[dict[str, Kind]] = {
    "text": "text", "money": "money", "count": "count", "share": "share", "average": "volume", "date": "date",
    "month": "month",
}


def book_of(sections: Sequence[Section], *, made_on: date, title: str) -> bytes:
    """The workbook, one sheet a section."""
    return workbook([sheet_of(section) for section in sections], made_on=made_on, title=title)


def sheet_of(section: Section) -> Sheet:
    """All rows of a section, whatever the page folds."""
    heads = [Head(column.head, _kind(column)) for column in section.columns]
    rows = [[_cell(column, row) for column in section.columns] for row in section.rows]
    added = [column.head for column in section.columns if column.fold == "sum"]
    totals = tuple(added) if section.total is not None else ()
    return Sheet(section.sheet, section.title, heads, rows, totals)


def _kind(column: Column) -> Kind:
    return "text" if column.told is not None else _KINDS[column.kind]


def _cell(column: Column, row: Row) -> Any:
    return shown(column, row) if column.told is not None else column.value(row)
