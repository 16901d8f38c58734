"""Checks of a comparison are seen failing: a kopeck that no cause explains, and a cause that nobody knows."""

from __future__ import annotations

from pathlib import Path

import polars as pl

import pipeline.checks.changes  # noqa: F401  declares the checks
from pipeline.checks.room import finding_of
from pipeline.storage.book import Book
from pipeline.storage.run import MonthRun
from tests.reports.changes.conftest import Nights
from tests.robustness.small import DECEMBER
from tests.town.books import copied, version_of


def test_checks_of_the_run_see_a_missing_kopeck_and_a_missing_cause(nights: Nights, tmp_path: Path) -> None:
    root = copied(nights.root, tmp_path / "book")
    run = MonthRun.resume(Book.at(root), DECEMBER, version_of(root, DECEMBER).run_id)
    names = ("changes_explain_every_kopeck", "every_change_has_a_cause")
    assert all(finding_of(name, run).passed for name in names)

    file = root / "reports" / str(DECEMBER) / run.run_id / "change_causes" / "part-000.parquet"
    causes = pl.read_parquet(file)
    planted = {"table_name": "open_items", "measure_code": "outstanding", "cause_code": "unexplained", "facts": 1,
               "appeared": 1, "vanished": 0, "increase_rub": "0.01", "decrease_rub": "0.00", "net_rub": "0.01"}
    invented = pl.DataFrame([planted]).cast(dict(causes.schema))
    pl.concat([causes, invented]).write_parquet(file)

    assert not any(finding_of(name, run).passed for name in names)
    assert "open_items.outstanding" in finding_of(names[0], run).sample_ids
