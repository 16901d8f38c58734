"""What a section of the report is: a question, columns with their meaning, rows of exact values, a total, a chart.

Rows hold codes and Decimals as the tables do; how they look is decided once, in `page.py` and `sheets.py`. Columns that
follow from others (shares, averages) are computed from the row they stand in, the total row included.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, Literal

Row = dict[str, Any]
Kind = Literal["text", "money", "count", "share", "average", "date", "month"]
Fold = Literal["sum", "max", "none"]
ADDED: Final = ("money", "count")


@dataclass(frozen=True)
class Column:
    """One column. `of` names part and whole of a share or an average; `told` turns a code into words."""

    name: str
    head: str
    kind: Kind
    is_key: bool = False
    told: Callable[[Any], str] | None = None
    of: tuple[str, str] = ("", "")
    fold: Fold = "none"

    def value(self, row: Mapping[str, Any]) -> Any:
        """The value in a row: stored, or computed from two others; None of nothing."""
        if not self.of[0]:
            return row.get(self.name)
        part, whole = (row.get(name) for name in self.of)
        return Decimal(part) / Decimal(whole) if whole and part is not None else None


def key(name: str, head: str, told: Callable[[Any], str] | None = None, kind: Kind = "text") -> Column:
    """A column that names the row; `told` says its code in words."""
    return Column(name, head, kind, is_key=True, told=told)


def money(name: str, head: str) -> Column:
    """Roubles, added up in the total."""
    return Column(name, head, "money", fold="sum")


def count(name: str, head: str, *, fold: Fold = "sum") -> Column:
    """Whole numbers; `fold="none"` where rows overlap, so that the section gives the total itself."""
    return Column(name, head, "count", fold=fold)


def share(name: str, head: str, part: str, whole: str) -> Column:
    """Part of whole, both columns of the same row."""
    return Column(name, head, "share", of=(part, whole))


def average(name: str, head: str, total: str, number: str) -> Column:
    """Total by number, both values of the same row."""
    return Column(name, head, "average", of=(total, number))


def told(name: str, head: str, kind: Kind = "text", words: Callable[[Any], str] | None = None) -> Column:
    """A value beside the figures that is neither a key nor added up."""
    return Column(name, head, kind, told=words)


@dataclass(frozen=True)
class Bar:
    """One value of a chart."""

    label: str
    value: int | Decimal
    series: str = ""


@dataclass(frozen=True)
class Chart:
    """What is drawn above a table; `shape` is a function of `rendering/charts.py`."""

    shape: Literal["columns", "bars", "lines"]
    bars: Sequence[Bar]
    unit: str
    caption: str
    stacked: bool = True


@dataclass(frozen=True)
class Section:
    """One table of the report. `hidden` values of rows feed shares and averages without being shown."""

    code: str
    title: str
    sheet: str
    question: str
    counted: str
    columns: tuple[Column, ...]
    rows: Sequence[Row]
    empty: str
    hidden: tuple[Column, ...] = ()
    total: Mapping[str, Any] | None = field(default_factory=dict)
    top: int | None = None
    chart: Chart | None = None
    notes: tuple[str, ...] = ()

    @property
    def keys(self) -> list[Column]:
        return [column for column in self.columns if column.is_key]

    @property
    def measures(self) -> list[Column]:
        """Columns with figures of their own, shown or not."""
        return [column for column in (*self.columns, *self.hidden) if column.kind in ADDED and not column.is_key]

    def total_row(self) -> Row | None:
        """The total: sums of the rows, with what the section counted itself where rows overlap."""
        if self.total is None or not self.rows:
            return None
        return folded(self, self.rows) | dict(self.total)

    def shown(self) -> tuple[Sequence[Row], Row | None]:
        """Rows of the page, and the rest of them folded into one."""
        if self.top is None or len(self.rows) <= self.top + 1:
            return self.rows, None
        return self.rows[: self.top], folded(self, self.rows[self.top:])


def folded(section: Section, rows: Sequence[Row]) -> Row:
    """Rows added up, measure by measure; what cannot be added is missing."""
    told: Row = {}
    for column in section.measures:
        values = [row[column.name] for row in rows if row.get(column.name) is not None]
        if column.fold == "sum":
            told[column.name] = sum(values, start=Decimal("0.00") if column.kind == "money" else 0)
        elif column.fold == "max":
            told[column.name] = max(values, default=None)
    return told
