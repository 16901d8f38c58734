"""Laying pots of money on items: which document how much, which item how much, what is left.

    documents of one pot stand in line by (stage, due_on, billing_month, type, document_id)
    a document takes min(what is left of the pot, what the pot may pay of it)
    a document paid in full pays every item; the one partly paid is spread (`spread.py`)

Here: one sum an account at a time, for all accounts at once. Not here: the order of events (`rounds.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from pipeline.domain.allocation.admission import admitted
from pipeline.domain.allocation.spread import spread

_BUCKET = ("pot", "stage", "document")
_PLACE = ("stage", "document", "item")


@dataclass(frozen=True)
class Laid:
    """`lines`: pot × item with allocated_kop, rule_code, is_earmarked; `left`: the pots with what is left of them."""

    lines: pl.DataFrame
    left: pl.DataFrame


def lay(items: pl.DataFrame, pots: pl.DataFrame, *, exact_total_pays_penalty: bool) -> Laid:
    """Lay at most one pot an account. `items`: the present items of any accounts; pots carry `pot` and `account`."""
    lines = (
        items.filter(pl.col("outstanding_kop") > 0)
        .join(pots.select(*_POT_COLUMNS), on="account", how="inner")
        .pipe(admitted, exact_total_pays_penalty=exact_total_pays_penalty)
        .pipe(_within_reach)
        .pipe(_spread_inside_documents)
    )
    used = lines.group_by("pot").agg(used_kop=pl.col("allocated_kop").sum())
    left = (
        pots.join(used, on="pot", how="left", maintain_order="left")
        .with_columns(amount_kop=pl.col("amount_kop") - pl.col("used_kop").fill_null(0))
        .drop("used_kop")
    )
    return Laid(lines, left)


_POT_COLUMNS = (
    "account", "pot", "amount_kop", "mode_code", "kind_code", "ring_creditor_id", "from_month", "to_month",
    "designated_document", "designated_month", "on", "placed_as",
)


def _within_reach(candidates: pl.DataFrame) -> pl.DataFrame:
    """Only documents that the pot reaches, with `open_kop` of the document and `laid_kop` on it."""
    before = pl.col("open_kop").cum_sum().over("pot") - pl.col("open_kop")
    laid = pl.min_horizontal(pl.col("amount_kop") - before, pl.col("open_kop"))
    reached = (
        candidates.group_by(*_BUCKET)
        .agg(open_kop=pl.col("outstanding_kop").sum(), amount_kop=pl.col("amount_kop").first())
        .sort(*_BUCKET)
        .select(*_BUCKET, "open_kop", laid_kop=laid)
        .filter(pl.col("laid_kop") > 0)
        .with_row_index("group")
    )
    return candidates.join(reached, on=_BUCKET, how="inner")


def _spread_inside_documents(reached: pl.DataFrame) -> pl.DataFrame:
    is_full = pl.col("laid_kop") == pl.col("open_kop")
    full = reached.filter(is_full).with_columns(allocated_kop=pl.col("outstanding_kop"))
    partly = reached.filter(~is_full).pipe(_spread_partly)
    return (
        pl.concat([full, partly])
        .filter(pl.col("allocated_kop") > 0)
        .select("account", "pot", *_PLACE, "allocated_kop", "rule_code", "is_earmarked", "creditor_id")
        .sort("pot", *_PLACE)
        .with_columns(place=pl.int_range(pl.len(), dtype=pl.Int64).over("pot"))
    )


def _spread_partly(reached: pl.DataFrame) -> pl.DataFrame:
    """General money: the epoch's weights and cumulative sum. Earmarked money: by what is open now."""
    weight = pl.when("is_earmarked").then("outstanding_kop").otherwise("epoch_base_kop")
    shared = spread(
        reached.select(
            "group", "item", "laid_kop", weight_kop=weight, had_kop=weight - pl.col("outstanding_kop")
        ).with_columns(sum_kop=pl.col("had_kop").sum().over("group") + pl.col("laid_kop"))
    )
    new = pl.col("share_kop") - pl.col("had_kop")
    return reached.join(
        shared.select("group", "item", allocated_kop=new), on=["group", "item"], how="left", maintain_order="left"
    )
