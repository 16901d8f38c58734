"""Links from a run to the files that people read: an address to click where `raschet ui` serves reports, and the path.

Here: metadata of report files. Not here: the files, the server (`cli/report_server.py`).
"""

from pathlib import Path
from typing import Any
from urllib.parse import quote

import dagster as dg

from pipeline.resources import reports_url
from pipeline.storage.book import Book
from pipeline.storage.scenario import FOLDER as SCENARIOS


def linked(book: Book, **files: Path) -> dict[str, Any]:
    """Metadata of report files by label: `linked(book, отчёт=file)` gives «отчёт» to click and «отчёт, файл» to find.

    Paths are relative to the book, so that the record names no folder of this machine.
    """
    told: dict[str, Any] = {}
    for label, file in files.items():
        if address := address_of(book, file):
            told[label] = dg.MetadataValue.url(address)
        told[f"{label}, файл"] = dg.MetadataValue.text(file.relative_to(book.root).as_posix())
    return told


def address_of(book: Book, file: Path) -> str:
    """Where a file of `reports/` or of a scenario's reports can be opened; empty when nobody serves them."""
    served = reports_url()
    folder, *inside = file.relative_to(book.root).parts
    if folder == SCENARIOS:
        # scenarios/<month>/<name>/reports/<month>/<name>/page: a scenario is a book of its own
        month, name, _reports, _month, _run, *rest = inside
        inside = [SCENARIOS, month, name, *rest]
    return f"{served}/{quote('/'.join(inside))}" if served else ""
