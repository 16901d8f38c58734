"""Ids that lie in several parts are found whatever the number of stretches in which they are looked at."""

from __future__ import annotations

from collections import Counter
from random import Random

import polars as pl
import pytest

from pipeline.storage import crossing
from pipeline.storage.crossing import hashes_of, homes_of, in_order, shared
from pipeline.storage.homes import HASH, PART, ROOM

_LAST = 2**64 // ROOM - 1
#: Hashes (their numbers before room is made for a part) at both ends, others between, and the parts where each is; -1
#: is nobody's.
TIES = [(0, 0), (0, 3), (_LAST, 2), (_LAST, 2), (5, -1), (5, -1), (5, 1)] + [
    (Random(number).randrange(_LAST), number % 3) for number in range(60)
]


def tied(pairs: list[tuple[int, int]]) -> list[pl.Series]:
    """As batches tell them: in any order, over several of them, one without any."""
    numbers = [number * ROOM + part + 1 for number, part in pairs]
    Random(1).shuffle(numbers)
    return [pl.Series(numbers[a:b], dtype=pl.UInt64) for a, b in ((0, 20), (20, 20), (20, len(numbers)))]


@pytest.fixture(params=[1, 7, 1_000_000])
def ties(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> list[pl.Series]:
    monkeypatch.setattr(crossing, "STRETCH", request.param)
    told = tied(TIES)
    assert (len(list(in_order(told))) == 1) == (request.param == 1_000_000)
    return told


def test_hashes_come_in_order_each_once(ties: list[pl.Series]) -> None:
    assert hashes_of(ties)[HASH].to_list() == sorted({number * ROOM for number, _ in TIES})


def test_homes_leave_out_rows_of_nobody(ties: list[pl.Series]) -> None:
    assert homes_of(ties).rows() == sorted({(number * ROOM, part) for number, part in TIES if part >= 0})


def test_ids_of_several_parts_are_shared(ties: list[pl.Series]) -> None:
    pairs = set(TIES)
    several = [number for number, parts in Counter(number for number, _ in pairs).items() if parts > 1]

    assert shared(ties).rows() == sorted((number * ROOM, part) for number, part in pairs if number in several)
    assert sorted(several) == [0, 5]


def test_ids_that_come_twice_in_a_part_are_found_too(ties: list[pl.Series]) -> None:
    several = [number for number, times in Counter(number for number, _ in TIES).items() if times > 1]

    told = shared(ties, within_a_part=True)

    assert told.rows() == sorted({(number * ROOM, part) for number, part in TIES if number in several})
    assert sorted(several) == [0, 5, _LAST]


@pytest.mark.parametrize("given", [[], [pl.Series([], dtype=pl.UInt64)]])
def test_a_month_without_rows_has_none(given: list[pl.Series]) -> None:
    for told in (shared(given), homes_of(given)):
        assert told.schema == {HASH: pl.UInt64, PART: pl.Int32} and told.is_empty()
    assert hashes_of(given).schema == {HASH: pl.UInt64}
