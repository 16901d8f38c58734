"""Files of the landing: one delivery for all copies of a file, whether they lie in a dated folder or beside it."""

from datetime import date
from pathlib import Path

import polars as pl

from pipeline.contracts.table import Stage
from pipeline.storage.landing import deliveries_in


def laid(landing: Path, *names: str, rows: int = 1) -> None:
    for name in names:
        file = landing / "payments" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        pl.DataFrame({"payment_id": ["p"] * rows}).write_parquet(file)


def test_a_loose_copy_of_a_dated_file_is_a_copy_of_that_delivery(tmp_path: Path) -> None:
    laid(tmp_path, "received=2026-06-03/a.parquet", "received=2026-06-05/b.parquet", "loose.parquet")

    found = deliveries_in(tmp_path, Stage.FEED)

    assert [(one.arrived_on, one.files) for one in found] == [(date(2026, 6, 3), 2), (date(2026, 6, 5), 1)]


def test_a_loose_file_of_its_own_is_dated_by_its_rows(tmp_path: Path) -> None:
    laid(tmp_path, "received=2026-06-03/a.parquet")
    laid(tmp_path, "loose.parquet", rows=2)

    found = deliveries_in(tmp_path, Stage.FEED)

    assert {(one.arrived_on, one.dated_by) for one in found} == {(date(2026, 6, 3), "folder"), (None, "rows")}
