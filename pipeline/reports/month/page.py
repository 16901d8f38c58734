"""Sections as one page: cells as text, charts as SVG, tiles on top."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from markupsafe import Markup

from pipeline.rendering import charts
from pipeline.rendering.html import page
from pipeline.rendering.russian import month_name
from pipeline.reports.month.looks import MISSING, shown
from pipeline.reports.month.section import ADDED, Chart, Column, Row, Section
from pipeline.reports.month.source import Source

#: Kinds of columns that are read as words.
_ON_THE_LEFT: Final = frozenset({"text", "date", "month"})


def page_of(
    source: Source, sections: Sequence[Section], pictures: Sequence[Markup | None], tiles: Sequence[Any]
) -> str:
    """The HTML page; `pictures` are the charts of the sections, in their order."""
    return page(
        "month.html.j2",
        month=month_name(source.month), book=source.book.settings.name, as_of=source.as_of, tiles=tiles,
        sections=[_told(*told) for told in zip(sections, pictures, strict=True)],
        content_hash=source.version.content_hash,
        rules=source.version.content["rules"]["fingerprint"] if "rules" in source.version.content else "",
    )


def _told(section: Section, picture: Markup | None) -> dict[str, Any]:
    rows, rest = section.shown()
    columns = _with_figures(section)
    cells = [[shown(column, row) for column in columns] for row in rows]
    if rest is not None:
        cells.append(_named(columns, rest, f"прочие ({len(section.rows) - len(rows)})"))
    total = section.total_row()
    return {
        "code": section.code, "title": section.title, "question": section.question, "counted": section.counted,
        "heads": [column.head for column in columns], "rows": cells,
        "numbers": [place for place, column in enumerate(columns) if column.kind not in _ON_THE_LEFT],
        "total": None if total is None else _named(columns, total, "Итого"), "empty": section.empty,
        "notes": section.notes, "chart": picture,
        "caption": section.chart.caption if section.chart else "",
    }


def _with_figures(section: Section) -> list[Column]:
    """Columns with something in them: a page leaves out those that are zero on every row, the workbook keeps them."""
    def says_something(column: Column) -> bool:
        return column.kind not in ADDED or column.is_key or any(row.get(column.name) for row in section.rows)

    return [column for column in section.columns if says_something(column)]


def _named(columns: Sequence[Column], row: Row, name: str) -> list[str]:
    """A row without a name of its own: its first cell says what it is, other keys stay empty."""
    cells = []
    for place, column in enumerate(columns):
        text = name if place == 0 else shown(column, row)
        cells.append("" if place and (column.is_key or text == MISSING) else text)
    return cells


def chart_of(section: Section) -> Markup | None:
    """The chart of a section as SVG, where it has one."""
    return None if section.chart is None else drawn(section.chart)


def drawn(chart: Chart) -> Markup:
    """The chart as SVG; a chart of nothing is not drawn by its section."""
    points = [charts.Point(bar.label, bar.value, bar.series) for bar in chart.bars]
    if chart.shape == "lines":
        return charts.lines(points, unit=chart.unit, title=chart.caption)
    draw = charts.columns if chart.shape == "columns" else charts.bars
    return draw(points, unit=chart.unit, title=chart.caption, stacked=chart.stacked)
