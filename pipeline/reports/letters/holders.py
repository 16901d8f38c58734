"""Who holds a right in a flat on a day, with names and identifiers: the people that papers name as debtors.

Here: the registers `rights` and `persons` as the month read them, the directory `identities` as of a day. Not here: who
may be written to (`domain/debt/people.py`).
"""

from __future__ import annotations

from datetime import date
from typing import Final

import polars as pl

from pipeline.contracts.papers import IDENTITIES
from pipeline.contracts.registers import PERSONS, RIGHTS
from pipeline.reports.registers import register_of
from pipeline.storage.book import Book
from pipeline.storage.directories import directory
from pipeline.storage.manifest import Version

_OWN_RIGHTS: Final = ("owner", "joint_owner", "tenant", "minor_owner")


def holders_of(book: Book, version: Version, premises: pl.Series, on: date) -> pl.DataFrame:
    """premises_id × person with names and identifiers: whoever holds a right on the day."""
    wanted = pl.col("premises_id").is_in(premises.drop_nulls().unique().implode())
    held = register_of(book, version, RIGHTS, where=wanted).filter(
        (pl.col("valid_from") <= on) & (pl.col("valid_to").is_null() | (pl.col("valid_to") >= on))
        & pl.col("role_code").is_in(_OWN_RIGHTS)
    ).unique(["premises_id", "person_id"], keep="first", maintain_order=True)
    named = pl.col("person_id").is_in(held["person_id"].unique().implode())
    persons = register_of(book, version, PERSONS, where=named)
    return held.join(persons, on="person_id", how="left").join(
        directory(book, IDENTITIES, on), on="person_id", how="left"
    ).sort("premises_id", "person_id")
