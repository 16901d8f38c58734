"""The months of a book as Dagster partitions: one key is one billing month, `2026-05`.

The start comes from the book's settings; `end_offset=1` shows the current month, whose documents may already be out.
Which month may run is decided by the state gate and the register `cycles`, not by this list.
"""

import dagster as dg

from pipeline.resources import book_root
from pipeline.storage.book import Book

TIMEZONE = "Europe/Moscow"


def months_of_the_book() -> dg.MonthlyPartitionsDefinition:
    """Partitions from the first month of the book that this code location serves."""
    return dg.MonthlyPartitionsDefinition(
        start_date=str(Book.at(book_root()).settings.first_month), fmt="%Y-%m", timezone=TIMEZONE, end_offset=1
    )


months = months_of_the_book()
