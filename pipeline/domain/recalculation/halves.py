"""The two halves of what moves from one account to another: a credit of one and a charge of the other, line by line.

The id of the charge is the id of the credit read backwards, so each half names the other wherever it lies: the accounts
may be in different parts. Both wait, and both are decided, as one. Not here: what moves (`ownership.py`).
"""

from __future__ import annotations

from typing import Final, TypeVar

import polars as pl

#: Causes whose proposals come in halves.
HALVED_CAUSES: Final = ("change_of_owner", "capital_repair_debt")

Ids = TypeVar("Ids", pl.Expr, pl.Series)


def other_half(proposal_ids: Ids) -> Ids:
    """proposal_id of the other half of each; of a proposal without halves, the id of none."""
    return proposal_ids.str.reverse()
