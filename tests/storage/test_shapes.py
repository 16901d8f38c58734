"""The two shapes of a table hold the same values, to the last digit."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.contracts.table import Stage, Table, count, money, tariff, text, volume
from pipeline.storage.shapes import to_inside, to_outside
from tests.examples import examples

LINES = Table(
    "lines", "test", Stage.PUBLISHED, grain="one invented line",
    columns=(
        text("id", "id"), money("amount_rub", "sum", is_nullable=True),
        tariff("tariff_rub", "tariff", is_nullable=True), volume("area_m2", "area", unit="m2", is_nullable=True),
        count("days", "days", is_nullable=True),
    ),
    primary_key=("id",),
)
whole = st.none() | st.integers(-(10**17), 10**17)


@examples(100)
@given(st.lists(st.tuples(whole, whole, whole), max_size=5))
def test_inside_out_and_back_changes_nothing(values: list[tuple[int | None, int | None, int | None]]) -> None:
    rows = [{"id": str(at), "amount_kop": k, "tariff_e6": t, "area_m2_e7": v} for at, (k, t, v) in enumerate(values)]
    frame = pl.DataFrame(rows, schema={**LINES.inside_schema})
    outside = to_outside(frame, LINES)
    assert dict(outside.schema) == LINES.outside_schema
    assert to_inside(outside, LINES).equals(frame)
    assert to_inside(outside.lazy(), LINES).collect().equals(frame)


def test_digits_are_where_they_belong() -> None:
    frame = pl.DataFrame(
        {"days": [3], "extra": [1], "id": ["a"], "amount_kop": [-5], "tariff_e6": [1], "area_m2_e7": [10**7]}
    )
    assert to_outside(frame, LINES).rows() == [("a", Decimal("-0.05"), Decimal("0.000001"), Decimal("1.0000000"), 3)]


def test_a_sum_beyond_eighteen_digits_raises() -> None:
    frame = pl.DataFrame([{"id": "a", "amount_kop": 10**18}], schema=LINES.inside_schema)
    with pytest.raises(pl.exceptions.PolarsError):
        to_outside(frame, LINES)


def test_nulls_without_a_type_take_the_type_of_the_column() -> None:
    frame = pl.DataFrame({"id": ["a"], "amount_kop": [None], "tariff_e6": [None], "area_m2_e7": [None], "days": [None]})
    assert dict(to_outside(frame, LINES).schema) == LINES.outside_schema
