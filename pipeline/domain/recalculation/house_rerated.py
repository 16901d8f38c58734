"""What corrected registers have changed in bills that the meter of a house corrects: it counts as billed.

A proposal that rated a month anew (`rerated.py`) is billed, or will be, by one of our batches, which no line of the
biller's own tells. Left out, its sum would be charged or given once more by the house. What a person has turned down is
nobody's; what the biller has settled himself stands in his own lines. Quality and benefits stay beside: they are no
price of what the house used.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from pipeline.contracts.billing import CHARGES
from pipeline.contracts.recalculation import RERATED_CAUSES
from pipeline.domain.recalculation.house_corrections import LINE

#: What is read of an earlier proposal.
RERATED: Final = ("proposal_id", "account_id", "contract_id", "charge_month", "cause_code", "status_code",
                  "difference_kop", "billed_kop", "volume_difference_e7")


def as_lines(proposals: pl.DataFrame) -> pl.DataFrame:
    """LINE rows, a recalculation without a charge, of RERATED proposals as they stand, each once."""
    is_left = pl.col("status_code").is_in(["rejected", "settled_by_biller"])
    counts = pl.col("cause_code").is_in(RERATED_CAUSES) & ~is_left
    is_billed = pl.col("status_code").is_in(["billed", "mismatch"])
    schema = {name: CHARGES.inside_schema[name] for name in LINE}
    nothing = ("basis_code", "tariff_e6", "unit_code", "batch_id")
    return proposals.filter(counts).with_columns(
        document_id="proposal_id", volume_e7="volume_difference_e7", charged_kop=0,
        recalculated_kop=pl.when(is_billed).then("billed_kop").otherwise("difference_kop"),
        **{name: pl.lit(None, dtype=schema[name]) for name in nothing},
    ).select(LINE).cast(schema)  # type: ignore[arg-type]
