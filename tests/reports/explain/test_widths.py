"""Pages as a browser lays them out: an explanation fits a desk, and on a telephone tables scroll, not the page."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Page, sync_playwright

from pipeline.reports.explain.assembling import as_page
from pipeline.reports.explain.explanation import Explanation
from tests.reports.explain.test_explanations import account_of
from tests.town.books import MAY, RanBook

CHROMIUM: Final = shutil.which("chromium") or ""
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM and os.environ.get("RASCHET_CI") != "1", reason="нет chromium"),
]
TELEPHONE, DESK = 390, 1200
#: Beginnings of tables that stand open and are wider than the box in which they scroll.
_CUT: Final = """() => [...document.querySelectorAll('.wide')].filter(
    box => !box.closest('details') && box.scrollWidth > box.clientWidth + 1).map(box => box.textContent.slice(0, 60))"""


@pytest.fixture(scope="module")
def browser_page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        )
        yield browser.new_page()
        browser.close()


@pytest.fixture(scope="module")
def explained_file(
    explanation_of: Callable[[str], Explanation], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    file = tmp_path_factory.mktemp("page") / "explain.html"
    file.write_text(as_page(explanation_of(account_of("five_months"))), encoding="utf-8")
    return file


def laid_out(page: Page, file: Path, width: int) -> Page:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(file.as_uri())
    return page


def test_no_column_of_an_explanation_is_cut_on_a_desk(browser_page: Page, explained_file: Path) -> None:
    page = laid_out(browser_page, explained_file, DESK)

    assert page.locator(".wide table").count() > 3
    assert page.evaluate(_CUT) == []


def test_on_a_telephone_tables_scroll_and_pages_do_not(
    browser_page: Page, explained_file: Path, town: RanBook
) -> None:
    reports = town.book.latest_reports(MAY)
    for file in (explained_file, reports / "report.html", reports / "changes.html"):
        page = laid_out(browser_page, file.resolve(), TELEPHONE)
        assert page.evaluate("document.documentElement.scrollWidth") == TELEPHONE, file.name
        assert page.evaluate(_CUT) != [], file.name
