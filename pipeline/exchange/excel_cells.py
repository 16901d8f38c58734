"""Workbooks as they come back: every cell a text, its sheet and row number kept, Excel's habits undone.

    a sum          9725.95, «9 725,95 ₽» or 9725.950000001 is the same to the kopeck
    a day          a date cell, «18.05.2026» or 2026-05-18; a moment is the same to the minute
    an account     7700043010 as a number, 7700043010.0, with blanks or an apostrophe before it
    a choice       case, blanks, and Latin letters that look like Russian ones do not matter
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Final

import fastexcel

from pipeline.billing_month import MOSCOW
from pipeline.errors import RaschetError
from pipeline.identifiers import normalised_account_id
from pipeline.rendering.workbook import Kind

_DAYS: Final = ("%Y-%m-%d", "%d.%m.%Y", "%Y/%m/%d", "%d/%m/%Y")
_MOMENTS: Final = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M")
_AFTER_POINT: Final = re.compile(r"^(-?\d+)\.0+$")
_EXPONENT: Final = re.compile(r"^\d+(\.\d+)?[eE]\+?\d+$")


class BadWorkbook(RaschetError):
    """A file that is no workbook of the queue, or of another book or month."""


@dataclass(frozen=True)
class Line:
    """One row of a sheet by heading; `number` is the row as Excel shows it."""

    sheet: str
    number: int
    cells: dict[str, str]

    def __getitem__(self, heading: str) -> str:
        return self.cells.get(heading, "")

    @property
    def place(self) -> str:
        return f"лист «{self.sheet}», строка {self.number}"


def sheets_of(file: Path) -> dict[str, list[list[str]]]:
    """Cells of every sheet; BadWorkbook when there is no file or it is no Excel file."""
    if not file.is_file():
        raise BadWorkbook(f"Нет файла {file}", "Укажите файл, который выгрузила команда raschet queue --xlsx")
    try:
        book = fastexcel.read_excel(str(file))
        return {name: _cells(book, name) for name in book.sheet_names}
    except fastexcel.FastExcelError:
        raise BadWorkbook(f"{file.name} — не файл Excel или повреждён",
                          "Сохраните его в формате .xlsx и повторите команду") from None


def lines_of(sheet: str, cells: list[list[str]], marker: str) -> tuple[list[str], list[Line]]:
    """Headings of the row that holds `marker`, and the lines below it; nothing where no row holds it."""
    position = next((place for place, row in enumerate(cells) if marker in row), None)
    if position is None:
        return [], []
    heads = cells[position]
    lines = [
        Line(sheet, number, {head: value for head, value in zip(heads, row, strict=True) if head})
        for number, row in enumerate(cells[position + 1:], start=position + 2)
        if any(row)
    ]
    return [head for head in heads if head], lines


def as_fact(cell: str, kind: Kind) -> str:
    """A fact cell in the canonical form of `queue_workbook.canonical`; what cannot be read stays as it is."""
    if not cell:
        return ""
    if kind == "money":
        return _sum(cell)
    if kind == "count":
        return as_id(cell)
    if kind in ("date", "moment"):
        return _time(cell, kind)
    return as_id(cell) if _AFTER_POINT.match(cell) else cell


def as_id(cell: str) -> str:
    """An id that Excel may have made a number of: 7700043010.0 and 7.70004301E9 are 7700043010."""
    bare = cell.strip().lstrip("'").strip()
    if _EXPONENT.match(bare):
        number = Decimal(bare)
        bare = str(int(number)) if number == number.to_integral_value() else bare
    whole = _AFTER_POINT.match(bare)
    return whole[1] if whole else bare


def as_choice(cell: str) -> str:
    """A choice for comparing: blanks, case and look-alike letters folded."""
    return normalised_account_id(cell).replace("Ё", "Е")


def _cells(book: fastexcel.ExcelReader, name: str) -> list[list[str]]:
    frame = book.load_sheet(name, header_row=None, dtypes="string").to_polars()
    return [[" ".join((value or "").split()) for value in row] for row in frame.rows()]


def _sum(cell: str) -> str:
    bare = re.sub(r"[\s\u00a0₽]|руб\.?", "", cell).replace("−", "-").replace(",", ".")
    try:
        return f"{Decimal(bare):.2f}"
    except InvalidOperation:
        return cell


def _time(cell: str, kind: Kind) -> str:
    for pattern in (*_MOMENTS, *_DAYS):
        try:
            told = datetime.strptime(cell, pattern).replace(tzinfo=MOSCOW)
        except ValueError:
            continue
        return f"{told:%Y-%m-%d}" if kind == "date" else f"{told:%Y-%m-%d %H:%M}"
    return cell
