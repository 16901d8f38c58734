"""The month's report of the sample town: what it says, how it reads, that it is made the same again."""

from __future__ import annotations

import re
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import fastexcel
import polars as pl
import pytest

from pipeline.contracts.catalogue import TABLES
from pipeline.contracts.reports import REPORT_FIGURES
from pipeline.reports.month.report import PAGE, WORKBOOK, Report, report_of
from pipeline.reports.month.section import Section
from pipeline.reports.month.sections import SECTIONS
from pipeline.reports.month.sheets import sheet_of
from pipeline.reports.month.source import source_of
from pipeline.reports.month.tiles import tiles
from tests.town.books import LAST, MAY, RanBook, copied, raschet_here, succeeded, version_of

VOID = {"meta", "link", "br", "img", "hr", "input"}
#: Codes that are words of their own in a Russian text.
SAID_ALL_THE_SAME = {"sms"}


@pytest.fixture(scope="module")
def report(town: RanBook) -> Report:
    return report_of(town.book, version_of(town.root))


@pytest.fixture(scope="module")
def sections(town: RanBook) -> dict[str, Section]:
    with source_of(town.book, version_of(town.root)) as source:
        return {section.code: section for section in (ask(source) for ask in SECTIONS)}


class Balanced(HTMLParser):
    """Every tag that opens closes; text outside styles and drawings is kept cell by cell."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, tag
        assert self.open.pop() == tag

    def handle_data(self, told: str) -> None:
        if told.strip() and "style" not in self.open:
            self.texts.append(told.strip())


def texts_of(page: str) -> list[str]:
    parser = Balanced()
    parser.feed(page)
    assert parser.open == []
    return parser.texts


def test_the_run_wrote_what_is_made_again(town: RanBook, report: Report) -> None:
    """Another process, another moment: the same bytes, whatever the run was called."""
    written = town.book.latest_reports(MAY)

    assert (written / PAGE).read_text(encoding="utf-8") == report.page
    assert (written / WORKBOOK).read_bytes() == report.workbook
    assert pl.read_parquet(written / REPORT_FIGURES.name / "*.parquet").equals(report.figures)
    assert version_of(town.root).run_id not in report.page
    assert str(town.root) not in report.page
    assert f"Отчёт: {town.book.latest_reports(MAY) / PAGE}" in town.said


def test_a_closed_month_is_reported_by_command_the_same(town: RanBook, tmp_path: Path) -> None:
    book = copied(town.root, tmp_path / "elsewhere")
    written = (book / "reports" / "run_month=2026-04" / PAGE).read_bytes()

    said = succeeded(raschet_here(book, "report", "--month", "2026-04", "--out", str(tmp_path / "out")))

    assert str(tmp_path / "out" / PAGE) in said
    assert (tmp_path / "out" / PAGE).read_bytes() == written


def test_a_month_that_is_not_published_is_told(town: RanBook, tmp_path: Path) -> None:
    called = raschet_here(town.root, "report", "--month", "2026-06", "--out", str(tmp_path))

    assert called.exit_code == 2
    assert "2026-06 не опубликован" in called.output + called.stderr


def test_the_page_is_whole_and_needs_no_network(report: Report) -> None:
    texts_of(report.page)

    addresses = set(re.findall(r"https?://[^\s\"'<]+", report.page))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert not re.search(r"<(script|link|img|iframe)\b|@import|url\((?!#)", report.page)


def test_nobody_reads_codes_or_holes(report: Report) -> None:
    words = {word for text in texts_of(report.page) for word in re.findall(r"[A-Za-z_]{3,}", text)}
    codes = {code for table in TABLES.values() for column in table.columns for code in column.allowed or ()}

    assert words & {"None", "nan", "NaN", "Decimal", "null"} == set()
    assert {word for word in words if word in codes and word.lower() not in SAID_ALL_THE_SAME} == set()
    assert {word for word in words if "_" in word} == set()


def test_names_of_people_and_phones_are_not_in_it(town: RanBook, report: Report) -> None:
    persons = pl.read_parquet(town.root / "landing" / "persons" / "**" / "*.parquet")
    contacts = pl.read_parquet(town.root / "landing" / "contacts" / "**" / "*.parquet")
    secrets = [*persons["full_name"].drop_nulls().to_list(), *contacts["phone"].drop_nulls().to_list()]

    assert [secret for secret in secrets if secret in report.page] == []


def test_every_section_asks_and_says_how_it_counts(sections: dict[str, Section], report: Report) -> None:
    assert len(sections) == len(SECTIONS)
    for section in sections.values():
        assert section.question.endswith("?")
        assert section.counted.endswith(".")
        assert f'<section id="{section.code}">' in report.page
        assert report.page.count(f'href="#{section.code}"') == 1
        assert section.empty.endswith(".")


def test_totals_of_the_page_are_those_of_the_ledger(town: RanBook, sections: dict[str, Section]) -> None:
    published = town.book.published(MAY)
    balances = pl.read_parquet(published / "account_balances" / "*.parquet")
    closing = balances["closing_rub"].sum()

    for code in ("creditors", "services", "kinds", "houses"):
        assert (sections[code].total_row() or {})["closing_rub"] == closing
    assert (sections["ageing"].total_row() or {})["open_rub"] == closing
    assert (sections["vintages"].total_row() or {})["open_rub"] == closing


def test_collection_goes_on_from_month_to_month(sections: dict[str, Section]) -> None:
    rows = sections["collection"].rows

    assert [f"{row['month']:%Y-%m}" for row in rows] == [
        "2025-12", "2026-01", "2026-02", "2026-03", "2026-04", "2026-05"
    ]
    assert rows[-1]["billed_so_far"] == sum(row["billed_rub"] for row in rows)
    assert all(row["paid_rub"] == row["current_rub"] + row["arrears_rub"] for row in rows)
    assert all(Decimal(0) < row["current_rub"] <= row["billed_rub"] for row in rows)


def test_the_funnel_loses_nobody(sections: dict[str, Section]) -> None:
    rows = sections["bonus"].rows

    assert sum(row["documents"] for row in rows) - sum(row["documents"] for row in rows[:-1]) == rows[-1]["documents"]
    assert [row["left"] for row in rows] == sorted((row["left"] for row in rows), reverse=True)
    assert rows[-1]["left"] == rows[-1]["documents"] > 0


def test_refused_rows_of_earlier_months_still_wait(sections: dict[str, Section]) -> None:
    total = sections["quarantined"].total_row() or {}

    assert total["rows"] > total["in_cycle"]
    assert total["rows"] == total["week"] + total["month"] + total["quarter"] + total["longer"]


def test_shields_spare_the_accounts_of_the_stories(sections: dict[str, Section]) -> None:
    spared = {row["shield"]: row for row in sections["shields"].rows}

    assert spared["hold:instalment"]["pairs"] > 0
    assert spared["covered_by_suspended"]["total_rub"] > 0


def test_what_follows_reminders_is_told_as_the_tables_hold_it(town: RanBook, sections: dict[str, Section]) -> None:
    """The stories: a service warned in May, a soldier, two accounts with instalments, cases of two accounts."""
    folder = town.root / "published" / f"run_month={LAST}"
    for code, table, measure in (("restriction", "restriction_list", "claimed_rub"),
                                 ("cases", "court_standing", "open_rub"),
                                 ("instalments", "instalments", "paid_rub")):
        rows = pl.read_parquet(sorted((folder / table).glob("*.parquet")))
        total = sections[code].total_row() or {}
        assert (total[measure], total["accounts"]) == (rows[measure].sum(), rows["account_id"].n_unique()), code

    states = {(row["next_action_code"], row["state"]) for row in sections["restriction"].rows}
    assert {("restriction", "due"), ("notice", "mobilised"), ("notice", "due")} <= states
    assert {row["status_code"] for row in sections["instalments"].rows} == {"kept", "broken"}
    assert any("Исполнительных документов к отправке" in note for note in sections["cases"].notes)


def test_tiles_say_what_the_sections_say(sections: dict[str, Section]) -> None:
    told = {tile.label: tile.value for tile in tiles(list(sections.values()))}
    closing = (sections["creditors"].total_row() or {})["closing_rub"]

    assert told["Долг"].replace("\u00a0", "").removesuffix("₽") == f"{closing}".replace(".", ",")
    assert told["Списков готово"] == "4 из 4"


def test_the_workbook_opens_with_every_section_and_every_row(report: Report, sections: dict[str, Section]) -> None:
    book = fastexcel.read_excel(report.workbook)

    assert book.sheet_names == [section.sheet for section in sections.values()]
    for section in sections.values():
        sheet, read = sheet_of(section), book.load_sheet(section.sheet, header_row=2)
        assert read.height == len(section.rows) + (1 if sheet.totals and section.rows else 0)
        assert [str(name) for name in read.to_polars().columns] == [head.text for head in sheet.heads]


def test_figures_hold_every_measure_once(report: Report) -> None:
    keys = report.figures.select(REPORT_FIGURES.primary_key)

    assert keys.is_unique().all()
    assert report.figures["section_code"].n_unique() >= len(SECTIONS) - 2, "a section without rows has no figures"


def test_may_is_the_month_that_is_read(report: Report) -> None:
    assert "<title>Отчёт за май 2026</title>" in report.page
    assert LAST not in "".join(texts_of(report.page)), "months are told in words"
