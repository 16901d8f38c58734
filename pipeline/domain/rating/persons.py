"""Days on which each person lives in a flat or owns it: a person counts once a day, whatever the number of rows.

A register may tell one person twice: registered anew before the older row ends, two rights of one owner in one flat.
Not here: which of both counts, and how many they are in a month (`ground.py`).
"""

from __future__ import annotations

from typing import Final

import polars as pl

#: Roles of those of whom a fee is asked where nobody is registered (ПП 354, п. 56(2)).
OWNERS: Final = ("owner", "joint_owner", "minor_owner")
_PERSON: Final = ("premises_id", "person_id")
_SPELL: Final = ("premises_id", "valid_from", "valid_to")
_NEVER: Final = pl.date(9999, 1, 1)


def registered(registrations: pl.DataFrame) -> pl.DataFrame:
    """premises_id, valid_from, valid_to, persons of REGISTRATIONS: named ones once a day, counted ones as told."""
    is_named = pl.col("person_id").is_not_null()
    counted = registrations.filter(~is_named).select(*_SPELL, persons=pl.col("persons_count").cast(pl.Int64))
    return pl.concat([once_a_day(registrations.filter(is_named)), counted])


def once_a_day(rows: pl.DataFrame) -> pl.DataFrame:
    """premises_id, valid_from, valid_to, persons (1) of rows that name a person: those of one person that overlap or
    follow each other are one."""
    one = pl.lit(1, dtype=pl.Int64).alias("persons")
    repeats = rows.select(pl.struct(_PERSON).is_duplicated()).to_series()
    if not repeats.any():
        return rows.select(*_SPELL, one)
    until = pl.col("valid_to").fill_null(_NEVER)
    ordered = rows.filter(repeats).with_columns(valid_to=until).sort(*_PERSON, "valid_from", "valid_to")
    reached = pl.col("valid_to").cum_max().shift().over(_PERSON).dt.offset_by("1d")
    begins = (pl.col("valid_from") > reached).fill_null(True)
    spells = ordered.with_columns(_spell=begins.cum_sum()).group_by("_spell", maintain_order=True).agg(
        pl.col("premises_id").first(), pl.col("valid_from").first(), pl.col("valid_to").max()
    ).with_columns(valid_to=pl.when(pl.col("valid_to") < _NEVER).then("valid_to"))
    return pl.concat([rows.filter(~repeats).select(*_SPELL, one), spells.select(*_SPELL, one)])
