"""Slips of a region's crowd, each with its right answer: so many of a thousand rows go wrong in every known way.

A kind of slip is drawn by the account (or the meter) and the month, so no row has two; a town has none but its
stories' own. What must come of each goes down in `answers/slips/` (`Told`), by the generator's own reckoning.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from pipeline.generator.draws import Draws

TOLD: Final = {
    "kind_code": pl.String(), "table_name": pl.String(), "row_id": pl.String(), "account_id": pl.String(),
    "fate_code": pl.String(), "reason_code": pl.String(), "arrived_on": pl.Date(),
}
"""One slip: what it is, the row it hit, what ingest (or metering, for `judged`) must say of that row and why, and when
the row arrives: the cycle of that day is the one that says it."""
SLIP: Final = "slip"
ACCOUNT_NUMBER: Final = pl.col("account_id").str.slice(2, 7).cast(pl.UInt64)


@dataclass(frozen=True)
class Slips:
    """How often every kind of slip happens: `share` of a thousand."""

    draws: Draws
    share: int

    def drawn(self, subject: str, kinds: Sequence[str], key: pl.Expr | str) -> pl.Expr:
        """The kind of slip of each row, null for most."""
        place = self.draws.whole(f"slips of {subject}", 1000, key=key) // self.share
        return pl.lit(pl.Series(kinds)).gather(pl.when(place < len(kinds)).then(place))


def told(
    rows: pl.DataFrame, table: str, row_id: str, fate: str, reasons: dict[str, str], *, arrived_on: str | pl.Expr,
    account: str = "account_id",
) -> pl.DataFrame:
    """Answers for the rows of some kinds of slip: `reasons` by kind; other rows are left out."""
    return rows.filter(pl.col(SLIP).is_in(list(reasons))).select(
        kind_code=SLIP, table_name=pl.lit(table), row_id=row_id, account_id=account, fate_code=pl.lit(fate),
        reason_code=pl.col(SLIP).replace_strict(reasons, return_dtype=pl.String),
        arrived_on=arrived_on,
    ).select(*TOLD)
