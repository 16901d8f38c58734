"""Excel workbooks: sheets of typed columns with formats, filters, a frozen head and, where wanted, a row of totals.

The same sheets give the same bytes: the file says it was made on a day that the caller names. Text is always written
as text, so nothing that a delivery holds becomes a formula.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from io import BytesIO
from typing import Any, Final, Literal, NamedTuple

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from pipeline.billing_month import MOSCOW

Kind = Literal["text", "money", "count", "volume", "share", "date", "month", "moment"]
FORMATS: Final[dict[str, str]] = {
    "text": "@", "money": "# ##0.00\\ \"₽\";[Red]-# ##0.00\\ \"₽\"", "count": "# ##0", "volume": "# ##0.000####",
    "share": "0.0%", "date": "dd.mm.yyyy", "month": "mm.yyyy", "moment": "dd.mm.yyyy hh:mm",
}
_TITLE_ROW: Final = 0
_HEAD_ROW: Final = 2
_WIDTHS: Final = {"money": 18, "count": 12, "volume": 16, "share": 10, "date": 12, "month": 10, "moment": 17}
_WIDEST_TEXT: Final = 46
#: Excel holds no more; a longer table is for Parquet readers, and silence about it would lose rows.
MOST_ROWS: Final = 1_048_576 - _HEAD_ROW - 2


class Head(NamedTuple):
    """One column of a sheet: its heading, what it holds, and, for a cell to fill in, the values it offers."""

    text: str
    kind: Kind = "text"
    width: int = 0
    choices: tuple[str, ...] = ()
    is_input: bool = False


@dataclass(frozen=True)
class Sheet:
    """One sheet. `totals` names the columns (by heading) that the last row adds up, in Excel's own formula."""

    name: str
    title: str
    heads: Sequence[Head]
    rows: Sequence[Sequence[Any]]
    totals: Sequence[str] = field(default_factory=tuple)


class TooManyRows(ValueError):
    """A sheet would not hold its table."""


def workbook(sheets: Sequence[Sheet], *, made_on: date, title: str) -> bytes:
    """The file. Raises TooManyRows beyond what Excel holds: nothing is cut off in silence."""
    stream = BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
                                        "strings_to_numbers": False})
    book.set_properties({"title": title, "created": datetime.combine(made_on, time.min)})
    looks = _Looks(book)
    for sheet in sheets:
        _write(book.add_worksheet(sheet.name), sheet, looks)
    book.close()
    return stream.getvalue()


class _Looks:
    """Cell formats of one workbook, made once each."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 2,
                                     "bg_color": "#E8EEF4"})
        self.cells = {kind: book.add_format({"num_format": told, "valign": "top"}) for kind, told in FORMATS.items()}
        self.inputs = {
            kind: book.add_format({"num_format": told, "valign": "top", "bg_color": "#FFF8DC", "border": 1,
                                   "border_color": "#D0C9A8"})
            for kind, told in FORMATS.items()
        }
        self.totals = {
            kind: book.add_format({"num_format": told, "bold": True, "top": 2}) for kind, told in FORMATS.items()
        }


def _write(page: Any, sheet: Sheet, looks: _Looks) -> None:
    if len(sheet.rows) > MOST_ROWS:
        raise TooManyRows(f"лист «{sheet.name}»: {len(sheet.rows)} строк, Excel вмещает {MOST_ROWS}")
    page.write_string(_TITLE_ROW, 0, sheet.title, looks.title)
    for position, head in enumerate(sheet.heads):
        page.write_string(_HEAD_ROW, position, head.text, looks.head)
        page.set_column(position, position, _width(sheet, position))
    first, last = _HEAD_ROW + 1, _HEAD_ROW + len(sheet.rows)
    for place, row in enumerate(sheet.rows, start=first):
        for position, (head, value) in enumerate(zip(sheet.heads, row, strict=True)):
            look = (looks.inputs if head.is_input else looks.cells)[head.kind]
            _cell(page, place, position, value, head.kind, look)
    for position, head in enumerate(sheet.heads):
        if head.choices and sheet.rows:
            page.data_validation(first, position, last, position, {"validate": "list", "source": list(head.choices)})
    page.freeze_panes(first, 0)
    page.autofilter(_HEAD_ROW, 0, max(last, first), len(sheet.heads) - 1)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.repeat_rows(_HEAD_ROW)
    if sheet.totals and sheet.rows:
        _total_row(page, sheet, looks, first, last)


def _total_row(page: Any, sheet: Sheet, looks: _Looks, first: int, last: int) -> None:
    page.write_string(last + 1, 0, "Итого", looks.totals["text"])
    for position, head in enumerate(sheet.heads):
        if head.text in sheet.totals:
            column = xl_col_to_name(position)
            summed = sum(row[position] or 0 for row in sheet.rows)
            # SUBTOTAL follows the filter; the value stands for readers that do not calculate
            formula = f"=SUBTOTAL(109,{column}{first + 1}:{column}{last + 1})"
            page.write_formula(last + 1, position, formula, looks.totals[head.kind], _number(summed))


def _cell(page: Any, row: int, position: int, value: Any, kind: Kind, look: Any) -> None:
    if value is None:
        page.write_blank(row, position, None, look)
    elif kind == "text":
        page.write_string(row, position, str(value), look)
    elif isinstance(value, datetime):
        page.write_datetime(row, position, value.astimezone(MOSCOW).replace(tzinfo=None), look)
    elif isinstance(value, date):
        page.write_datetime(row, position, datetime.combine(value, time.min), look)
    else:
        page.write_number(row, position, _number(value), look)


def _number(value: int | Decimal) -> int | float:
    """Excel knows only floats: a sum of up to fifteen digits comes back to the kopeck."""
    return value if isinstance(value, int) else float(value)


def _width(sheet: Sheet, position: int) -> int:
    head = sheet.heads[position]
    if head.width:
        return head.width
    if head.kind != "text":
        return _WIDTHS[head.kind]
    longest = max((len(str(row[position] or "")) for row in sheet.rows[:1000]), default=0)
    return max(10, min(_WIDEST_TEXT, max(longest, len(head.text)) + 2))
