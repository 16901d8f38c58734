"""In which parts a row of a register is needed: with its account, the flat of the account, or a person of the flat.

A part task reads only what its accounts need, so its work does not grow with the book. A flat with accounts in two
parts and a person with two flats lie in both; what belongs to nobody is `unplaced`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from pipeline.contracts import registers
from pipeline.contracts.table import Table
from pipeline.storage.parts import UNPLACED, WHOLE, part_of

_PART: Final = "_part"
#: The column that says where a row lives. All other registers and all events are small and read whole.
_KEYS: Final = (
    (registers.ACCOUNTS, "account_id"), (registers.METERS, "account_id"), (registers.PREMISES, "premises_id"),
    (registers.RIGHTS, "premises_id"), (registers.PERSONS, "person_id"), (registers.CONTACTS, "person_id"),
)

Homes = Mapping[str, pl.DataFrame]


def home_key(table: Table) -> str | None:
    """The column that says where rows of a register live; None for what is kept for the whole book."""
    return next((key for spread, key in _KEYS if spread is table), None)


def homes_of(index: pl.DataFrame, accounts: pl.DataFrame, rights: pl.DataFrame) -> Homes:
    """Key → its values with the parts that need them."""
    by_account = index.select("account_id", part_of(pl.col("account_index")).alias(_PART))
    by_premises = accounts.select("account_id", "premises_id").join(by_account, on="account_id").select(
        "premises_id", _PART
    ).unique()
    by_person = rights.select("person_id", "premises_id").join(by_premises, on="premises_id").select(
        "person_id", _PART
    ).unique()
    return {"account_id": by_account, "premises_id": by_premises, "person_id": by_person}


def at_home(rows: pl.DataFrame, homes: Homes, key: str | None) -> dict[str, pl.DataFrame]:
    """Rows by part, in their order; all of them as `whole` without a key."""
    if key is None:
        return {WHOLE: rows}
    told = rows.join(homes[key], on=key, how="left", maintain_order="left").with_columns(
        pl.col(_PART).fill_null(UNPLACED)
    )
    cut = told.partition_by(_PART, as_dict=True, include_key=False, maintain_order=True)
    return {str(part): frame for (part,), frame in cut.items()}
