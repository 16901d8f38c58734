"""One cycle of recalculation for one part: proposals of the month before as they stand now, and this month's own."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import polars as pl

from pipeline.domain.recalculation.approvals import decided
from pipeline.domain.recalculation.carried import carried
from pipeline.domain.recalculation.true_up import true_ups
from pipeline.rules.recalculation import RecalculationRules


class Inputs(NamedTuple):
    """Inside shapes: the metering tables of this run, the cycle's lines and documents, contracts, the state, and
    what persons decided up to the cut, the cycles as known."""

    unconfirmed: pl.DataFrame
    consumption: pl.DataFrame
    charges: pl.DataFrame
    documents: pl.DataFrame
    contracts: pl.DataFrame
    before: pl.DataFrame
    approvals: pl.DataFrame
    cycles: pl.DataFrame


def recalculated(
    inputs: Inputs, *, rules: RecalculationRules, book_id: str, month: date, lands_in_month: date
) -> pl.DataFrame:
    """RECALCULATIONS of the month, inside shape, sorted by proposal_id."""
    known = carried(inputs.before, inputs.charges, inputs.documents, inputs.unconfirmed)
    new = true_ups(
        inputs.unconfirmed, inputs.consumption, inputs.contracts, known,
        rules=rules, book_id=book_id, month=month, lands_in_month=lands_in_month,
    )
    return pl.concat([known, new]).sort("proposal_id").pipe(decided, inputs.approvals, inputs.cycles)
