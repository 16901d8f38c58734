"""Whether rows already stand in strict order of their key: sorted and unique, proved by one look at neighbours.

Calculations keep their rows in the order of accounts, so a table is nearly always in order when it is written. To prove
it costs a fifth of sorting it again, and a strict order proves that the key is unique without hashing a single row.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl


def ascends(frame: pl.DataFrame, key: Sequence[str]) -> bool:
    """Every row's key is greater than the one before, nulls smallest: the order of `frame.sort(key)`, no key twice.

    Most neighbours share the first columns of the key: which is greater is asked only where they part.
    """
    if frame.height < 2:
        return True
    is_tied = pl.repeat(True, frame.height - 1, dtype=pl.Boolean, eager=True)
    for name in key:
        before, value = frame[name].head(-1), frame[name].tail(-1)
        is_equal = before.eq_missing(value)
        parts = is_tied & ~is_equal
        smaller, greater = before.filter(parts), value.filter(parts)
        if not (smaller < greater).fill_null(smaller.is_null()).all():
            return False
        is_tied = is_tied & is_equal
        if not is_tied.any():
            return True
    return False


def in_key_order(frame: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    """The frame sorted by its key; untouched where it is in order already.

    Where several sorted files follow one another, the rows of an account still stand together in order: to sort the
    accounts and to move their rows at once costs a fraction of comparing all rows by texts.
    """
    if ascends(frame, key):
        return frame
    together = _with_first_key_sorted(frame, key[0])
    return together if together is not None and ascends(together, key) else frame.sort(key)


def _with_first_key_sorted(frame: pl.DataFrame, first: str) -> pl.DataFrame | None:
    """Stretches of one value of the first key column, sorted by it; None where they are as good as single rows."""
    is_start = pl.col(first).ne_missing(pl.col(first).shift(1)) | (pl.int_range(pl.len()) == 0)
    starts = frame.select(pl.col(first), _start=pl.int_range(pl.len()), _is_start=is_start).filter("_is_start")
    if starts.height > frame.height // 2:
        return None
    stretches = starts.with_columns(_end=pl.col("_start").shift(-1).fill_null(frame.height))
    ordered = stretches.sort(first, maintain_order=True)
    return frame.select(pl.all().gather(ordered.select(pl.int_ranges("_start", "_end").explode()).to_series()))
