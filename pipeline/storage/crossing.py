"""Ids that are found in more than one part: a document and its line on accounts of two, one reading on two meters.

Such rows can only be judged together, and with all other rows that hang on them: they are few, so they leave their
parts and are judged for the whole book. Every id of a big table is looked at once for that, as one number (hash and
part): eight bytes an id, sorted, and neighbours compared. Two ids of one hash are taken as one, which only sets them
aside.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import polars as pl

from pipeline.storage.homes import HASH, PART, ROOM, hashed

#: What rows hang on: an account, a meter.
GROUP: Final = "group"
#: So many ids are put in order together: bounds the memory that this takes, whatever the size of a book.
STRETCH: Final = 4_194_304
_NUMBERS: Final = 2**64


def tied(rows: pl.DataFrame, column: str) -> pl.Series:
    """Hash and part of every id of a column, as one number."""
    told = rows.select(hashed(column), PART).drop_nulls(HASH)
    return told.select(pl.col(HASH) + (pl.col(PART) + 1).cast(pl.UInt64)).to_series()


def in_order(ties: Iterable[pl.Series]) -> Iterator[pl.DataFrame]:
    """All ties (`tie`) in order, stretch by stretch, those of one hash in one stretch. Hashes are spread evenly, so
    stretches of one width hold about as many ties each."""
    given = [one.rename("tie").to_frame() for one in ties]
    stretches = 1 + sum(one.height for one in given) // STRETCH
    width = pl.lit((_NUMBERS // stretches // ROOM + 1) * ROOM % _NUMBERS, dtype=pl.UInt64)
    for number in range(stretches):
        mine = given if stretches == 1 else [one.filter(pl.col("tie") // width == number) for one in given]
        yield pl.concat([pl.DataFrame(schema={"tie": pl.UInt64}), *mine]).sort("tie")


def hashes_of(ties: Iterable[pl.Series]) -> pl.DataFrame:
    """The hashes alone, in order, each once."""
    return pl.concat(_distinct(told.select((pl.col("tie") // ROOM * ROOM).alias(HASH))) for told in in_order(ties))


def homes_of(ties: Iterable[pl.Series]) -> pl.DataFrame:
    """`hash` and `part` of ties, in order and each pair once; rows of nobody are no home."""
    return pl.concat(_untied(_distinct(told.filter(pl.col("tie") % ROOM > 0))) for told in in_order(ties))


def shared(ties: Iterable[pl.Series], *, within_a_part: bool = False) -> pl.DataFrame:
    """Hashes that occur in several parts (or, `within_a_part`, that occur several times): `hash` in order, `part`."""
    return pl.concat(_shared(told, within_a_part=within_a_part) for told in in_order(ties))


def _shared(told: pl.DataFrame, *, within_a_part: bool) -> pl.DataFrame:
    same = (pl.col("tie") // ROOM) == (pl.col("tie").shift(-1) // ROOM)
    differs = pl.lit(True) if within_a_part else pl.col("tie") != pl.col("tie").shift(-1)
    ids = told.filter((same & differs).fill_null(False)).select(pl.col("tie") // ROOM).unique()
    found = told.filter((pl.col("tie") // ROOM).is_in(ids["tie"].implode())) if ids.height else told.clear()
    return _untied(_distinct(found))


def _distinct(ordered: pl.DataFrame) -> pl.DataFrame:
    """A column in order, each number once."""
    (number,) = ordered.columns
    return ordered.filter(pl.col(number).ne_missing(pl.col(number).shift(1)))


def _untied(ties: pl.DataFrame) -> pl.DataFrame:
    return ties.select(
        (pl.col("tie") // ROOM * ROOM).alias(HASH), ((pl.col("tie") % ROOM).cast(pl.Int32) - 1).alias(PART)
    )


def hanging_together(links: pl.DataFrame, seeds: pl.Series) -> pl.Series:
    """Groups that hang on the seeds: `links` say which `group` (an account, a meter) bears which id (`hash`)."""
    links, ids, before = links.drop_nulls().unique(), seeds, -1
    groups = pl.Series(GROUP, [], dtype=pl.String())
    while ids.len() > before:
        before = ids.len()
        groups = links.filter(pl.col(HASH).is_in(ids.implode()))[GROUP].unique()
        more = links.filter(pl.col(GROUP).is_in(groups.implode()))[HASH]
        ids = pl.concat([ids, more]).unique()
    return groups
