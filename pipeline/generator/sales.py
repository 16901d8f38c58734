"""Flats of a region that are sold: who held the right before, who holds it after.

A region delivers its registers of people once, so they tell each change of owner of its months with its day: the
seller's right ends on the day before it, the buyer's begins with it. Here: rows of registers. Not here: which flats are
sold, and when it is told (`events.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from pipeline.contracts import registers
from pipeline.generator.accounts import people_of
from pipeline.generator.draws import Draws
from pipeline.generator.events import sales_of
from pipeline.generator.timetable import Cycle

_KEYS: Final = {"rights": ["premises_id", "person_id"], "persons": ["person_id"], "contacts": ["person_id"]}
_BUYER: Final = "b"


def with_sales(
    told: Mapping[str, pl.DataFrame], accounts: pl.DataFrame, draws: Draws, played: Sequence[Cycle]
) -> dict[str, pl.DataFrame]:
    """The registers of a block with the owners of its flats as the months change them."""
    sold = pl.concat([
        sales_of(accounts, draws, n, cycle.month.previous.first_day) for n, cycle in enumerate(played) if n
    ] or [accounts.clear().with_columns(sold_on=pl.lit(None, dtype=pl.Date))], how="diagonal")
    days = sold.select(person_id=pl.format("p-{}", "account_id"), ended_on=pl.col("sold_on").dt.offset_by("-1d"))
    rights = told["rights"].join(days, on="person_id", how="left", maintain_order="left").with_columns(
        valid_to=pl.coalesce("ended_on", "valid_to")
    )
    buyers = people_of(sold, draws, person=_BUYER, operator="901").with_columns(valid_from="sold_on")
    every = dict(told) | {"rights": rights.select(registers.RIGHTS.inside_names)}
    return every | {
        name: pl.concat([every[name], buyers.select(every[name].columns)]).sort(key) for name, key in _KEYS.items()
    }
