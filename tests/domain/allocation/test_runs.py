"""Sums along sorted rows are what windows and groups give; packed keys order as their columns do."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from pipeline.domain.allocation.runs import packed, place_in_run, sum_before, summed_along, summed_by
from tests.examples import examples

CHECKED = examples(40)
rows_drawn = st.lists(
    st.tuples(st.none() | st.integers(0, 2), st.none() | st.integers(0, 3), st.integers(-9, 9)), max_size=12
)


def frame(drawn: list[object]) -> pl.DataFrame:
    return pl.DataFrame(drawn, schema={"a": pl.Int64, "b": pl.Int64, "kop": pl.Int64}, orient="row")


@CHECKED
@given(rows_drawn)
def test_sums_along_runs_are_those_of_windows_and_groups(drawn: list[object]) -> None:
    rows = frame(drawn).with_columns(packed(a=3, b=4).alias("key")).sort("a", "b", maintain_order=True)
    told = rows.select(before=sum_before(pl.col("kop"), "a", "b"), place=place_in_run("a", "b"))
    window = rows.select(
        before=(pl.col("kop").cum_sum() - pl.col("kop")).over("a", "b"),
        place=pl.int_range(pl.len(), dtype=pl.Int64).over("a", "b"),
    )
    grouped = rows.group_by("key").agg(pl.col("a", "b").last(), pl.col("kop").sum()).sort("key")

    assert_frame_equal(told, window)
    assert_frame_equal(summed_along(rows.reverse(), "key", ["kop"], told=["a", "b"]), grouped)
    assert_frame_equal(summed_by(rows, "key", ["kop"], told=["a", "b"]), grouped)
    assert rows["key"].is_sorted()


def test_keys_and_sums_that_leave_64_bits_raise() -> None:
    with pytest.raises(OverflowError):
        packed(a=1 << 40, b=1 << 40)
    with pytest.raises(OverflowError):
        summed_along(pl.DataFrame({"key": [1, 1], "kop": [1 << 62, 1 << 62]}), "key", ["kop"])
