"""What is kept for the whole book, cut by part once: a part task reads its own rows and not everybody's.

Here: the cut by account. Not here: what is cut (`metering.py`, `debt_inputs.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import polars as pl

from pipeline.contracts.ingest import ACCOUNT_INDEX
from pipeline.storage.parts import part_of
from pipeline.storage.run import MonthRun

_PART: Final = "_part"


def cutter(run: MonthRun) -> Callable[[str, pl.DataFrame, pl.Expr | pl.Series], None]:
    """Stages rows by the parts in which the accounts of their list lie; a row may be needed in several."""
    homes = run.read(ACCOUNT_INDEX, columns=["account_id", "account_index"]).select(
        "account_id", part_of(pl.col("account_index")).alias(_PART)
    )

    def cut(name: str, rows: pl.DataFrame, accounts: pl.Expr | pl.Series) -> None:
        places = (
            rows.select(account_id=accounts).with_row_index("place").explode("account_id", empty_as_null=True)
            .join(homes, on="account_id").select("place", _PART).unique().sort("place")
        )
        for part in run.parts:
            run.write_staged(name, part, rows[places.filter(pl.col(_PART) == part)["place"]])

    return cut
