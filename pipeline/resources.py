"""The edge: which book this code location serves and where its reports can be opened.

The only module of the top floors that reads the environment.
"""

import os
from pathlib import Path

BOOK_VARIABLE = "RASCHET_BOOK"
#: Set by `raschet ui` for the processes that it starts: the address of the server of `<book>/reports/`.
REPORTS_VARIABLE = "RASCHET_REPORTS_URL"
DEFAULT_BOOK = Path("var") / "book"


def book_root() -> Path:
    """Root folder of the book: `RASCHET_BOOK`, or `var/book` of a fresh clone."""
    return Path(os.environ.get(BOOK_VARIABLE, str(DEFAULT_BOOK))).resolve()


def reports_url() -> str:
    """Where `<book>/reports/` is served, without a closing slash; empty when nobody serves it (command line).

    A report is at `reports_url()/<month>/<run>/report.html`.
    """
    return os.environ.get(REPORTS_VARIABLE, "").rstrip("/")
