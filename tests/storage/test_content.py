"""The hash of content sees every value and nothing of the encoding."""

from __future__ import annotations

import io
from datetime import date, datetime
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.billing_month import MOSCOW
from pipeline.storage.content import combined_hash, content_hash, totals_of
from tests.examples import examples

FRAME = pl.DataFrame(
    {
        "text": ["a", None, ""], "amount_rub": [Decimal("1.00"), Decimal("-0.05"), None],
        "on": [date(2026, 1, 1), None, date(1969, 12, 31)], "at": [datetime(2026, 1, 1, 3, tzinfo=MOSCOW), None, None],
        "yes": [True, False, None], "ids": [["a", "b"], [], None], "n": [1, None, -1], "none": [None, None, None],
    },
    schema_overrides={"amount_rub": pl.Decimal(18, 2)},
)


def test_the_hash_is_known() -> None:
    # a value written down once: another library version has to give the same one
    assert content_hash(FRAME) == "00c1c1b83fe93c44981fcb1be09b913cf59b915c481938c0d4f2426805060c2b"


@pytest.mark.parametrize("compression", ["zstd", "uncompressed"])
def test_the_encoding_does_not_matter(compression: str) -> None:
    file = io.BytesIO()
    FRAME.write_parquet(file, compression=compression, row_group_size=1)  # type: ignore[arg-type]
    file.seek(0)
    assert content_hash(pl.read_parquet(file)) == content_hash(FRAME)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"x": [None]}, {"x": ["\\N"]}), ({"x": [None]}, {"x": [""]}), ({"x": ["a\nb"]}, {"x": ["a\\nb"]}),
        ({"x": ["a"], "y": ["b"]}, {"x": ["b"], "y": ["a"]}), ({"x": ["a"]}, {"y": ["a"]}),
        ({"x": ['a","b'], "y": ["c"]}, {"x": ["a"], "y": ['b","c']}),
        ({"x": [["a\\,b"]]}, {"x": [["a", "b"]]}), ({"x": [[""]]}, {"x": [[]]}), ({"x": [[None]]}, {"x": [["\\N"]]}),
        ({"x": [["a", None]]}, {"x": [["a", ""]]}), ({"x": ["a", "b"]}, {"x": ["b", "a"]}),
    ],
)
def test_different_content_has_different_hashes(one: dict[str, list[object]], other: dict[str, list[object]]) -> None:
    def frame(columns: dict[str, list[object]]) -> pl.DataFrame:
        is_list = any(isinstance(value, list) for values in columns.values() for value in values)
        dtype = pl.List(pl.String) if is_list else pl.String
        return pl.DataFrame(columns, schema=dict.fromkeys(columns, dtype))

    assert content_hash(frame(one)) != content_hash(frame(other))


@examples(60)
@given(st.lists(st.lists(st.none() | st.text(max_size=4), max_size=3), min_size=2, max_size=2, unique_by=repr))
def test_lists_of_texts_never_meet(values: list[list[str | None]]) -> None:
    one, other = (pl.DataFrame({"x": [value]}, schema={"x": pl.List(pl.String)}) for value in values)
    assert content_hash(one) != content_hash(other)


def test_floats_have_no_place_in_a_table() -> None:
    with pytest.raises(TypeError, match="Float64"):
        content_hash(pl.DataFrame({"x": [0.1]}))


def test_totals_are_exact() -> None:
    assert totals_of(FRAME) == {"rows": 3, "amount_rub": Decimal("0.95")}
    assert totals_of(FRAME.clear()) == {"rows": 0, "amount_rub": Decimal("0.00")}


def test_order_of_parts_is_their_names() -> None:
    assert combined_hash({"part-001": "b", "part-000": "a"}) == combined_hash({"part-000": "a", "part-001": "b"})
