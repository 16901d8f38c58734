"""The comparison of a version written beside it: tables of `changes`, and the page.

    reports/<month>/<run>/changes.html   changes/   change_causes/   change_totals/
"""

from __future__ import annotations

from pathlib import Path

from pipeline.reports.changes.compare import Difference, compare
from pipeline.reports.changes.named import pair_of
from pipeline.reports.changes.page import PAGE, drawn
from pipeline.storage.book import Book
from pipeline.storage.files import write_bytes
from pipeline.storage.manifest import Version
from pipeline.storage.report_files import show_latest


def compared_beside(book: Book, version: Version) -> Difference | None:
    """Compare a version with the night or the month before it, beside it; None when there is nothing before."""
    pair = pair_of(book, version)
    if pair is None:
        return None
    before, after = pair
    into = book.reports_of(version.month, version.folder.name)
    return compare(before.folder, after.folder, into, workers=book.workers)


def drawn_into(found: Difference, folder: Path) -> Path:
    """Write the page of a comparison into a folder; the page."""
    file = folder / PAGE
    write_bytes(file, drawn(found).encode())
    return file


def shown_beside(book: Book, version: Version, found: Difference) -> Path:
    """Write the page beside the version and point the month's link at it; the page."""
    file = drawn_into(found, book.reports_of(version.month, version.folder.name))
    show_latest(book, version.month, version.folder.name)
    return file
