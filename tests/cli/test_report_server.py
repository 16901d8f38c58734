"""The reports server: what it shows, and everything that it must never hand out."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from pipeline.assets.links import address_of, linked
from pipeline.billing_month import BillingMonth
from pipeline.cli.report_server import served_reports
from pipeline.resources import REPORTS_VARIABLE
from pipeline.storage.book import Book
from pipeline.storage.report_files import show_latest, write_report
from pipeline.storage.settings import BookSettings, settings_text

MAY = BillingMonth(2026, 5)
PAGE = "<!doctype html><html><head><title>Месяц май &amp; люди</title></head><body>х</body></html>"


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Book:
    root = tmp_path_factory.mktemp("shelf") / "book"
    root.mkdir()
    (root / "settings.yaml").write_text(settings_text(BookSettings()), encoding="utf-8")
    book = Book.at(root)
    write_report(book, MAY, "night-1", "report.html", "<title>Старая ночь</title>")
    write_report(book, MAY, "night-2", "report.html", PAGE)
    write_report(book, MAY, "night-2", "report.xlsx", b"PK")
    write_report(book, MAY, "night-2", "changes.html", "<title>Почему изменились цифры</title>")
    write_report(book, MAY, "night-2", "acts/УК Заря.pdf", b"%PDF-1.7")
    show_latest(book, MAY, "night-2")
    pages = book.root / "scenarios" / "2026-05" / "softer" / "reports" / "2026-05" / "softer"
    pages.mkdir(parents=True)
    (pages / "whatif.html").write_text("<title>Мягче</title>", encoding="utf-8")
    (pages.parents[2] / "_scenario.json").write_text("{}", encoding="utf-8")
    (pages.parents[2] / "settings.yaml").write_text("", encoding="utf-8")
    book.personal.mkdir()
    (book.personal / "names.txt").write_text("секрет", encoding="utf-8")
    return book


@pytest.fixture(scope="module")
def served(shelf: Book) -> Iterator[str]:
    with served_reports(shelf, 0) as address:
        yield address


def asked(
    address: str, path: str, *, method: str = "GET", host: str | None = None
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body, with the path sent as it is: no client tidies the dots away."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=120)
    connection.request(method, path, headers={"Host": host} if host else {})
    answer = connection.getresponse()
    return answer.status, dict(answer.getheaders()), answer.read()


def test_a_page_is_served_as_it_is_and_kept_by_no_browser(served: str) -> None:
    status, headers, body = asked(served, "/2026-05/night-2/report.html")

    assert (status, body.decode()) == (200, PAGE)
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert asked(served, "/2026-05/night-2/report.html", method="HEAD")[2] == b""


def test_the_link_of_a_month_leads_to_its_latest_report(served: str) -> None:
    assert asked(served, "/run_month=2026-05/report.html")[2].decode() == PAGE


def test_the_start_page_lists_months_and_reports_by_their_own_names(served: str) -> None:
    shown = asked(served, "/")[2].decode()

    assert "май 2026" in shown
    assert '<a href="/2026-05/night-2/report.html">Месяц май &amp; люди</a>' in shown
    assert "acts/УК Заря.pdf" in shown
    assert ">Месяц май &amp; люди: книга Excel</a>" in shown
    assert shown.index("report.html") < shown.index("changes.html")
    latest, earlier, scenario = shown.split("<details>")
    assert "night-2/report.html" in latest
    assert "Прежний расчёт" in earlier
    assert "Старая ночь" in earlier
    assert "Что, если: softer" in scenario
    assert '<a href="/scenarios/2026-05/softer/whatif.html">Мягче</a>' in scenario


def test_a_page_of_a_scenario_is_served(served: str) -> None:
    status, _, body = asked(served, "/scenarios/2026-05/softer/whatif.html")

    assert (status, body.decode()) == (200, "<title>Мягче</title>")


def test_a_file_with_a_cyrillic_name_opens_by_its_address(served: str) -> None:
    status, headers, _ = asked(served, "/2026-05/night-2/acts/%D0%A3%D0%9A%20%D0%97%D0%B0%D1%80%D1%8F.pdf")

    assert (status, headers["Content-Type"]) == (200, "application/pdf")


@pytest.mark.parametrize("path", [
    "/../settings.yaml", "/2026-05/../../personal/names.txt", "/%2e%2e/personal/names.txt",
    "/..%2fpersonal%2fnames.txt", "//etc/passwd", "/2026-05/night-2/%00", "/2026-05", "/2026-05/night-2/",
    "/.link", "/scenarios/2026-05/softer/settings.yaml", "/scenarios/2026-05/softer", "/scenarios/..",
    "/scenarios/2026-05/softer/../../../settings.yaml", "/2026-05/night-3/report.html",
    "/" + "a" * 300, "/scenarios/2026-05/" + "a" * 300 + "/whatif.html",
])
def test_nothing_outside_the_folder_and_no_folder_is_handed_out(served: str, path: str) -> None:
    status, _, body = asked(served, path)

    assert status == 404
    assert "Такого отчёта нет" in body.decode()


def test_a_link_that_leaves_the_folder_is_not_followed(served: str, shelf: Book) -> None:
    (shelf.root / "reports" / "2026-05" / "out").symlink_to(shelf.personal)

    assert asked(served, "/2026-05/out/names.txt")[0] == 404


def test_a_foreign_name_of_this_machine_is_refused(served: str) -> None:
    port = urlsplit(served).port

    assert asked(served, "/", host=f"evil.example:{port}")[0] == 421
    assert asked(served, "/", host=f"localhost:{port}")[0] == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_it_only_reads(served: str, method: str) -> None:
    assert asked(served, "/2026-05/night-2/report.html", method=method)[0] == 501


def test_a_run_links_its_report_only_where_somebody_serves_it(shelf: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    file = shelf.reports_of(MAY, "night-2") / "report.html"

    monkeypatch.setenv(REPORTS_VARIABLE, "http://127.0.0.1:3001/")
    told = linked(shelf, отчёт=file)
    scenario = shelf.root / "scenarios/2026-05/softer/reports/2026-05/softer/whatif.html"
    assert address_of(shelf, scenario) == "http://127.0.0.1:3001/scenarios/2026-05/softer/whatif.html"
    monkeypatch.delenv(REPORTS_VARIABLE)
    alone = linked(shelf, отчёт=file)

    assert told["отчёт"].value == "http://127.0.0.1:3001/2026-05/night-2/report.html"
    assert [*alone] == ["отчёт, файл"]
    assert alone["отчёт, файл"].value == "reports/2026-05/night-2/report.html"
    assert not Path(alone["отчёт, файл"].value).is_absolute()
