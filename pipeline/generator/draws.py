"""Draws that depend on a key and a name only: the same account draws the same whatever block it is in.

A counter-based generator (the mixing steps of splitmix64) in place of a random state: nothing depends on the order
of rows, the size of a block or the number of processes. Not here: what is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Final

import polars as pl

_GOLDEN: Final = 0x9E3779B97F4A7C15
_FIRST: Final = 0xBF58476D1CE4E5B9
_SECOND: Final = 0x94D049BB133111EB
KEY: Final = "number"


def days_after(first: date, days: pl.Expr | int) -> pl.Expr:
    """A day so many days after a given one; `offset_by` would read a text for every row."""
    return (pl.lit(first).cast(pl.Int32) + days).cast(pl.Int32).cast(pl.Date)


def _word(value: int) -> pl.Expr:
    return pl.lit(value, dtype=pl.UInt64)


@dataclass(frozen=True)
class Draws:
    """All draws of one seed. UInt64 products wrap in polars, and here that is wanted."""

    seed: int

    def whole(self, name: str, below: int, *, key: pl.Expr | str = KEY) -> pl.Expr:
        """An Int64 from 0 up to `below` (excluded), by the key and the name of what is drawn."""
        return (self._mixed(_word(self._salt(name)), key) // _word(2**20) % _word(below)).cast(pl.Int64)

    def between(self, name: str, first: int, last: int, *, key: pl.Expr | str = KEY) -> pl.Expr:
        """An Int64 from first to last, both included."""
        return self.whole(name, last - first + 1, key=key) + first

    def between_each(self, names: Sequence[str], bounds: Sequence[tuple[int, int]], which: pl.Expr, *,
                     key: pl.Expr | str = KEY) -> pl.Expr:
        """`between` of the name and the bounds that stand at each row's `which`: one pass in place of one a name."""
        least, spans = [first for first, _last in bounds], [last - first + 1 for first, last in bounds]
        salts = pl.lit(pl.Series([self._salt(name) for name in names], dtype=pl.UInt64)).gather(which)
        span = pl.lit(pl.Series(spans, dtype=pl.UInt64)).gather(which)
        drawn = self._mixed(salts, key) // _word(2**20) % span
        return drawn.cast(pl.Int64) + pl.lit(pl.Series(least, dtype=pl.Int64)).gather(which)

    def per_mille(self, name: str, share: int, *, key: pl.Expr | str = KEY) -> pl.Expr:
        """True for `share` keys of a thousand."""
        return self.whole(name, 1000, key=key) < share

    def one_of(self, name: str, weighted: Mapping[str, int], *, key: pl.Expr | str = KEY) -> pl.Expr:
        """A text by weight; the weights may add up to anything."""
        drawn = self.whole(name, sum(weighted.values()), key=key)
        last, *others = reversed(list(weighted.items()))
        chosen, reached = pl.lit(last[0]), sum(weighted.values()) - last[1]
        for text, weight in others:
            chosen = pl.when(drawn < reached).then(pl.lit(text)).otherwise(chosen)
            reached -= weight
        return chosen

    def _salt(self, name: str) -> int:
        return int.from_bytes(sha256(f"{self.seed}|{name}".encode()).digest()[:8], "big")

    def _mixed(self, salt: pl.Expr, key: pl.Expr | str) -> pl.Expr:
        word = (pl.col(key) if isinstance(key, str) else key).cast(pl.UInt64)
        mixed = word * _word(_GOLDEN) + salt
        mixed = (mixed ^ (mixed // _word(2**30))) * _word(_FIRST)
        mixed = (mixed ^ (mixed // _word(2**27))) * _word(_SECOND)
        return mixed ^ (mixed // _word(2**31))
