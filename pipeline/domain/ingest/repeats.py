"""The same id again: the same content is a repeat and counts once, other content is a defect.

The earliest arrival stands. Different contents that arrive at the same moment have no earliest one: all are refused,
so the order of rows and files never decides. Of each content the first row is judged, further ones are repeats.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import polars as pl

from pipeline.domain.ingest.fates import FATE, OPEN, REASONS, REPEATED, ROW, with_fate, with_reasons

DUPLICATE_ID: Final = "duplicate_id"
CONTENT: Final = "_content"
_SEPARATOR: Final = "\x1f"
_NOTHING: Final = "\x00"
_PLACE: Final = "_place"


def content(columns: Sequence[str], schema: pl.Schema) -> pl.Expr:
    """All values of a row as one text, equal exactly when the rows are; for comparing, never for storing."""
    return pl.concat_str(
        [_as_text(column, schema[column]).fill_null(_NOTHING) for column in columns], separator=_SEPARATOR
    ).alias(CONTENT)


def with_repeats(
    frame: pl.DataFrame, key: Sequence[str], columns: Sequence[str], known: pl.DataFrame | None = None, *,
    among: pl.Expr = OPEN,
) -> pl.DataFrame:
    """Mark repeats and rows whose id came with other content. Undecided rows `among` which is true take part;
    `known` are rows of closed months with the same columns."""
    if frame.is_empty():
        return frame
    takes_part = frame.select((among & pl.col(FATE).is_null()).fill_null(False)).to_series()
    keys = frame.select(key) if takes_part.all() else frame.select(key).filter(takes_part)
    doubled = _doubled(keys)
    if known is not None:
        doubled = pl.concat([doubled, keys.join(known, on=list(key), how="semi", nulls_equal=True)])
    if doubled.is_empty():
        return frame
    involved = _with_keys(frame.with_row_index(_PLACE), takes_part, doubled.unique())
    before = involved.clear() if known is None else known.join(involved, on=list(key), how="semi", nulls_equal=True)
    told = _judged(involved, before, list(key), list(columns), among)
    # rows stay in the order of their delivery: what lies by its key need not be sorted again
    return frame.with_columns(frame[name].clone().scatter(told[_PLACE], told[name]) for name in (FATE, REASONS))


def _doubled(keys: pl.DataFrame) -> pl.DataFrame:
    """Keys that come more than once. What has one first id (the lines of a document) lies together in order, mostly:
    only ids of which that is not so are looked at as a whole."""
    if _is_increasing(keys):
        return keys.clear()
    first, *others = keys.columns
    is_first = pl.col(first).ne_missing(pl.col(first).shift(1))
    heads = keys.select(first).filter(is_first)
    odd = keys.filter(~is_first & ~_is_greater(others)).select(first)
    suspects = pl.concat([odd, heads.filter(heads.is_duplicated())]).to_series().unique()
    asked = keys.filter(pl.col(first).is_in(suspects.implode(), nulls_equal=True))
    return asked.filter(asked.is_duplicated())


def _with_keys(frame: pl.DataFrame, among: pl.Series, keys: pl.DataFrame) -> pl.DataFrame:
    """Rows with one of few keys. The first id sifts them: a join looks at every row for longer."""
    first = keys.columns[0]
    sifted = frame.filter(among & pl.col(first).is_in(keys[first].unique().implode(), nulls_equal=True))
    return sifted.join(keys, on=keys.columns, how="semi", nulls_equal=True)


def _is_increasing(keys: pl.DataFrame) -> bool:
    """Whether every key is greater than the one before, as deliveries mostly are: then none comes twice."""
    return bool(keys.select(_is_greater(keys.columns).slice(1).all()).item())


def _is_greater(columns: Sequence[str]) -> pl.Expr:
    """Whether a row is greater than the one before; one that cannot be told is not."""
    greater, is_equal = pl.lit(False), pl.lit(True)
    for column in columns:
        before = pl.col(column).shift(1)
        greater = greater | (is_equal & (pl.col(column) > before))
        is_equal = is_equal & (pl.col(column) == before)
    return greater.fill_null(False)


def _judged(
    involved: pl.DataFrame, before: pl.DataFrame, key: list[str], columns: list[str], among: pl.Expr
) -> pl.DataFrame:
    """Every row of every id that occurs more than once or is known from before."""
    before = before.select(*key, content(columns, before.schema)).unique()
    told = involved.with_columns(content(columns, involved.schema)).sort("received_at", *ROW)
    is_first_moment = pl.col("received_at") == pl.col("received_at").min().over(key)
    contents_then = pl.when(is_first_moment).then(pl.col(CONTENT)).drop_nulls().n_unique().over(key)
    told = told.with_columns(
        _is_standing=(pl.col(CONTENT) == pl.col(CONTENT).first().over(key)) & (contents_then == 1),
        _is_again=pl.int_range(pl.len()).over([*key, CONTENT]) > 0,
    )
    told = told.join(before.with_columns(_is_known=True), on=[*key, CONTENT], how="left", nulls_equal=True,
                     maintain_order="left")
    told = told.join(before.select(key).unique().with_columns(_has_before=True), on=key, how="left",
                     maintain_order="left")
    told = with_fate(told, REPEATED, pl.col("_is_known").fill_null(False) | pl.col("_is_again"), among=among)
    is_other = pl.col("_has_before").fill_null(False) | ~pl.col("_is_standing")
    return with_reasons(told, {DUPLICATE_ID: pl.col(FATE).is_null() & is_other}).select(involved.columns)


def _as_text(column: str, dtype: pl.DataType) -> pl.Expr:
    value = pl.col(column)
    return value.list.join(",") if isinstance(dtype, pl.List) else value.cast(pl.String())
