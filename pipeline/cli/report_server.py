"""Serves `<book>/reports/` beside the web interface: read-only, loopback, this folder and nothing else.

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
from pipeline.rendering.russian import month_name
from pipeline.storage.book import Book

LOOPBACK: Final = "127.0.0.1"
LATEST: Final = "run_month="
TYPES: Final = {
    ".html": "text/html; charset=utf-8", ".pdf": "application/pdf", ".svg": "image/svg+xml",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".json": "application/json; charset=utf-8", ".txt": "text/plain; charset=utf-8",
    ".parquet": "application/vnd.apache.parquet",
}
SHOWN: Final = (".html", ".xlsx", ".pdf")
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
    """The files of one run."""

    run: str
    is_latest: bool
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


def found_report(reports: Path, address: str) -> Path | None:
    """The file that an address means: inside the folder after every link and `..`, and not hidden. None otherwise."""
    asked = unquote(urlsplit(address).path)
    if "\0" in asked or any(part.startswith(".") for part in asked.split("/")):
        return None
    file = (reports / asked.lstrip("/")).resolve()
    return file if file.is_relative_to(reports.resolve()) and file.is_file() else None


def shelf(book: Book) -> str:
    """The start page: months, newest first, with the reports of each version that is still there."""
    return page("shelf.html.j2", book=book.settings.name, months=[*_months(book)])


def _months(book: Book) -> Iterator[ShownMonth]:
    reports = book.root / "reports"
    for folder in sorted(reports.glob("[0-9][0-9][0-9][0-9]-[01][0-9]"), reverse=True):
        month = BillingMonth.parse(folder.name)
        latest = book.latest_reports(month).resolve().name
        versions = [
            ShownVersion(run.name, run.name == latest, _files(reports, run))
            for run in sorted(folder.iterdir()) if run.is_dir() and not run.name.startswith(".")
        ]
        if shown := tuple(version for version in versions if version.files):
            yield ShownMonth(month_name(month), shown)


def _files(reports: Path, run: Path) -> tuple[Shown, ...]:
    found = sorted(
        (file for file in run.rglob("*") if file.suffix in SHOWN and not file.name.startswith(".")),
        key=lambda file: (SHOWN.index(file.suffix), file),
    )
    return tuple(
        Shown(file.relative_to(run).as_posix(), _title(file), "/" + quote(file.relative_to(reports).as_posix()))
        for file in found
    )


def _title(file: Path) -> str:
    """A page is called what it calls itself, another file by its name."""
    if file.suffix != ".html":
        return file.stem
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
        file = found_report(self.book.root / "reports", self.path)
        if file is None:
            return HTTPStatus.NOT_FOUND, TYPES[".html"], page("missing.html.j2").encode()
        return HTTPStatus.OK, TYPES.get(file.suffix, "application/octet-stream"), file.read_bytes()

    def _is_asked_here(self) -> bool:
        """A foreign site whose name was pointed at this machine sends its own name as the host."""
        host = (self.headers.get("Host") or "").rpartition(":")[0]
        return host in (LOOPBACK, "localhost")
