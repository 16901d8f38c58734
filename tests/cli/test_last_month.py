"""Commands that may be asked without a month mean the newest published one."""

from __future__ import annotations

from pathlib import Path

from tests.robustness.small import DECEMBER
from tests.town.books import RanBook, copied, raschet_here, succeeded


def test_a_report_without_a_month_is_of_the_last_one(small: RanBook, tmp_path: Path) -> None:
    book = copied(small.root, tmp_path / "book")

    said = succeeded(raschet_here(book, "report", "--out", str(tmp_path / "report")))

    page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    assert "Отчёт: " in said
    assert "Отчёт за декабрь 2025" in page
    assert str(DECEMBER) == "2025-12"


def test_without_any_month_it_is_said_what_to_do(small: RanBook, tmp_path: Path) -> None:
    book = copied(small.root, tmp_path / "book")
    (book / "published" / f"run_month={DECEMBER}").unlink()

    for words in (["report"], ["diff"]):
        done = raschet_here(book, *words)
        assert done.exit_code == 2
        assert "ещё нет опубликованных месяцев" in done.stderr
