"""D'Hondt on kopecks against a naive seat-by-seat count."""

from fractions import Fraction
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.allocation.spread import WEIGHT_LIMIT, WeightTooLarge, spread
from tests.examples import examples

weights = st.lists(st.integers(1, 60), min_size=1, max_size=7)


def naive(weight: list[int], kopecks: int) -> list[list[int]]:
    """Shares of every sum from nothing up: one kopeck at a time to the largest claim w / (a + 1); equal claims to the
    smaller key."""
    steps = [[0] * len(weight)]
    for _ in range(kopecks):
        share = [*steps[-1]]
        winner = max(range(len(weight)), key=lambda i: (Fraction(weight[i], share[i] + 1), -i))
        share[winner] += 1
        steps.append(share)
    return steps


def shares(groups: list[tuple[list[int], int]]) -> list[list[int]]:
    frame = pl.DataFrame(
        [
            {"group": group, "item": item, "weight_kop": value, "sum_kop": kopecks}
            for group, (weight, kopecks) in enumerate(groups)
            for item, value in enumerate(weight)
        ],
        schema={"group": pl.UInt32, "item": pl.UInt32, "weight_kop": pl.Int64, "sum_kop": pl.Int64},
    )
    found = dict(spread(frame).group_by("group", maintain_order=True).agg("share_kop").rows())
    return [found[group] for group in range(len(groups))]


@examples(26)
@given(weights)
def test_every_sum_equals_the_naive_count(weight: list[int]) -> None:
    sums = range(sum(weight) + 1)
    assert shares([(weight, kopecks) for kopecks in sums]) == naive(weight, sum(weight))


@examples(26)
@given(weights)
def test_one_kopeck_more_takes_nothing_from_anyone(weight: list[int]) -> None:
    steps = shares([(weight, kopecks) for kopecks in range(sum(weight) + 1)])
    for less, more in pairwise(steps):
        assert all(a <= b for a, b in zip(less, more, strict=True))
    assert steps[-1] == weight, "a document paid in full is paid in every item"
    assert all(a <= w for step in steps for a, w in zip(step, weight, strict=True))


@examples(40)
@given(st.lists(st.integers(1, WEIGHT_LIMIT - 1), min_size=2, max_size=12), st.fractions(0, 1))
def test_large_weights_keep_quota_and_sum(weight: list[int], part: Fraction) -> None:
    kopecks = int(sum(weight) * part)
    (share,) = shares([(weight, kopecks)])
    assert sum(share) == kopecks
    smallest = min((Fraction(w, a) for w, a in zip(weight, share, strict=True) if a), default=None)
    largest_unmet = max(Fraction(w, a + 1) for w, a in zip(weight, share, strict=True))
    assert smallest is None or smallest >= largest_unmet, "no kopeck lies with a smaller claim than one refused"
    assert all(w * kopecks // sum(weight) <= a <= w for w, a in zip(weight, share, strict=True))


def test_equal_claims_go_to_the_smaller_key() -> None:
    assert shares([([5, 5, 5], 1), ([5, 5, 5], 2), ([5, 5, 5], 14)]) == [[1, 0, 0], [1, 1, 0], [5, 5, 4]]


def test_a_weight_beyond_the_bound_raises() -> None:
    with pytest.raises(WeightTooLarge):
        shares([([WEIGHT_LIMIT], 1)])


def test_nothing_to_spread() -> None:
    assert shares([]) == []
    assert shares([([3, 4], 0)]) == [[0, 0]]
