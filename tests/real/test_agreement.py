"""The ruler itself: counts made from sums, and each class from the smallest case that belongs to it. No data needed."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from tests.real.agreement import CLASSES, UNEXPLAINED, classed, cuts, missed_by_sums
from tests.real.credit_file import charged, kopecks_of, statements


def bills(rows: list[tuple[int, int, int]], account_id: str = "1") -> pl.DataFrame:
    """(bill, paid, code) of April to September, in kopecks."""
    return pl.DataFrame(
        [(account_id, n, *row) for n, row in enumerate(rows, start=1)], orient="row",
        schema=["account_id", "statement", "bill_kop", "paid_kop", "code"],
    )


@pytest.mark.parametrize(
    ("told", "missed"),
    [
        pytest.param([(100, 0), *[(100, 100)] * 5], [0] * 5, id="pays each bill"),
        pytest.param([(100, 0), (200, 0), (300, 0), (400, 0), (500, 0), (600, 0)], [1, 2, 3, 4, 5], id="pays nothing"),
        pytest.param([(100, 0), (150, 50), (190, 60), (190, 0), (90, 190), (0, 90)], [1, 1, 2, 0, 0], id="pays late"),
        pytest.param([(-50, 0), (-50, 0), (-50, 0), (20, 0), (20, 0), (20, 0)], [0, 0, 0, 1, 2], id="paid ahead"),
        pytest.param([(100, 0), (40, 0), (140, 0), (40, 100), (40, 0), (40, 0)], [1, 2, 1, 2, 3], id="goods returned"),
    ],
)
def test_months_by_sums(told: list[tuple[int, int]], missed: list[int]) -> None:
    found = missed_by_sums(bills([(bill, paid, 0) for bill, paid in told])).sort("cut")

    assert found["missed"].to_list() == missed


def test_charges_add_up_to_bills() -> None:
    told = charged(bills([(-50, 9, 0), (100, 20, 0), (30, 0, 0), (30, 30, 0), (0, 30, 0), (7, 0, 0)]))

    assert told["charge_kop"].to_list() == [0, 170, -70, 30, 0, 7]
    assert told["before_kop"].to_list() == [-50, -70, 100, 0, 0, 0]


FLAT, UNPAID = [(100, 100)] * 6, [(100, 0)] * 6
CASES = {
    "both_none": (FLAT, [-1] * 6, [0] * 5),
    "exact": (UNPAID, [0, 1, 2, 3, 4, 5], [1, 2, 3, 4, 5]),
    "within_one": (UNPAID, [0, 1, 2, 3, 4, 4], [1, 2, 3, 4, 5]),
    "revolving": ([(100, 10)] * 6, [0] * 6, [1, 2, 3, 4, 5]),
    "before_the_book": (UNPAID, [3, 4, 5, 6, 7, 8], [1, 2, 3, 4, 5]),
    "oldest_paid_off": ([(100, 10)] * 6, [-1, 0, 1, 2, 3, 4], [0, 1, 1, 1, 1]),
    "revolved_before": (UNPAID, [0, 0, 0, 0, 1, 2], [1, 2, 3, 4, 5]),
    "minimum_paid": (UNPAID, [0, 1, 2, 2, 2, 2], [1, 2, 3, 4, 5]),
    "zero_unpaid": (UNPAID, [0] * 6, [1, 2, 3, 4, 5]),
    "duly_but_short": (UNPAID, [-1] * 6, [1, 2, 3, 4, 5]),
    "unused_but_owing": (UNPAID, [-2] * 6, [1, 2, 3, 4, 5]),
    "jump": (UNPAID, [0, 0, 0, 0, 0, 3], [1, 1, 1, 1, 1]),
    "nothing_billed": ([(0, 0)] * 6, [0, 0, 0, 0, 0, 1], [0] * 5),
    "paid_in_full": (FLAT, [0, 0, 0, 0, 0, 1], [0] * 5),
    UNEXPLAINED: (UNPAID, [0, 0, 0, 1, 2, 3], [0, 0, 0, 0, 1]),
}


@pytest.mark.parametrize("name", CASES)
def test_the_last_cut_falls_into_its_class(name: str) -> None:
    sums, codes, missed = CASES[name]
    told = bills([(*one, code) for one, code in zip(sums, codes, strict=True)])
    ours = pl.DataFrame({"account_id": "1", "cut": range(1, 6), "missed": missed})

    found = classed(cuts(told).join(ours, on=["account_id", "cut"])).sort("cut")

    assert found["class_code"].last() == name


def test_every_class_has_a_case() -> None:
    assert set(CASES) == set(CLASSES)


def test_sums_are_read_exactly_however_they_are_spelled() -> None:
    assert kopecks_of({"1.00E+05", "-2000", "0"}) == {"1.00E+05": 10_000_000, "-2000": -200_000, "0": 0}
    with pytest.raises(ValueError, match="not whole"):
        kopecks_of({"12.5"})


def test_a_repeated_id_stops(tmp_path: Path) -> None:
    file = tmp_path / "twice.csv"
    file.write_text("ID,PAY_0\n7,0\n7,0\n", encoding="utf-8")

    with pytest.raises(ValueError, match="repeated ids: 1"):
        statements(file)
