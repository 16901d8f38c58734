"""Charts, workbooks and letters: what is drawn and written comes back, and the same values give the same bytes."""

from datetime import date
from decimal import Decimal
from io import BytesIO
from zipfile import ZipFile

import fastexcel
import pytest

from pipeline.rendering.charts import Point, bars, columns, lines
from pipeline.rendering.html import page
from pipeline.rendering.workbook import Head, Sheet, TooManyRows, workbook

POINTS = [Point("май <2026>", 1200, "текущие"), Point("май <2026>", Decimal("300.50"), "долг")]
SHEET = Sheet(
    "Счета", "Долги", [Head("Счёт"), Head("Долг", "money"), Head("С", "date")],
    [("0012", Decimal("1234.56"), date(2026, 5, 1)), ("=1+1", Decimal("0.01"), None)], totals=["Долг"],
)


@pytest.mark.parametrize("draw", [bars, columns, lines])
def test_a_chart_is_one_svg_that_says_its_title_and_hides_no_markup(draw) -> None:
    drawn = draw(POINTS, unit="₽", title='Сборы "за май"')

    assert drawn == draw(POINTS, unit="₽", title='Сборы "за май"')
    assert drawn.startswith('<svg role="img" aria-label="Сборы &#34;за май&#34;" ')
    assert "май &lt;2026&gt;" in drawn and "<2026>" not in drawn
    assert "http" not in drawn.replace("http://www.w3.org/", "")


def test_a_workbook_comes_back_with_leading_zeros_sums_and_dates() -> None:
    written = workbook([SHEET], made_on=date(2026, 6, 20), title="Долги")

    rows = fastexcel.read_excel(written).load_sheet("Счета", header_row=2).to_polars().rows()

    assert rows[0][:2] == ("0012", 1234.56) and rows[0][2].date() == date(2026, 5, 1)
    assert rows[1][0] == "=1+1"
    assert rows[2][:2] == ("Итого", 1234.57)


def test_the_same_sheets_are_the_same_bytes() -> None:
    once, again = (workbook([SHEET], made_on=date(2026, 6, 20), title="Долги") for _ in range(2))

    assert once == again
    assert b"2026-06-20" in ZipFile(BytesIO(once)).read("docProps/core.xml")


def test_rows_that_excel_cannot_hold_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.rendering.workbook.MOST_ROWS", 1)

    with pytest.raises(TooManyRows, match="Счета"):
        workbook([SHEET], made_on=date(2026, 6, 20), title="Долги")


def test_the_frame_of_a_page_asks_nothing_of_the_network() -> None:
    drawn = page("page.html.j2")

    assert drawn.startswith("<!doctype html>") and "http" not in drawn
