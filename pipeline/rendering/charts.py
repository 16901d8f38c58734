"""Charts as SVG text: one look for all pages, drawn offline by Vega-Lite. The same points give the same bytes.

Here: bars, columns and lines over labelled points. Not here: which figures a page shows. A chart never stands alone:
the table that it is drawn from belongs under it.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple

import altair as alt
import vl_convert
from altair.utils.schemapi import debug_mode
from markupsafe import Markup

from pipeline.money import divided
from pipeline.rendering.letter_widths import with_widths

#: Vega holds the first itself, as wide as the second: a chart is the same on every machine, and quicker to draw.
FONT: Final = "Liberation Sans, Arial, Helvetica, sans-serif"
#: Told apart by people who do not see red and green (after Okabe and Ito), and on a grey print.
PALETTE: Final = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#999999", "#f0e442")
_WIDTH: Final = 680
_HEIGHT: Final = 260
_BAR: Final = 24
_FRAME: Final = 60
#: Long labels take their room from the bars, not from the page.
_FIT: Final = alt.AutoSizeParams(type="fit", contains="padding")

#: The charts of this file never change their shape: checking each against the schema of Vega-Lite costs half its time.
_UNCHECKED: Final = debug_mode(False)


class Point(NamedTuple):
    """One value of a chart: where it stands, how much, and of which series. Order is as given."""

    label: str
    value: int | Decimal
    series: str = ""


@_UNCHECKED
def columns(points: Sequence[Point], *, unit: str, title: str, stacked: bool = True) -> Markup:
    """Vertical bars, one place a label; series are stacked on each other or stand side by side."""
    chart = alt.Chart(_values(points)).mark_bar().encode(
        x=_labels(points, alt.X),
        y=alt.Y("value:Q", title=unit, stack="zero" if stacked else None, axis=_axis(on_top=True)),
        **_colours(points),
    )
    if not stacked and _series(points):
        chart = chart.encode(xOffset=alt.XOffset("series:N", sort=_series(points)))
    return _svg(chart.properties(width=_WIDTH, height=_HEIGHT), title)


@_UNCHECKED
def bars(points: Sequence[Point], *, unit: str, title: str, stacked: bool = True) -> Markup:
    """Horizontal bars, for long labels; series are stacked on each other or stand side by side."""
    chart = alt.Chart(_values(points)).mark_bar().encode(
        y=_labels(points, alt.Y), x=alt.X("value:Q", title=unit, stack="zero" if stacked else None, axis=_axis()),
        **_colours(points, in_row=2),
    )
    if not stacked and _series(points):
        chart = chart.encode(yOffset=alt.YOffset("series:N", sort=_series(points)))
    places = len(_ordered([point.label for point in points]))
    return _svg(chart.properties(width=_WIDTH, height=_FRAME + max(1, places) * _BAR * (1 if stacked else 2)), title)


@_UNCHECKED
def lines(points: Sequence[Point], *, unit: str, title: str) -> Markup:
    """One line a series through its labels, with a mark at each value."""
    chart = alt.Chart(_values(points)).mark_line(point=True).encode(
        x=_labels(points, alt.X), y=alt.Y("value:Q", title=unit, axis=_axis(on_top=True)), **_colours(points),
    )
    return _svg(chart.properties(width=_WIDTH, height=_HEIGHT), title)


def whole_roubles(amount_kop: int) -> int:
    """A sum as a chart draws it: nobody sees kopecks on an axis, and a chart needs no decimals."""
    return divided(amount_kop, 100)


def _values(points: Sequence[Point]) -> Any:
    told = [{"label": point.label, "value": _drawn(point.value), "series": point.series} for point in points]
    return alt.InlineData(values=told)


def _drawn(value: int | Decimal) -> int | float:
    """Vega reads JSON numbers: the one place where a figure becomes a float, on its way to a pixel."""
    return value if isinstance(value, int) else float(value)


def _labels(points: Sequence[Point], channel: Any) -> Any:
    vertical = channel is alt.X
    axis = alt.Axis(labelAngle=-40 if vertical and _crowded(points) else 0, labelLimit=380, labelOverlap=False)
    return channel("label:N", sort=_ordered([point.label for point in points]), title=None, axis=axis)


def _crowded(points: Sequence[Point]) -> bool:
    labels = _ordered([point.label for point in points])
    return sum(len(label) + 2 for label in labels) * 7 > _WIDTH


def _colours(points: Sequence[Point], *, in_row: int = 4) -> dict[str, Any]:
    """Colours of the series with their legend; long labels beside the bars leave it room for fewer `in_row`."""
    series = _series(points)
    if not series:
        return {"color": alt.value(PALETTE[0])}
    shown = alt.Color(
        "series:N", sort=series, title=None, legend=alt.Legend(orient="top", columns=in_row, labelLimit=220),
        scale=alt.Scale(domain=series, range=[PALETTE[place % len(PALETTE)] for place in range(len(series))]),
    )
    return {"color": shown}


def _series(points: Sequence[Point]) -> list[str]:
    return [name for name in _ordered([point.series for point in points]) if name]


def _ordered(names: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _axis(*, on_top: bool = False) -> alt.Axis:
    """Axis of the values; on a vertical one the unit stands above it, to be read without turning the head."""
    axis: dict[str, Any] = {"format": ",~f", "grid": True, "tickCount": 6}
    if on_top:
        axis |= {"titleAngle": 0, "titleAlign": "right", "titleAnchor": "end", "titleY": -6}
    return alt.Axis(**axis)


def _svg(chart: Any, title: str) -> Markup:
    """The chart scales to its column, and a reader that cannot see it hears its title."""
    spec = chart.configure(font=FONT, background="white", autosize=_FIT).configure_view(stroke=None).configure_axis(
        labelFontSize=12, titleFontSize=12, gridColor="#e6e6e6", domainColor="#8a8a8a", tickColor="#8a8a8a",
    ).configure_legend(labelFontSize=12).to_dict(validate=False)
    drawn = with_widths(vl_convert.vegalite_to_svg(spec, format_locale="ru-RU"))
    named = Markup('<svg role="img" aria-label="{}" ').format(title)
    return named + Markup(drawn.removeprefix("<svg "))  # drawn by us from escaped JSON, no text of a user is markup
