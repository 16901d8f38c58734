"""A report that fails is told and makes the run red; the month is published and its lists are ready all the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.billing_month import BillingMonth
from pipeline.reports.month import report as month_report
from pipeline.reports.month.source import Source
from tests.town.books import RanBook, copied, raschet_here, version_of

DECEMBER = BillingMonth(2025, 12)


def broken(source: Source) -> None:
    raise ArithmeticError(f"section of {source.month}")


def test_a_drawing_hides_no_month(small: RanBook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = copied(small.root, tmp_path / "book")
    before = version_of(book, DECEMBER)
    monkeypatch.setattr(month_report, "SECTIONS", (*month_report.SECTIONS, broken))

    called = raschet_here(book, "run", "--month", "2025-12", "--as-of", "2026-01-16")

    told = called.output + called.stderr
    after = version_of(book, DECEMBER)
    assert called.exit_code == 1
    assert (before.as_of.isoformat(), after.as_of.isoformat()) == ("2026-01-15", "2026-01-16")
    assert "2025-12: рассчитан по 16.01.2026, проверен и опубликован" in told
    assert "отчёт за 2025-12 не составлен" in told
    assert "raschet report --month 2025-12" in told
    assert "Отчёт: " not in told, "the report of another version is not shown as this one's"

    monkeypatch.undo()
    made = raschet_here(book, "report", "--month", "2025-12")
    assert made.exit_code == 0, made.output
    assert (book / "reports" / "run_month=2025-12" / month_report.PAGE).is_file()
