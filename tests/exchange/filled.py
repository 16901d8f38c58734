"""Workbooks of the queue filled in as a person would: the sheets of a book, cells put by heading, saved as Excel."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from pipeline.exchange.queue_decisions import open_month
from pipeline.exchange.queue_facts import LAYOUTS, Row, queue_rows
from pipeline.exchange.queue_workbook import ACCOUNT, DECISION, EVIDENCE, THING, queue_sheets
from pipeline.rendering.workbook import Head, Sheet, workbook
from pipeline.storage.book import Book

SHEETS = {layout.kind: layout.sheet for layout in LAYOUTS}
REASON = "звонок плательщику, акт 7"


def rows_of(root: Path) -> list[Row]:
    """The queue of the open month of a book."""
    return queue_rows(open_month(Book.at(root)))


class Workbook:
    """The sheets of a book's queue, to be filled in and saved."""

    def __init__(self, root: Path, **about: Any) -> None:
        book, month = Book.at(root), open_month(Book.at(root))
        told = {"book_id": book.settings.book_id, "book_name": book.settings.name, "month": str(month.month),
                "as_of": date(2026, 6, 20)}
        self.sheets = {sheet.name: sheet for sheet in queue_sheets(rows_of(root), **(told | about))}

    def put(self, row: Row, heading: str, value: Any) -> Workbook:
        """Another value in one cell of a row."""
        sheet = self.sheets[SHEETS[row["kind_code"]]]
        heads = [head.text for head in sheet.heads]
        thing, place = heads.index(THING), heads.index(heading)
        lines = [
            tuple(value if position == place else cell for position, cell in enumerate(line))
            if line[thing] == row["queue_id"] else tuple(line)
            for line in sheet.rows
        ]
        self.sheets[sheet.name] = replace(sheet, rows=lines)
        return self

    def decide(self, row: Row, decision: str, account: Any = None, evidence: str | None = REASON) -> Workbook:
        self.put(row, DECISION, decision).put(row, EVIDENCE, evidence)
        return self if account is None else self.put(row, ACCOUNT, account)

    def typed(self, row: Row, heading: str, kind: Any) -> Workbook:
        """A column that Excel has made something else of."""
        sheet = self.sheets[SHEETS[row["kind_code"]]]
        heads: list[Head] = [head._replace(kind=kind) if head.text == heading else head for head in sheet.heads]
        self.sheets[sheet.name] = replace(sheet, heads=heads)
        return self

    def twice(self, row: Row) -> Workbook:
        """The line of a row once more, below the others."""
        sheet = self.sheets[SHEETS[row["kind_code"]]]
        thing = [head.text for head in sheet.heads].index(THING)
        line = next(line for line in sheet.rows if line[thing] == row["queue_id"])
        self.sheets[sheet.name] = replace(sheet, rows=[*sheet.rows, line])
        return self

    def without(self, heading: str, sheet_name: str) -> Workbook:
        """A sheet from which somebody has deleted a column."""
        sheet: Sheet = self.sheets[sheet_name]
        place = [head.text for head in sheet.heads].index(heading)
        self.sheets[sheet_name] = replace(
            sheet, heads=[*sheet.heads[:place], *sheet.heads[place + 1:]],
            rows=[(*line[:place], *line[place + 1:]) for line in sheet.rows],
        )
        return self

    def save(self, file: Path) -> Path:
        file.write_bytes(workbook(list(self.sheets.values()), made_on=date(2026, 6, 20), title="t"))
        return file
