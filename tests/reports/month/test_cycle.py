"""Figures of a cycle that its report kept: the same for later reports, and only for the version that they are of."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from pipeline.billing_month import BillingMonth
from pipeline.reports.month.cycle import FILE, Cycle
from pipeline.storage.book import Book
from pipeline.storage.manifest import Version
from pipeline.storage.report_files import write_report

MONTH = BillingMonth(2025, 12)
FOUND = Cycle(
    {MONTH: Decimal("1360712795.59"), BillingMonth(2022, 12): Decimal("-0.01")},
    {"billed_rub": Decimal("10.00"), "late_rub": Decimal("0.30"), "cycle_rub": Decimal("10.30")}, Decimal("7.07"),
)


@pytest.fixture
def version(tmp_path: Path) -> Version:
    return Version(tmp_path / "r1", {"content": {"month": str(MONTH)}, "content_hash": "a" * 64}, None)


def test_later_reports_read_what_was_kept(tmp_path: Path, version: Version) -> None:
    book = Book.at(tmp_path)
    write_report(book, MONTH, "r1", FILE, FOUND.to_keep(version))

    assert Cycle.kept(book, version) == FOUND


def test_figures_of_other_content_are_not_believed(tmp_path: Path, version: Version) -> None:
    book = Book.at(tmp_path)
    other = replace(version, manifest={**version.manifest, "content_hash": "b" * 64})
    write_report(book, MONTH, "r1", FILE, FOUND.to_keep(other))

    assert Cycle.kept(book, version) is None


@pytest.mark.parametrize("text", [None, "", "[]", "{}", '{"content_hash": "' + "a" * 64 + '", "laid": {"x": "1"}}'])
def test_figures_that_cannot_be_read_are_asked_anew(tmp_path: Path, version: Version, text: str | None) -> None:
    book = Book.at(tmp_path)
    if text is not None:
        write_report(book, MONTH, "r1", FILE, text)

    assert Cycle.kept(book, version) is None
