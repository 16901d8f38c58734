"""An analyst's session in a real browser, on a copy of the town: Debian's Chromium, the servers of `raschet ui`.

The tests follow each other as a session does: a month that a check stops, the same month green, its report, a what-if,
the closing, the catalogue. With RASCHET_SCREENSHOTS=FOLDER what is seen is kept there as PNG (for `docs/images/`).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Locator, Page, TimeoutError, expect, sync_playwright

from pipeline.cli import servers
from pipeline.cli.servers import LOCATION, Running, web_interface
from tests.dagster.graphql import runs, wait_for_location, wait_for_run
from tests.dagster.tampered import TAMPERED
from tests.town.books import LAST, ROOT, RanBook, copied, faults, published_bytes, version_of

CHROMIUM: Final = shutil.which("chromium") or ""
SHOTS: Final = os.environ.get("RASCHET_SCREENSHOTS", "")
#: A busy machine draws a page of Dagster in a minute; an idle one in two seconds.
PATIENCE: Final = 300_000
pytestmark = [
    pytest.mark.browser, pytest.mark.servers, pytest.mark.timeout(3600),
    pytest.mark.skipif(not CHROMIUM and os.environ.get("RASCHET_CI") != "1", reason="Chromium is not installed"),
]


@dataclass(frozen=True)
class Session:
    """A book, its web interface and one tab of a browser."""

    root: Path
    running: Running
    page: Page

    def open(self, path: str) -> Page:
        self.page.goto(f"{self.running.address}{path}")
        return self.page

    def shown(self, name: str) -> None:
        """Keep what is on the screen, when somebody has asked for screenshots."""
        if SHOTS:
            self.page.wait_for_timeout(1_000)
            self.page.screenshot(path=str(Path(SHOTS) / f"{name}.png"))

    def launched(self, button: Locator) -> str:
        """Press the button; the id of the run that it starts, when that has ended."""
        before = {run["runId"] for run in runs(self.running.address)}
        button.click()
        for _ in range(PATIENCE // 250):
            for run in runs(self.running.address):
                if run["runId"] not in before and run["status"] != "NOT_STARTED":
                    # the page of a run draws itself anew at every event: as dear as the run, and nobody looks
                    self.page.goto("about:blank")
                    wait_for_run(self.running.address, run["runId"], seconds=600)
                    return str(run["runId"])
            self.page.wait_for_timeout(250)
        raise AssertionError("no run was started")


@pytest.fixture(scope="module")
def session(town: RanBook, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    root = copied(town.root, tmp_path_factory.mktemp("session") / "book")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAGSTER_HOME", str(root.parent / "dagster"))
        patch.setenv("PYTHONPATH", str(ROOT))
        patch.setattr(servers, "MODULE", "tests.dagster.tampered")
        with web_interface(root, port=servers._any_free()) as running, sync_playwright() as playwright:
            wait_for_location(running.address, LOCATION)
            browser = playwright.chromium.launch(
                executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
            )
            page = browser.new_page(
                viewport={"width": 1280, "height": 800}, locale="ru-RU", timezone_id="Europe/Moscow",
                reduced_motion="reduce",
            )
            page.set_default_timeout(PATIENCE)
            expect.set_options(timeout=PATIENCE)
            yield Session(root, running, page)
            browser.close()


def start_month(session: Session, as_of: str) -> str:
    """Job `month` by its launchpad: May, and the day up to which arrivals count."""
    page = session.open(f"/locations/{LOCATION}/jobs/month")
    materialize = page.get_by_role("button", name="Materialize all…")
    materialize.locator("xpath=following::button[1]").click()
    page.get_by_text("Open launchpad").click()
    dialog = page.get_by_role("dialog")
    fill_launchpad(page, dialog, f'ops:\n  run_of_month:\n    config:\n      as_of: "{as_of}"\n')
    session.shown("launchpad")
    return session.launched(dialog.locator("button", has_text="Materialize").last)


def start_job(session: Session, job: str, config: str) -> str:
    """A job of one step by its launchpad."""
    page = session.open(f"/locations/{LOCATION}/jobs/{job}/playground")
    fill_launchpad(page, page.locator("body"), config)
    session.shown(f"launchpad-{job}")
    return session.launched(page.locator("button", has_text="Launch Run").last)


def fill_launchpad(page: Page, launchpad: Locator, config: str) -> None:
    """Choose the month and write the config over what the launchpad has laid out."""
    choose_month(page, launchpad.get_by_placeholder("Partition"))
    editor = launchpad.locator(".CodeMirror").first
    # the month chosen, the launchpad lays its config out anew
    expect(editor).to_contain_text("ops")
    editor.click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(config)
    expect(launchpad.get_by_text("No errors")).to_be_visible()


def choose_month(page: Page, partition: Locator) -> None:
    """The launchpad lays itself out once more when it has loaded, and forgets what was written before."""
    for tries_left in range(9, -1, -1):
        try:
            partition.click()
            partition.fill(LAST)
            page.get_by_role("menuitem", name=LAST).click(timeout=PATIENCE / 10)
            return
        except TimeoutError:
            if not tries_left:
                raise


def status(session: Session, run_id: str) -> str:
    return next(str(run["status"]) for run in runs(session.running.address) if run["runId"] == run_id)


def test_a_check_that_stops_the_month_says_what_is_wrong_and_the_month_stays(session: Session) -> None:
    before = published_bytes(session.root)
    (session.root / TAMPERED).touch()

    run_id = start_month(session, "2026-06-25")

    assert status(session, run_id) == "FAILURE"
    page = session.open("/assets/open_items?view=checks&checkDetail=open_items_continue_last_month")
    expect(page.get_by_text("Каждая строка долга продолжает прошлый месяц до копейки").first).to_be_visible()
    expect(page.get_by_text("Failed").first).to_be_visible()
    expect(page.get_by_text("расхождение")).to_be_visible()
    expect(page.get_by_text("примеры")).to_be_visible()
    session.shown("check-red")
    assert published_bytes(session.root) == before
    assert version_of(session.root).as_of == date(2026, 6, 20)


def test_an_analyst_starts_a_month_for_a_day_and_opens_its_report(session: Session) -> None:
    (session.root / TAMPERED).unlink(missing_ok=True)

    run_id = start_month(session, "2026-06-30")

    assert status(session, run_id) == "SUCCESS"
    assert (version_of(session.root).run_id, version_of(session.root).as_of) == (run_id, date(2026, 6, 30))
    session.open(f"/runs/{run_id}?logs=month_report")
    opened_from(session, run_id)
    page = session.open("/assets/month_report")
    expect(page.get_by_text("Отчёт за месяц").first).to_be_visible()
    opened_from(session, run_id)
    session.shown("run-report")


def opened_from(session: Session, run_id: str) -> None:
    """The link to the report on the page that is open; what it opens is the report of that run."""
    address = f"{session.running.reports}/{LAST}/{run_id}/report.html"
    link = session.page.locator(f'a[href="{address}"]').first
    expect(link).to_be_visible()
    link.scroll_into_view_if_needed()
    with session.page.context.expect_page() as opening:
        link.click()
    report = opening.value
    expect(report.get_by_role("heading").first).to_contain_text("май 2026")
    assert report.url == address
    report.close()


def test_green_checks_show_their_sentences_and_figures(session: Session) -> None:
    page = session.open("/assets/open_items?view=checks&checkDetail=open_items_add_up")

    expect(page.get_by_text("Passed").first).to_be_visible()
    expect(page.get_by_text("ожидалось")).to_be_visible()
    session.shown("check-green")


def test_the_start_page_of_the_reports_leads_to_the_report(session: Session) -> None:
    page = session.page
    page.goto(session.running.reports)

    expect(page.get_by_role("heading", name="май 2026")).to_be_visible()
    session.shown("reports")
    page.locator(f'a[href$="{version_of(session.root).run_id}/report.html"]').click()
    expect(page.get_by_role("heading").first).to_contain_text("май 2026")
    session.shown("report")


def test_a_what_if_is_started_and_its_page_opened(session: Session) -> None:
    before = published_bytes(session.root)

    run_id = start_job(session, "what_if", (
        "ops:\n  scenario:\n    config:\n      name: earlier\n"
        "      rules: |\n        rules:\n          debt.sms_months_overdue_min: 0\n"
    ))

    assert status(session, run_id) == "SUCCESS"
    page = session.open(f"/runs/{run_id}?logs=scenario")
    link = page.locator(f'a[href^="{session.running.reports}/scenarios/{LAST}/earlier/"]').first
    expect(link).to_be_visible()
    with page.context.expect_page() as opening:
        link.click()
    expect(opening.value.get_by_role("heading").first).to_be_visible()
    opening.value.close()
    assert published_bytes(session.root) == before


def test_the_month_is_closed(session: Session) -> None:
    run_id = start_job(session, "close_month", 'ops:\n  closed_month:\n    config:\n      as_of: "2026-07-01"\n')

    assert status(session, run_id) == "SUCCESS"
    assert version_of(session.root).is_closed
    assert faults(session.root) == []


def test_the_catalogue_shows_columns_with_meanings(session: Session) -> None:
    page = session.open("/assets/debtors")

    expect(page.get_by_text("Одна строка: счёт × получатель × направление").first).to_be_visible()
    expect(page.get_by_text("Направление работы с долгом. notice — напоминания").first).to_be_visible()
    session.shown("catalogue")
