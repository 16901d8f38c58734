"""Whether rows already stand in strict order of their key: sorted and unique, proved by one look at neighbours.

Calculations keep their rows in the order of accounts, so a table is nearly always in order when it is written. To prove
it costs a fifth of sorting it again, and a strict order proves that the key is unique without hashing a single row.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl


def ascends(frame: pl.DataFrame, key: Sequence[str]) -> bool:
    """Every row's key is greater than the one before, nulls smallest: the order of `frame.sort(key)`, no key twice."""
    is_after, is_tied = pl.lit(False), pl.lit(True)
    for name in key:
        value, before = pl.col(name), pl.col(name).shift(1)
        if frame[name].null_count():
            grows = (before < value).fill_null(before.is_null() & value.is_not_null())
            equals = before.eq_missing(value)
        else:
            grows, equals = before < value, before == value
        is_after, is_tied = is_after | (is_tied & grows), is_tied & equals
    return frame.height < 2 or bool(frame.select(is_after.slice(1).all()).item())


def in_key_order(frame: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    """The frame sorted by its key; untouched where it is in order already."""
    return frame if ascends(frame, key) else frame.sort(key)
