"""Serves `<book>/reports/` and the reports of scenarios beside the web interface: read-only, loopback, nothing else.

    /<month>/<run>/report.html      <book>/reports/<month>/<run>/report.html
    /scenarios/<month>/<name>/…     <book>/scenarios/<month>/<name>/reports/<month>/<name>/…

Here: which file an address means, its headers, the start page. Not here: the reports, who starts the server
(`servers.py`). A page of another site cannot read it: the name of the host must be this machine's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from html import unescape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from pipeline.billing_month import BillingMonth
from pipeline.rendering.html import page
from pipeline.rendering.russian import day, month_name
from pipeline.storage.book import Book
from pipeline.storage.manifest import versions_of
from pipeline.storage.scenario import FOLDER as SCENARIOS
from pipeline.storage.scenario import scenarios_of

LOOPBACK: Final = "127.0.0.1"
TYPES: Final = {
    ".html": "text/html; charset=utf-8", ".pdf": "application/pdf", ".svg": "image/svg+xml",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".json": "application/json; charset=utf-8", ".txt": "text/plain; charset=utf-8",
    ".parquet": "application/vnd.apache.parquet",
}
SHOWN: Final = (".html", ".xlsx", ".pdf")
KINDS: Final = {".xlsx": "книга Excel", ".pdf": "для печати"}
#: The report of the month stands first.
MAIN: Final = "report"
HEADERS: Final = {
    "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
                               "img-src data:; font-src data:; base-uri 'none'; form-action 'none'",
}
_TITLE: Final = re.compile(r"<title>(.*?)</title>", re.DOTALL | re.IGNORECASE)
_HEAD_OF_A_PAGE: Final = 2_048


@dataclass(frozen=True)
class Shown:
    """One file of the start page."""

    name: str
    title: str
    address: str


@dataclass(frozen=True)
class ShownVersion:
    """The files of one run or scenario; the published one needs no title."""

    title: str
    files: tuple[Shown, ...]


@dataclass(frozen=True)
class ShownMonth:
    """The versions of one month that still have files."""

    name: str
    versions: tuple[ShownVersion, ...]


@contextmanager
def served_reports(book: Book, port: int) -> Iterator[str]:
    """Serve the reports of a book on a port of this machine (0: any free one); the address, while the block lasts."""
    with ThreadingHTTPServer((LOOPBACK, port), partial(_Shelf, book)) as server:
        server.daemon_threads = True
        Thread(target=server.serve_forever, args=(0.05,), name="reports", daemon=True).start()
        try:
            yield f"http://{LOOPBACK}:{server.server_port}"
        finally:
            server.shutdown()


def found_report(book: Book, address: str) -> Path | None:
    """The file that an address means: inside its folder after every link and `..`, and not hidden. None otherwise."""
    asked = [part for part in unquote(urlsplit(address).path).split("/") if part]
    if any(part.startswith(".") or "\0" in part for part in asked):
        return None
    folder = book.root / "reports"
    if asked[:1] == [SCENARIOS]:
        if len(asked) < 4:
            return None
        _, month, name, *asked = asked
        folder = scenario_reports(book, month, name)
    try:
        file = folder.joinpath(*asked).resolve()
        is_inside = file.is_relative_to(folder.resolve()) and folder.resolve().is_relative_to(book.root)
        return file if is_inside and file.is_file() else None
    except (OSError, RuntimeError):  # a name longer than the disk allows, links that lead to each other
        return None


def scenario_reports(book: Book, month: str, name: str) -> Path:
    """Where a scenario keeps its pages: it is a book of its own, and its run bears its name."""
    return book.root / SCENARIOS / month / name / "reports" / month / name


def shelf(book: Book) -> str:
    """The start page: months, newest first, with the reports of each version that is still there."""
    return page("shelf.html.j2", book=book.settings.name, months=[*_months(book)])


def _months(book: Book) -> Iterator[ShownMonth]:
    for folder in sorted((book.root / "reports").glob("[0-9][0-9][0-9][0-9]-[01][0-9]"), reverse=True):
        month = BillingMonth.parse(folder.name)
        latest = book.latest_reports(month).resolve().name
        counted = {version.run_id: version.as_of for version in versions_of(book, month)}
        versions = [
            ShownVersion(
                "" if run.name == latest else f"Прежний расчёт, по {day(counted.get(run.name))}",
                _files(run, f"{month}/{run.name}"),
            )
            for run in sorted(folder.iterdir()) if run.is_dir() and not run.name.startswith(".")
        ]
        scenarios = [
            ShownVersion(f"Что, если: {scenario.name}", _files(
                scenario_reports(book, str(month), scenario.name), f"{SCENARIOS}/{month}/{scenario.name}"
            ))
            for scenario in scenarios_of(book, month)
        ]
        # the reports of the published version first
        shown = sorted((one for one in [*versions, *scenarios] if one.files), key=lambda one: bool(one.title))
        if shown:
            yield ShownMonth(month_name(month), tuple(shown))


def _files(folder: Path, address: str) -> tuple[Shown, ...]:
    found = sorted(
        (file for file in folder.rglob("*") if file.suffix in SHOWN and not file.name.startswith(".")),
        key=lambda file: (file.stem != MAIN, file.stem, SHOWN.index(file.suffix), file),
    )
    names = [file.relative_to(folder).as_posix() for file in found]
    return tuple(
        Shown(name, _title(file), "/" + quote(f"{address}/{name}")) for name, file in zip(names, found, strict=True)
    )


def _title(file: Path) -> str:
    """A page is called what it calls itself, a workbook like the page beside it, another file by its name."""
    if file.suffix != ".html":
        beside = file.with_suffix(".html")
        return f"{_title(beside)}: {KINDS[file.suffix]}" if beside.is_file() else file.stem
    with file.open(encoding="utf-8", errors="replace") as text:
        told = _TITLE.search(text.read(_HEAD_OF_A_PAGE))
    return unescape(told[1]).strip() if told else file.stem


class _Shelf(BaseHTTPRequestHandler):
    """GET and HEAD; every other method is answered 501 by the base class."""

    server_version = "Raschet"
    sys_version = ""

    def __init__(self, book: Book, *connection: object) -> None:
        self.book = book
        super().__init__(*connection)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def log_message(self, format: str, *args: object) -> None:
        """Silent: the terminal belongs to `raschet ui`."""

    def _answer(self, *, with_body: bool) -> None:
        status, kind, content = self._found()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.end_headers()
        if with_body:
            self.wfile.write(content)

    def _found(self) -> tuple[HTTPStatus, str, bytes]:
        if not self._is_asked_here():
            return HTTPStatus.MISDIRECTED_REQUEST, TYPES[".txt"], b""
        if urlsplit(self.path).path in ("", "/"):
            return HTTPStatus.OK, TYPES[".html"], shelf(self.book).encode()
        file = found_report(self.book, self.path)
        if file is None:
            return HTTPStatus.NOT_FOUND, TYPES[".html"], page("missing.html.j2").encode()
        return HTTPStatus.OK, TYPES.get(file.suffix, "application/octet-stream"), file.read_bytes()

    def _is_asked_here(self) -> bool:
        """A foreign site whose name was pointed at this machine sends its own name as the host."""
        host = (self.headers.get("Host") or "").rpartition(":")[0]
        return host in (LOOPBACK, "localhost")
