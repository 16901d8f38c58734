"""How a sum is spread over the items of one document: D'Hondt on kopecks.

    kopeck number s of an item of weight w has the claim w / s; the G largest claims win,
    equal claims go to the smaller item key

The method is house-monotone: with G + 1 kopecks nobody has less than with G. So money that comes in parts is spread as
if it had come at once, and a document paid in full is paid in every item (ПП 354, п. 118: in proportion to the items;
the order of kopecks is the book's). G is the cumulative general money of the document's epoch, w what an item had open
when the epoch started.

Closed form, exact in integers. With W = Σw and n items the smallest winning claim lies between W/(G+n) and W/G, so

    ⌊w·G / W⌋ ≤ a ≤ ⌊w·(G+n) / W⌋  and  a ≤ w

and only the few kopecks between the bounds (about 2n a document) are ranked. Claims are compared by ⌊w·2⁸⁰ / s⌋: two
different claims w/s with s < 2⁴⁰ differ by more than 2⁻⁸⁰, so their keys differ too; w·2⁸⁰ < 2¹²⁰ fits Int128. Hence
a weight stays under 2⁴⁰ kopecks (about 11 billion roubles an item); a larger one raises.

Not here: which items a sum may touch (`admission.py`), which document comes first (`laying.py`).
"""

from __future__ import annotations

from typing import Final

import polars as pl

WEIGHT_LIMIT: Final = 1 << 40
_CLAIM_SCALE: Final = 1 << 80


class WeightTooLarge(Exception):
    """An item of 2⁴⁰ kopecks or more cannot be spread exactly in Int128."""


def spread(shares: pl.DataFrame) -> pl.DataFrame:
    """Column `share_kop` (what the item has of the group's money) added to group, item, weight_kop, sum_kop.

    Grain in and out: group × item; `item` orders by key inside its group. `sum_kop` is one value a group,
    0 ≤ sum_kop ≤ Σ weight_kop; weights are positive. Σ share_kop of a group = sum_kop. Row order is kept.
    """
    if shares.is_empty():
        return shares.with_columns(share_kop=pl.lit(None, dtype=pl.Int64))
    if shares.filter(pl.col("weight_kop") >= WEIGHT_LIMIT).height:
        raise WeightTooLarge("an item of 2^40 kopecks or more")
    bounded = shares.pipe(_with_bounds)
    extra = bounded.pipe(_claims_between_bounds).pipe(_winners)
    return (
        bounded.join(extra, on=["group", "item"], how="left", maintain_order="left")
        .with_columns(share_kop=pl.col("low") + pl.col("won").fill_null(0))
        .select(*shares.columns, "share_kop")
    )


def _with_bounds(shares: pl.DataFrame) -> pl.DataFrame:
    weight, total = pl.col("weight_kop").cast(pl.Int128), pl.col("weight_kop").cast(pl.Int128).sum().over("group")
    money, items = pl.col("sum_kop").cast(pl.Int128), pl.len().over("group").cast(pl.Int128)
    high = pl.min_horizontal(weight, weight * (money + items) // total)
    return shares.with_columns(
        low=(weight * money // total).cast(pl.Int64), high=high.cast(pl.Int64)
    ).with_columns(missing=pl.col("sum_kop") - pl.col("low").sum().over("group"))


def _claims_between_bounds(bounded: pl.DataFrame) -> pl.DataFrame:
    """One row a kopeck between the bounds: group, item, missing, kopeck, claim."""
    claim = pl.col("weight_kop").cast(pl.Int128) * pl.lit(_CLAIM_SCALE, dtype=pl.Int128)
    return (
        bounded.filter(pl.col("missing") > 0, pl.col("high") > pl.col("low"))
        .select("group", "item", "weight_kop", "missing", kopeck=pl.int_ranges(pl.col("low") + 1, pl.col("high") + 1))
        .explode("kopeck")
        .with_columns(claim=claim // pl.col("kopeck").cast(pl.Int128))
    )


def _winners(claims: pl.DataFrame) -> pl.DataFrame:
    """How many kopecks above its lower bound an item wins: group, item, won."""
    ordered = claims.sort("group", "claim", "item", descending=[False, True, False])
    place = pl.int_range(pl.len()).over("group")
    return ordered.filter(place < pl.col("missing")).group_by("group", "item").agg(won=pl.len().cast(pl.Int64))
