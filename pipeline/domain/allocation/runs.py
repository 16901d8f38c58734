"""Sums along sorted rows, without hashing: a run is a stretch of rows with one value of a key.

A sum inside runs is the running sum of the whole frame less its value where the run starts. Polars counts `over`
windows and groups by hashing every row of the key; on rows that stand in the key's order this gives the same for a
tenth of it.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl


def starts(*key: str) -> pl.Expr:
    """Whether a row is the first of its run."""
    changed = pl.lit(False)
    for name in key:
        changed = changed | pl.col(name).ne_missing(pl.col(name).shift(1))
    # the very first row has no row before it, whatever its key
    return changed | (pl.int_range(pl.len()) == 0)


def sum_before(value: pl.Expr, *key: str) -> pl.Expr:
    """Sum of `value` over the rows of the run before this one."""
    before = value.cum_sum() - value
    return before - pl.when(starts(*key)).then(before).forward_fill()


def place_in_run(*key: str) -> pl.Expr:
    """0, 1, 2… along each run."""
    place = pl.int_range(pl.len(), dtype=pl.Int64)
    return place - pl.when(starts(*key)).then(place).forward_fill()


def packed(**sizes: int) -> pl.Expr:
    """One Int64 that orders as the columns do, first to last: integers or codes from 0 to below their size, null first.

    Comparing, sorting and hashing one integer costs a fifth of doing so with several columns.
    """
    key, room = pl.lit(0, dtype=pl.Int64), 1
    for name, size in sizes.items():
        room *= size + 1
        key = key * (size + 1) + (pl.col(name).to_physical().cast(pl.Int64) + 1).fill_null(0)
    if room >= 1 << 63:
        raise OverflowError(f"keys of {', '.join(sizes)} do not fit one integer")
    return key


def ranked(values: pl.Series) -> pl.Enum:
    """Codes for texts, in the order of the texts; those that the values are on already."""
    if isinstance(values.dtype, pl.Enum):
        return values.dtype
    return pl.Enum(values.drop_nulls().unique().sort().cast(pl.String))


def recoded(values: pl.Series, codes: pl.Enum) -> pl.Series:
    """Texts on codes, or codes on other codes: then each code is looked up once and not each row."""
    if not isinstance(values.dtype, pl.Enum):
        return values.cast(codes)
    if values.dtype == codes:
        return values
    return values.dtype.categories.cast(codes, strict=False).alias(values.name).gather(values.to_physical())


def summed_along(rows: pl.DataFrame, key: str, sums: Sequence[str], *, told: Sequence[str] = ()) -> pl.DataFrame:
    """One row a run of `key`: key, `told` of the run's last row, `sums` (Int64) added up; in the order of the key.

    Sorting by one integer and adding along costs a third of hashing. A total that might leave Int64 raises.
    """
    _require_room(rows, sums)
    last = (pl.col(key) != pl.col(key).shift(-1)).fill_null(True)
    return (
        rows.lazy().select(key, *told, *sums).sort(key)
        .with_columns(pl.col(sums).cum_sum()).filter(last)
        .with_columns(pl.col(sums) - pl.col(sums).shift(1, fill_value=0))
        .collect()
    )


def summed_by(rows: pl.DataFrame, key: str, sums: Sequence[str], *, told: Sequence[str] = ()) -> pl.DataFrame:
    """The same where a million rows make a few thousand sums: those are found by hash before anything is sorted."""
    _require_room(rows, sums)
    return rows.group_by(key).agg(pl.col(*told).last(), pl.col(*sums).sum()).sort(key)


def _require_room(rows: pl.DataFrame, sums: Sequence[str]) -> None:
    largest = rows.select(pl.max_horizontal(pl.col(sums).max(), -pl.col(sums).min())).item() if rows.height else 0
    if (largest or 0) * rows.height >= 1 << 63:
        raise OverflowError(f"sums of {', '.join(sums)} may leave 64 bits")
