"""The back-test of estimates: docs/estimates.md prints what the files tell; the arithmetic on a meter of ours."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from bench import estimates
from pipeline.rules.metering import MeteringRules
from pipeline.rules.registry import RuleBook
from tests.real import nycha_file

RULES = MeteringRules.in_force(RuleBook.read(), date(2026, 1, 1))
JANUARY = 2025 * 12
E7 = 10**7


def test_averages_of_a_meter_are_those_of_the_law() -> None:
    """2024: 1 to 12 units a month, 2025: 20 to 31. May 2025 alone hidden: November to April, February to April, May of
    2024, the class in 2024."""
    volumes = [*range(1, 13), *range(20, 32)]
    reads = pl.DataFrame({
        "meter_id": ["m"] * 24, "class_name": ["c"] * 24, "month": range(JANUARY - 12, JANUARY + 12),
        "volume_e7": [volume * E7 for volume in volumes], "is_actual": [True] * 24,
    })
    told = estimates.estimates(estimates.Meters("", "", 1, reads), rules=RULES)

    may = told.filter(pl.col("month") == JANUARY + 4, pl.col("hidden") == 1).row(0, named=True)
    assert may["actual_e7"] == 24 * E7
    assert may["average_6"] == 181_666_667   # (11 + 12 + 20 + 21 + 22 + 23) / 6 = 18.1666667
    assert may["average_3"] == 22 * E7       # (21 + 22 + 23) / 3
    assert may["year_ago"] == 5 * E7
    assert may["norm"] == 65_000_000         # (1 + … + 12) / 12

    found = {row["method"]: row for row in estimates.errors(
        told.filter(pl.col("month") == JANUARY + 4, pl.col("hidden") == 1), ["hidden"]
    ).iter_rows(named=True)}
    assert (found["average_3"]["error"], found["average_3"]["bias"], found["average_3"]["near"]) == (83, -83, 1000)
    assert (found["year_ago"]["error"], found["year_ago"]["bias"], found["year_ago"]["near"]) == (792, -792, 0)


def test_a_broken_row_of_reads_is_no_average() -> None:
    reads = pl.DataFrame({
        "meter_id": ["m"] * 23, "class_name": ["c"] * 23,
        "month": [month for month in range(JANUARY - 12, JANUARY + 12) if month != JANUARY],
        "volume_e7": [E7] * 23, "is_actual": [True] * 23,
    })
    told = estimates.estimates(estimates.Meters("", "", 1, reads), rules=RULES)

    assert told.filter(pl.col("hidden") == 1)["month"].min() == JANUARY + 7


@pytest.mark.skipif(not nycha_file.FILE.is_file(), reason=nycha_file.MISSING)
def test_the_document_prints_what_the_files_tell(tmp_path: Path) -> None:
    estimates.write(nycha_file.FILE.parent, tmp_path / "estimates.md", tmp_path)

    assert (tmp_path / "estimates.md").read_text(encoding="utf-8") == estimates.PAGE.read_text(encoding="utf-8")
    for chart in ("estimates-new-york.svg", "estimates-santa-monica.svg"):
        assert (tmp_path / chart).read_bytes() == (estimates.IMAGES / chart).read_bytes()
