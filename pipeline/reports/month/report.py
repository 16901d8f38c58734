"""The whole report of one published version: page, workbook and figures, the same bytes from the same version."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl
from markupsafe import Markup

from pipeline.contracts.reports import REPORT_FIGURES
from pipeline.rendering.russian import month_name
from pipeline.reports.month.cycle import FILE as KEPT
from pipeline.reports.month.figures import figures
from pipeline.reports.month.page import chart_of, page_of
from pipeline.reports.month.section import Section
from pipeline.reports.month.sections import SECTIONS
from pipeline.reports.month.sheets import book_of
from pipeline.reports.month.source import source_of
from pipeline.reports.month.tiles import tiles
from pipeline.storage.book import Book
from pipeline.storage.files import write_bytes, write_parquet
from pipeline.storage.manifest import Version
from pipeline.storage.report_files import show_latest, write_report, write_report_table

PAGE: Final = "report.html"
WORKBOOK: Final = "report.xlsx"


@dataclass(frozen=True)
class Report:
    """What people read, ready to be written."""

    page: str
    workbook: bytes
    figures: pl.DataFrame
    cycle: bytes


def report_of(book: Book, version: Version) -> Report:
    """Ask every section once and render the answers. Charts are drawn beside: that takes as long as all the rest."""
    with source_of(book, version) as source, ThreadPoolExecutor(1) as drawing:
        sections: list[Section] = []
        pictures: list[Future[Markup | None]] = []
        for section in SECTIONS:
            sections.append(section(source))
            pictures.append(drawing.submit(chart_of, sections[-1]))
        title = f"{book.settings.name}: отчёт за {month_name(version.month)}"
        workbook = book_of(sections, made_on=version.as_of, title=title)
        return Report(
            page_of(source, sections, [picture.result() for picture in pictures], tiles(sections)), workbook,
            figures(sections), source.cycles[version.month].to_keep(version),
        )


def write_beside(book: Book, version: Version, report: Report) -> Path:
    """Write the report beside its version and show it as the month's latest; the page."""
    month, run_id = version.month, version.folder.name
    write_report(book, month, run_id, WORKBOOK, report.workbook)
    write_report_table(book, month, run_id, REPORT_FIGURES, report.figures)
    write_report(book, month, run_id, KEPT, report.cycle)
    page = write_report(book, month, run_id, PAGE, report.page)
    show_latest(book, month, run_id)
    return page


def write_into(folder: Path, report: Report) -> Path:
    """Write the report into any folder; the page."""
    write_bytes(folder / WORKBOOK, report.workbook)
    write_parquet(folder / REPORT_FIGURES.name / "part-000.parquet", report.figures)
    write_bytes(folder / PAGE, report.page.encode())
    return folder / PAGE
