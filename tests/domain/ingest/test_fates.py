"""Fates and repeats: one fate for each row, whatever the order of rows and files."""

from __future__ import annotations

from datetime import datetime

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pipeline.billing_month import MOSCOW, MOSCOW_NAME
from pipeline.domain.ingest.fates import (
    ACCEPTED,
    FATE,
    REASONS,
    REPEATED,
    breaks,
    counted_reasons,
    listed_reasons,
    settled,
    undecided,
    with_reasons,
)
from pipeline.domain.ingest.repeats import with_repeats

SCHEMA = {"id": pl.String, "value": pl.Int64, "delivery_id": pl.String, "row_number": pl.Int64,
          "received_at": pl.Datetime("us", MOSCOW_NAME)}
arrived = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 2), st.integers(1, 3)), max_size=14)


def frame(rows: list[tuple[str, int, int]]) -> pl.DataFrame:
    told = [
        (row_id, value, f"d{day}", number, datetime(2026, 1, day, tzinfo=MOSCOW))
        for number, (row_id, value, day) in enumerate(rows, start=1)
    ]
    return undecided(pl.DataFrame(told, schema=SCHEMA, orient="row"))


def outcome(rows: pl.DataFrame) -> list[tuple[object, ...]]:
    """What is accepted, and how many rows of each content had which fate."""
    counted = rows.group_by("id", "value", "received_at", FATE).len()
    return sorted(counted.rows(), key=str)


@given(rows=arrived, order=st.randoms(use_true_random=False))
def test_the_order_of_rows_decides_nothing(rows: list[tuple[str, int, int]], order: object) -> None:
    shuffled = list(rows)
    order.shuffle(shuffled)  # type: ignore[attr-defined]

    one, other = (settled(with_repeats(frame(each), ["id"], ["id", "value"])) for each in (rows, shuffled))

    assert outcome(one) == outcome(other)


@given(rows=arrived)
def test_an_id_is_accepted_at_most_once_and_no_row_is_lost(rows: list[tuple[str, int, int]]) -> None:
    told = settled(with_repeats(frame(rows), ["id"], ["id", "value"]))

    accepted = told.filter(pl.col(FATE) == ACCEPTED)
    assert told.height == len(rows)
    assert accepted["id"].is_unique().all()
    # whoever came alone at the first moment of his id stands
    for row_id in set(told["id"]):
        mine = told.filter(pl.col("id") == row_id)
        first = mine.filter(pl.col("received_at") == mine["received_at"].min())
        assert (first["value"].n_unique() == 1) == (row_id in accepted["id"])


def test_what_closed_months_know_repeats_or_contradicts() -> None:
    known = pl.DataFrame({"id": ["a", "b"], "value": [1, 1]})

    told = settled(with_repeats(frame([("a", 1, 1), ("b", 2, 1), ("c", 3, 1)]), ["id"], ["id", "value"], known))

    assert told.sort("id").select("id", FATE, REASONS).rows() == [
        ("a", REPEATED, ""), ("b", "quarantined", "duplicate_id"), ("c", ACCEPTED, "")
    ]


def test_a_missing_key_of_several_is_a_value_like_any_other() -> None:
    rows = frame([("a", 1, 1), ("a", 1, 2)]).with_columns(zone=pl.lit(None, dtype=pl.String))

    told = settled(with_repeats(rows, ["id", "zone"], ["id", "zone", "value"]))

    assert sorted(told[FATE]) == [ACCEPTED, REPEATED]


def test_reasons_are_sorted_added_and_told_for_bad_rows_only() -> None:
    rules = {"small": pl.col("value") < 2, "zero": pl.col("value") == 0, "unknown": pl.lit(None, dtype=pl.Boolean)}

    told = with_reasons(with_reasons(frame([("a", 0, 1), ("b", 5, 1)]), {"zero": pl.col("value") == 0}), rules)

    assert dict(told.select("id", REASONS).rows()) == {"a": "small,unknown,zero", "b": "unknown"}


def test_reasons_are_listed_and_counted_as_they_are_published() -> None:
    told = with_reasons(frame([("a", 0, 1), ("b", 5, 1)]), {"zero": pl.col("value") == 0, "low": pl.col("value") < 1})

    assert told.select("id", listed_reasons().alias("told"), low=breaks("low"), lo=breaks("lo")).rows() == [
        ("a", ["low", "zero"], True, False), ("b", [], False, False)
    ]
    assert counted_reasons(told).rows() == [("low", 1), ("zero", 1)]


def test_the_same_rows_in_any_file_stand_for_each_other() -> None:
    rows = frame([("a", 1, 1), ("a", 2, 2), ("a", 2, 3), ("a", 1, 3)])

    told = settled(with_repeats(rows, ["id"], ["id", "value"])).sort("row_number")

    assert told[FATE].to_list() == [ACCEPTED, "quarantined", REPEATED, REPEATED]
