"""Which proposal a line of one of our batches bills: every line is counted once, on one proposal.

One batch, account, contract and service may hold several proposals: months of one absence, zones, two events. Its lines
meet them in this order, whatever comes first:

    all lines of the batch sum to all that is missing    each proposal is billed, whatever months the lines name
    lines of a zone and month sum to what is missing there    the same of these
    a line is exactly what one proposal misses           that one
    the rest                                             the first proposal of its zone and month, else of its batch

So Σ billed of the proposals = Σ of the lines, and a proposal whose line has not come is not touched. Not here: what
becomes of a proposal for it (`carried.py`).
"""

from __future__ import annotations

import polars as pl

from pipeline import money
from pipeline.domain.recalculation.true_up import SERVICE

BATCH = ("batch_id", *SERVICE)
_MONTH = (*BATCH, "zone_code", "charge_month")
_EXACT = (*BATCH, "kop", "number")


def billed(proposals: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """place and new_kop of the proposals that lines of this cycle bill. `proposals`: place, BATCH, zone_code,
    charge_month, missing_kop; `lines`: CHARGE rows (carried.CHARGE) with a batch."""
    amount = pl.when(pl.col("recalculated_kop") != 0).then("recalculated_kop").otherwise("charged_kop")
    ours = lines.select(*_MONTH, "document_id", kop=amount).join(proposals, on=BATCH, how="semi")
    met = proposals.join(ours, on=BATCH, how="semi").rename({"missing_kop": "kop"}).sort("place")
    found, open_ones, rest = [], met, ours
    for key in (BATCH, _MONTH):
        equal = _sums(open_ones, key).join(_sums(rest, key), on=[*key, "kop"], how="semi", nulls_equal=True)
        found.append(open_ones.join(equal, on=key, how="semi", nulls_equal=True))
        open_ones = open_ones.join(equal, on=key, how="anti", nulls_equal=True)
        rest = rest.join(equal, on=key, how="anti", nulls_equal=True)
    open_ones = open_ones.sort("place").with_columns(_number())
    rest = rest.sort(*_MONTH, "document_id", "kop", nulls_last=True).with_columns(_number())
    found.append(open_ones.join(rest, on=_EXACT, how="semi"))
    rest, open_ones = rest.join(open_ones, on=_EXACT, how="anti"), open_ones.join(rest, on=_EXACT, how="anti")
    # the last round takes proposals that a line has met already: too much was billed for one of the batch
    for key, among in ((_MONTH, open_ones), (BATCH, open_ones), (BATCH, met)):
        first = among.sort("place").unique(key, keep="first", maintain_order=True).drop("kop")
        found.append(first.join(_sums(rest, key), on=key, nulls_equal=True))
        rest = rest.join(first, on=key, how="anti", nulls_equal=True)
    return pl.concat([one.select("place", "kop") for one in found]).group_by("place").agg(new_kop=money.total("kop"))


def _sums(rows: pl.DataFrame, key: tuple[str, ...]) -> pl.DataFrame:
    return rows.group_by(key).agg(kop=money.total("kop"))


def _number() -> pl.Expr:
    """Of several equal sums of one batch each meets one."""
    return pl.int_range(pl.len()).over(*BATCH, "kop").alias("number")
