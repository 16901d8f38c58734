"""The figures of all sections as one table: what the page shows, for the check that holds it to the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

from pipeline.contracts.reports import REPORT_FIGURES
from pipeline.reports.month.looks import row_key
from pipeline.reports.month.section import Column, Row, Section


def figures(sections: Sequence[Section]) -> pl.DataFrame:
    """REPORT_FIGURES, outside shape, sorted by its key."""
    rows = [told for section in sections for told in _of(section)]
    frame = pl.DataFrame(rows, schema=REPORT_FIGURES.outside_schema, orient="row")
    return frame.sort(REPORT_FIGURES.primary_key)


def _of(section: Section) -> Iterator[tuple[Any, ...]]:
    for row in section.rows:
        named = row_key(section.keys, row)
        for column in section.measures:
            yield from _figure(section, column, row, is_total=False, named=named)
    if (total := section.total_row()) is not None:
        for column in section.measures:
            yield from _figure(section, column, total, is_total=True, named="")


def _figure(section: Section, column: Column, row: Row, *, is_total: bool, named: str) -> Iterator[tuple[Any, ...]]:
    value = row.get(column.name)
    if value is not None:
        as_money = (value, None) if column.kind == "money" else (None, int(value))
        yield section.code, is_total, named, column.name, *as_money
