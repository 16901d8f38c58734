"""Proposals of earlier months as they stand in this cycle: what its documents and what persons have made of them.

Every kind of recalculation reads them here, so that none counts with what a document or a person has changed since.
"""

from __future__ import annotations

import polars as pl

from pipeline.domain.recalculation.approvals import decided
from pipeline.domain.recalculation.carried import carried


def standing(
    before: pl.DataFrame, charges: pl.DataFrame, documents: pl.DataFrame, unconfirmed: pl.DataFrame, *,
    approvals: pl.DataFrame, cycles: pl.DataFrame,
) -> pl.DataFrame:
    """RECALCULATIONS rows, inside shape, sorted: the open ones of the month before (`carried`), decided."""
    return decided(carried(before, charges, documents, unconfirmed), approvals, cycles)


def as_they_stand(earlier: pl.DataFrame, now: pl.DataFrame, account_ids: pl.Series) -> pl.DataFrame:
    """Proposals of older runs for these accounts, in the columns they have, with those of `now` as these are; each
    once."""
    own = pl.col("account_id").is_in(account_ids.unique().implode())
    return pl.concat([earlier, now.filter(own).select(earlier.columns)]).unique(
        "proposal_id", keep="last", maintain_order=True
    )
