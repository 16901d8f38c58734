"""Ordinary payments: no other row can change their fate, so a part of the book judges its own by itself.

A payment is ordinary when its id can be told and nobody else bears it, neither in this cycle nor before; when no
reversal names it; and when its registry has been announced once at most. All others are judged together
(`money_in.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from pipeline.domain.ingest.fates import SUSPENDED, of, settled

COUNTED: Final = pl.DataFrame(schema={"registry_id": pl.String(), "rows": pl.Int64()})


@dataclass(frozen=True)
class Ordinary:
    """What the others need to know of the ordinary payments: how many each registry has, and which are suspended."""

    by_registry: pl.DataFrame
    suspended: pl.DataFrame

    @classmethod
    def of_parts(cls, parts: Sequence[Ordinary]) -> Ordinary:
        """Ordinary payments of all parts."""
        return cls(pl.concat([part.by_registry for part in parts]), pl.concat([part.suspended for part in parts]))


def judged_ordinary(payments: pl.DataFrame) -> tuple[pl.DataFrame, Ordinary]:
    """Ordinary payments, placed and with all their reasons, with their fates."""
    told = settled(payments, refused=SUSPENDED)
    counted = told.group_by("registry_id").agg(rows=pl.len().cast(pl.Int64()))
    return told, Ordinary(counted, of(told, SUSPENDED))
