"""The same id again: the same content is a repeat and counts once, other content is a defect.

The earliest arrival stands. Different contents that arrive at the same moment have no earliest one: all are refused,
so the order of rows and files never decides. Of each content the first row is judged, further ones are repeats.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import polars as pl

from pipeline.domain.ingest.fates import FATE, OPEN, REPEATED, ROW, with_fate, with_reasons

DUPLICATE_ID: Final = "duplicate_id"
CONTENT: Final = "_content"
_SEPARATOR: Final = "\x1f"
_NOTHING: Final = "\x00"


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
    takes_part = among & pl.col(FATE).is_null()
    keys = frame.lazy().filter(takes_part).select(key).collect()
    doubled = keys.clear() if _is_increasing(keys) else keys.filter(keys.is_duplicated())
    if known is not None:
        doubled = pl.concat([doubled, keys.join(known, on=list(key), how="semi", nulls_equal=True)])
    if doubled.is_empty():
        return frame
    involved = frame.filter(takes_part).join(doubled.unique(), on=list(key), how="semi", nulls_equal=True)
    others = frame.join(involved, on=list(ROW), how="anti")
    before = involved.clear() if known is None else known.join(involved, on=list(key), how="semi", nulls_equal=True)
    return pl.concat([others, _judged(involved, before, list(key), list(columns), among)])


def _is_increasing(keys: pl.DataFrame) -> bool:
    """Whether every key is greater than the one before, as deliveries mostly are: then none comes twice."""
    greater, is_equal = pl.lit(False), pl.lit(True)
    for column in keys.columns:
        before = pl.col(column).shift(1)
        greater = greater | (is_equal & (pl.col(column) > before))
        is_equal = is_equal & (pl.col(column) == before)
    return bool(keys.lazy().select(greater.slice(1).fill_null(False).all()).collect().item())


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
