"""Items settled before a decree about past days was known: counted anew once, told again where the penalty is another.

    since     the first day, of those counted already, of a value of the law that the month before did not read, or read
              and that is gone
    again     settled items of the closed months with their late payments, through the same count as all others

Not here: which months are read (`assets/penalty_recount.py`), choices of the book, like the mode of the rate: they are
no law of past days.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

import polars as pl

from pipeline.contracts.ledger import ITEM_KEY
from pipeline.domain.penalty.month import PenaltyMonth
from pipeline.rules.penalty import ROOM

_LAW: Final = tuple(f"{ROOM}.{name}" for name in (
    "key_rate_percent", "rate_cap_percent", "rate_cap_is_lower_of_both", "moratorium_on_all_debts",
    "moratorium_on_older_debts",
))


def changed_from(before: Iterable[Sequence[str]], now: Iterable[Sequence[str]], *, until: date) -> date | None:
    """First day whose law is another than the month before has read; (key, from, value), days up to its cut."""
    read, reads = ({tuple(row) for row in rows if row[0] in _LAW} for rows in (before, now))
    days = [date.fromisoformat(since) for _, since, _ in read ^ reads]
    return min((day for day in days if day <= until), default=None) if read else None


def recounted(told: PenaltyMonth, settled: pl.DataFrame) -> PenaltyMonth:
    """The month without those of the settled items (ITEM_KEY) that come out the same."""
    same = told.penalties.filter(pl.col("change_kop") == 0).join(settled, on=ITEM_KEY, how="semi", nulls_equal=True)

    def without(rows: pl.DataFrame) -> pl.DataFrame:
        return rows.join(same, on=ITEM_KEY, how="anti", nulls_equal=True, maintain_order="left")

    return replace(
        told, penalties=without(told.penalties), accruals=without(told.accruals),
        late_payments=without(told.late_payments), credited=without(told.credited),
    )
