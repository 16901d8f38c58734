"""Checks of the month's report: they hold over a real month, and each is seen failing once on a spoilt figure."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

import pipeline.checks.reports
from pipeline.billing_month import BillingMonth
from pipeline.checks.room import DECLARED, finding_of
from pipeline.contracts.reports import REPORT_FIGURES
from pipeline.storage.book import Book
from pipeline.storage.manifest import published_version
from pipeline.storage.run import MonthRun, NotComputed
from tests.town.books import RanBook, copied

CHECKS = [declared for declared in DECLARED if declared.check.__module__ == pipeline.checks.reports.__name__]
DECEMBER = BillingMonth(2025, 12)
#: Check → the figure that is spoilt: section, measure, a total or the first row of the section.
SPOILT = {
    "report_rows_add_up_to_totals": ("channels", "longest", True),
    "report_turnover_equals_balances": ("services", "closing_rub", False),
    "report_collection_equals_movements": ("collection", "current_rub", False),
    "report_counts_equal_tables": ("bonus", "documents", True),
    "report_spares_nobody_who_is_listed": ("shields", "pairs", False),
}


@pytest.fixture(scope="module")
def book(small: RanBook, tmp_path_factory: pytest.TempPathFactory) -> Book:
    return Book.at(copied(small.root, tmp_path_factory.mktemp("reported") / "book"))


@pytest.fixture
def run(book: Book) -> MonthRun:
    version = published_version(book, DECEMBER)
    assert version is not None
    return MonthRun.resume(book, DECEMBER, version.folder.name)


def figures_of(run: MonthRun) -> Path:
    return run.book.reports_of(run.month, run.run_id) / REPORT_FIGURES.name / "part-000.parquet"


def test_every_check_is_spoilt_here() -> None:
    assert {declared.name for declared in CHECKS} == set(SPOILT)


@pytest.mark.parametrize("name", SPOILT)
def test_it_holds_over_a_real_month_and_fails_on_a_spoilt_figure(run: MonthRun, name: str) -> None:
    section, measure, is_total = SPOILT[name]
    file = figures_of(run)
    whole = file.read_bytes()
    assert finding_of(name, run).passed, finding_of(name, run)
    try:
        spoil(file, section, measure, is_total)
        finding = finding_of(name, run)
    finally:
        file.write_bytes(whole)

    assert not finding.passed
    assert finding.found
    assert finding.sample_ids[0].startswith(section)


@pytest.mark.parametrize(("name", "section", "measure", "is_total"), [
    ("report_collection_equals_movements", "collection", "current_rub", False),
    ("report_collection_equals_movements", "collection", "late_rub", False),
    ("report_collection_equals_movements", "collection", "cycle_rub", False),
    ("report_counts_equal_tables", "channels", "amount_rub", True),
    ("report_counts_equal_tables", "quarantined", "rows", True),
    ("report_counts_equal_tables", "penalties", "change_rub", True),
])
def test_each_of_these_figures_is_held_to_the_tables(
    run: MonthRun, name: str, section: str, measure: str, is_total: bool
) -> None:
    file = figures_of(run)
    whole = file.read_bytes()
    try:
        spoil(file, section, measure, is_total)
        finding = finding_of(name, run)
    finally:
        file.write_bytes(whole)

    assert f"{section}: {measure}" in [sample.replace(":  ", ": ") for sample in finding.sample_ids]


def test_a_channel_that_no_payment_came_through_is_seen(run: MonthRun) -> None:
    file = figures_of(run)
    whole = file.read_bytes()
    figures = pl.read_parquet(file)
    own = figures.filter(section_code="channels", measure="payments", is_total=False).head(1)
    try:
        pl.concat([figures, own.with_columns(row_key=pl.lit("pigeon"))]).write_parquet(file)
        finding = finding_of("report_counts_equal_tables", run)
    finally:
        file.write_bytes(whole)

    assert finding.sample_ids == ["channels: pigeon payments"]


def spoil(file: Path, section: str, measure: str, is_total: bool) -> None:
    """Add a large amount to the first figure that fits; a section with nobody in it is given one."""
    figures = pl.read_parquet(file).with_row_index("place")
    own = figures.filter(section_code=section, measure=measure, is_total=is_total).sort("row_key", descending=True)
    told = "value_rub" if measure.endswith("_rub") else "value_count"
    if own.is_empty():
        added = pl.DataFrame({"section_code": [section], "is_total": [is_total], "row_key": ["small_sum"],
                              "measure": [measure], told: [999]})
        spoilt = pl.concat([figures.drop("place"), added.cast({told: figures.schema[told]})], how="diagonal")
    else:
        dtype = figures.schema[told]
        more = pl.when(pl.col("place") == own["place"][0]).then((pl.col(told) + 999).cast(dtype)).otherwise(told)
        spoilt = figures.with_columns(more.alias(told)).drop("place")
    spoilt.write_parquet(file)


def test_the_audit_at_closing_does_not_ask_for_a_report(run: MonthRun) -> None:
    """A drawing never keeps a month open."""
    assert not any(declared.is_audited for declared in CHECKS)
    assert all(declared.is_blocking for declared in CHECKS), "the run is red all the same"


def test_without_a_report_there_is_nothing_to_check(run: MonthRun) -> None:
    file = figures_of(run)
    aside = file.rename(file.with_name("aside"))
    try:
        with pytest.raises(NotComputed, match="Отчёта за 2025-12 нет"):
            finding_of("report_counts_equal_tables", run)
    finally:
        aside.rename(file)
