"""The edge: which book this code location serves. The only module of the top floors that reads the environment."""

import os
from pathlib import Path

BOOK_VARIABLE = "RASCHET_BOOK"
DEFAULT_BOOK = Path("var") / "book"


def book_root() -> Path:
    """Root folder of the book: `RASCHET_BOOK`, or `var/book` of a fresh clone."""
    return Path(os.environ.get(BOOK_VARIABLE, str(DEFAULT_BOOK))).resolve()
