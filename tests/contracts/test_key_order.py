"""Rows in strict order of their key are known without sorting; what the gate lets through, pandera lets through."""

from datetime import date

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from pipeline.contracts.gate import ContractBroken, _keeps_columns, _told_by_pandera, gate
from pipeline.contracts.key_order import ascends, in_key_order
from pipeline.contracts.registers import CYCLES, SERVICES
from tests.examples import examples

KEY = ("letter", "number", "day")
CHECKED = examples(200)
rows_drawn = st.lists(
    st.tuples(
        st.sampled_from([None, "", "а", "аб", "б"]), st.sampled_from([None, -1, 0, 7]),
        st.sampled_from([None, date(2026, 1, 1), date(2026, 1, 2)]),
    ),
    max_size=5,
)


@CHECKED
@given(rows_drawn, st.booleans())
def test_order_is_strict_when_sorting_changes_nothing_and_no_key_comes_twice(drawn: list[object], sort: bool) -> None:
    frame = pl.DataFrame(drawn, schema={"letter": pl.String, "number": pl.Int64, "day": pl.Date}, orient="row")
    frame = frame.sort(KEY) if sort else frame

    assert ascends(frame, KEY) == (frame.equals(frame.sort(KEY)) and not frame.is_duplicated().any())
    assert_frame_equal(in_key_order(frame, KEY), frame.sort(KEY))


months = st.sampled_from([date(2026, 3, 1), date(2026, 4, 1), date(2026, 3, 2), None])
cycles_drawn = st.lists(st.tuples(months, *[st.sampled_from([date(2026, 3, 1), None])] * 4), max_size=3)
services_drawn = st.lists(
    st.tuples(*(
        st.sampled_from([*(column.allowed or ("вода", "тепло"))[:2], "другое", None])
        if column.outside_dtype == pl.String else st.sampled_from([True, None])
        for column in SERVICES.columns
    )),
    max_size=3,
)


@CHECKED
@given(cycles_drawn, services_drawn)
def test_one_look_finds_what_pandera_finds(cycles: list[object], services: list[object]) -> None:
    for table, drawn in ((CYCLES, cycles), (SERVICES, services)):
        frame = pl.DataFrame(drawn, schema=table.outside_schema, orient="row")

        is_kept = _told_by_pandera(frame, table, "outside") == {}
        for is_in_key_order in {False, ascends(frame, table.primary_key)}:
            assert _keeps_columns(frame, table, "outside", is_in_key_order) == is_kept


def test_a_frame_of_other_columns_is_refused() -> None:
    frame = pl.DataFrame(schema=CYCLES.outside_schema)
    for other in (frame.select(pl.exclude("billing_month")), frame.with_columns(more=1), frame.cast(pl.String)):
        try:
            gate(other, CYCLES)
        except ContractBroken:
            continue
        raise AssertionError(other.schema)
