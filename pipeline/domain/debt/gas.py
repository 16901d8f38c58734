"""When gas may be suspended for debt: rules of gas supply (ПП 549 of 21.07.2008, п. 45–48), not those of ПП 354.

    debt      so many billing periods in a row unpaid or not paid in full; no norm, no sum
    warning   so many calendar days before; then suspension at once, nothing is restricted in between
    cover     any money that could cover a part of the debt leaves gas alone: which period it would pay is not guessed

The numbers are those of retellings: until somebody has compared the text and the book opens them
(`debt.restriction_gas_is_open`), nobody is warned or cut off, and the row says so. What was cut off is given back all
the same. Not here: stages, days and holds (`restriction.py`).
"""

from __future__ import annotations

from typing import Final

import polars as pl

from pipeline.domain.debt.restriction_acts import TRIPLE
from pipeline.rules.debt import GasRules

UNREVIEWED: Final = "gas_rules_unreviewed"


def periods_in_a_row(items: pl.DataFrame) -> pl.DataFrame:
    """account × creditor × service: `_in_a_row`, the longest run of billing months with something of the items open."""
    month = pl.col("billing_month").dt.year() * 12 + pl.col("billing_month").dt.month()
    # months of one run keep their distance to their place
    return (
        items.select(*TRIPLE, _month=month).unique().sort(*TRIPLE, "_month")
        .with_columns(_run=pl.col("_month") - pl.int_range(pl.len(), dtype=pl.Int32).over(TRIPLE))
        .group_by(*TRIPLE, "_run").len("_in_a_row")
        .group_by(TRIPLE).agg(pl.col("_in_a_row").max())
    )


def is_over(rules: GasRules) -> pl.Expr:
    """Whether a row with `_in_a_row`, total_kop and claimed_kop is above the threshold of gas."""
    return (pl.col("_in_a_row") >= rules.periods_min) & (pl.col("claimed_kop") == pl.col("total_kop"))
