"""Sections on their own: empty months, huge sums, folding, names; no book is needed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest

from pipeline.billing_month import BillingMonth
from pipeline.reports.month.collection import collection
from pipeline.reports.month.figures import figures
from pipeline.reports.month.looks import shown
from pipeline.reports.month.names import Names
from pipeline.reports.month.page import drawn
from pipeline.reports.month.report import report_of
from pipeline.reports.month.section import Bar, Chart, Section, average, count, folded, key, money, share
from pipeline.reports.month.sheets import book_of
from pipeline.reports.month.source import Source
from pipeline.reports.month.thresholds import rule_value, whole
from pipeline.reports.published import published_month
from pipeline.rules.registry import RuleBook
from pipeline.storage.book import OPENING_RUN, Book
from pipeline.storage.manifest import published_version
from pipeline.storage.publish import publish_opening

HUGE = Decimal("9999999999999999.99")


def section_of(rows: list[dict[str, object]], *, top: int | None = None) -> Section:
    return Section(
        code="one", title="Один", sheet="Один", question="Что?", counted="Так.", empty="Ничего нет.", rows=rows,
        top=top,
        columns=(
            key("name", "Имя"), money("rub", "Сумма"), count("rows", "Строк"), count("oldest", "Дней", fold="max"),
            share("part", "Доля", "rub", "all_rub"), average("mean", "В среднем", "rows", "rub"),
        ),
        hidden=(money("all_rub", "Всё"),),
    )


def row(name: str, rub: str, rows: int = 1) -> dict[str, object]:
    return {"name": name, "rub": Decimal(rub), "rows": rows, "oldest": rows, "all_rub": Decimal(100)}


def test_what_a_page_folds_keeps_the_total() -> None:
    section = section_of([row(f"дом {n}", f"{n}.01", n) for n in range(40, 0, -1)], top=30)
    rows, rest = section.shown()

    assert (len(rows), rest) == (30, folded(section, section.rows[30:]))
    total = section.total_row()
    assert total is not None
    assert rest is not None
    assert sum(each["rub"] for each in rows) + rest["rub"] == total["rub"]
    assert (rest["oldest"], total["oldest"]) == (10, 40)


def test_a_single_row_more_is_shown_rather_than_folded() -> None:
    section = section_of([row(f"дом {n}", "1.00") for n in range(31)], top=30)

    assert section.shown() == (section.rows, None)


def test_nothing_has_no_share_and_no_average() -> None:
    section = section_of([row("пусто", "0.00") | {"all_rub": Decimal(0)}])

    assert [shown(column, section.rows[0]) for column in section.columns] == ["пусто", "0,00", "1", "1", "—", "—"]


def test_huge_sums_come_through_to_the_kopeck() -> None:
    section = section_of([row("все", str(HUGE))])
    told = figures([section])

    assert shown(section.columns[1], section.rows[0]) == "9\u00a0999\u00a0999\u00a0999\u00a0999\u00a0999,99"
    assert told.filter(measure="rub", is_total=True)["value_rub"].to_list() == [HUGE]


def test_a_section_without_rows_is_a_sheet_and_no_figure() -> None:
    section = section_of([])

    assert section.total_row() is None
    assert figures([section]).is_empty()
    assert book_of([section], made_on=date(2026, 6, 20), title="Отчёт").startswith(b"PK")


@pytest.mark.parametrize("shape", ["columns", "bars", "lines"])
def test_charts_carry_their_caption_and_no_raw_markup(shape: str) -> None:
    chart = Chart(shape, [Bar("<b>А</b>", 1, "x"), Bar("Б", Decimal("2.5"), "y")], "₽", "Подпись")  # type: ignore[arg-type]
    svg = str(drawn(chart))

    assert 'aria-label="Подпись"' in svg
    assert "<b>" not in svg


def test_a_book_that_has_only_been_opened_has_a_report(tmp_path: Path) -> None:
    """No account, no document, no debtor: every section says in a sentence that there is nothing."""
    root = tmp_path / "book"
    root.mkdir()
    (root / "settings.yaml").write_text("book_id: empty\nname: Пустой участок\nfirst_month: '2026-01'\n", "utf-8")
    book = Book.at(root)
    publish_opening(book, {}, date(2025, 12, 31))
    version = published_version(book, BillingMonth(2025, 12))
    assert version is not None
    assert version.folder.name == OPENING_RUN

    report = report_of(book, version)

    assert "Отчёт за декабрь 2025" in report.page
    for sentence in ("Должников на этом направлении нет.", "Невыясненных платежей нет.", "Открытого долга нет."):
        assert sentence in report.page
    assert "None" not in report.page
    assert report.figures.filter(pl.col("value_rub") != 0).is_empty()
    assert report_of(book, version).page == report.page


def test_late_documents_are_billed_in_the_cycle_that_they_came_in(tmp_path: Path) -> None:
    """May: 100 ₽ of its own, 50 ₽ for April that came late, all of it paid; a replaced version counts for nothing."""
    may, april = BillingMonth(2026, 5), BillingMonth(2026, 4)
    documents = pl.DataFrame({
        "billing_month": [may.first_day, april.first_day, april.first_day],
        "billed_rub": [Decimal("100.00"), Decimal("50.00"), Decimal("7.00")], "is_superseded": [False, False, True],
    }, schema_overrides={"billed_rub": pl.Decimal(18, 2)})
    laid = pl.DataFrame({
        "billing_month": [may.first_day, april.first_day], "origin_code": ["payment", "payment"],
        "allocated_rub": [Decimal("100.00"), Decimal("50.00")],
    }, schema_overrides={"allocated_rub": pl.Decimal(18, 2)})
    for name, frame in (("billed_documents", documents), ("payment_allocations", laid)):
        (tmp_path / name).mkdir()
        frame.write_parquet(tmp_path / name / "part-000.parquet")
    with published_month(tmp_path) as sql:
        source = Source(sql, Names({}, {}, frozenset()), Book.at(tmp_path), SimpleNamespace(month=may), ())  # type: ignore[arg-type]
        section = collection(source)

    told = {column.head: shown(column, section.rows[0]) for column in section.columns}
    assert (told["Начислено за месяц"], told["Поздние документы"]) == ("100,00", "50,00")
    assert {told["Текущая"], told["Общая"], told["Накопительно"]} == {"100,0\u00a0%"}
    assert section.total_row() is not None
    assert [row["cycle_rub"] for row in section.rows] == [Decimal("150.00")]


def test_a_rule_that_the_book_has_set_is_read_as_any_other() -> None:
    key = "debt.sms_months_overdue_min"
    as_of = date(2026, 6, 20)
    reading = RuleBook.read().with_overrides({key: 3, "debt.capacity_sms_list": None}).reading()
    for name in (key, "debt.sms_min_rub"):
        reading.value(name, as_of)
    content = {"rules": {"values": [list(told) for told in reading.values_read()]}}
    month = SimpleNamespace(version=SimpleNamespace(content=content), as_of=as_of)

    assert whole(month, key, 0) == 3
    assert rule_value(month, "debt.sms_min_rub") == "500"
    assert rule_value(month, "debt.capacity_sms_list") is None
