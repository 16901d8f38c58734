"""Laying pots of money on items: which document how much, which item how much, what is left.

    documents of one pot stand in line by (stage, due_on, billing_month, type, document_id)
    a document takes min(what is left of the pot, what the pot may pay of it)
    a document paid in full pays every item; the one partly paid is spread (`spread.py`)

Here: one sum an account at a time, for all accounts at once. Not here: the order of events (`rounds.py`).

A `bucket` is what a pot may pay of one document in one stage: one integer that orders as (account, stage, document).
Items of a bucket stand together in item order, so buckets are added up along their rows and only the sums are sorted.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from pipeline.domain.allocation.admission import admitted, with_rule
from pipeline.domain.allocation.runs import starts, sum_before
from pipeline.domain.allocation.spread import spread


@dataclass(frozen=True)
class Laid:
    """`lines`: item × pot with allocated_kop, rule_code, is_earmarked, in the order money meets them; `left`: the pots
    with what is left of them."""

    lines: pl.DataFrame
    left: pl.DataFrame


def lay(items: pl.LazyFrame, pots: pl.DataFrame, *, exact_total_pays_penalty: bool) -> Laid:
    """Lay at most one pot an account. `items`: the present items of any accounts, in item order."""
    lines = (
        items.filter(pl.col("outstanding_kop") > 0)
        .join(pots.lazy().select(*_POT_COLUMNS), on="account", how="inner", maintain_order="left").collect()
        .pipe(admitted, exact_total_pays_penalty=exact_total_pays_penalty)
        .pipe(_within_reach)
        .pipe(with_rule)
        .pipe(_spread_inside_documents)
    )
    used = lines.group_by("account").agg(used_kop=pl.col("allocated_kop").sum())
    left = (
        pots.join(used, on="account", how="left", maintain_order="left")
        .with_columns(amount_kop=pl.col("amount_kop") - pl.col("used_kop").fill_null(0))
        .drop("used_kop")
    )
    return Laid(lines, left)


_POT_COLUMNS = (
    "account", "amount_kop", "mode_code", "kind_code", "ring_creditor_id", "from_month", "to_month",
    "designated_document", "designated_month", "on", "placed_as", "posted_at", "source",
)


def _within_reach(candidates: pl.DataFrame) -> pl.DataFrame:
    """Only documents that the pot reaches, with `open_kop` of the document and `laid_kop` on it."""
    stage, document = pl.col("stage").cast(pl.Int64), pl.col("document").cast(pl.Int64)
    standing = (
        candidates.with_columns(bucket=(pl.col("account").cast(pl.Int64) * 4 + stage) * (1 << 32) + document)
        .with_columns(run=starts("bucket").cum_sum() - 1)
    )
    open_until = pl.col("outstanding_kop").cum_sum()
    runs = standing.select("bucket", "account", "amount_kop", "run", until=open_until).filter(
        (pl.col("run") != pl.col("run").shift(-1)).fill_null(True)
    ).with_columns(open_kop=pl.col("until") - pl.col("until").shift(1, fill_value=0))
    laid = pl.min_horizontal(pl.col("amount_kop") - sum_before(pl.col("open_kop"), "account"), pl.col("open_kop"))
    reached = (
        # kinds of one document may lie in two stages by turns: their runs are one bucket
        runs.group_by("bucket").agg(pl.col("account", "amount_kop").first(), pl.col("open_kop").sum())
        .sort("bucket").select("bucket", "open_kop", laid_kop=laid).filter(pl.col("laid_kop") > 0)
    )
    by_run = runs.select("bucket").join(reached, on="bucket", how="left", maintain_order="left")
    return standing.with_columns(
        by_run[name].gather(standing["run"]) for name in ("open_kop", "laid_kop")
    ).filter(pl.col("laid_kop").is_not_null())


def _spread_inside_documents(reached: pl.DataFrame) -> pl.DataFrame:
    is_full = pl.col("laid_kop") == pl.col("open_kop")
    columns = ("bucket", "account", "item", "document", "allocated_kop", "rule_code", "is_earmarked", "creditor_id",
               "ring_creditor_id", "posted_at", "source")
    full = reached.filter(is_full).with_columns(allocated_kop=pl.col("outstanding_kop"))
    partly = reached.filter(~is_full).pipe(_spread_partly)
    return (
        pl.concat([full.select(columns), partly.select(columns).filter(pl.col("allocated_kop") > 0)])
        # a bucket lies whole in one of the two, in item order
        .sort("bucket", maintain_order=True).drop("bucket")
    )


def _spread_partly(reached: pl.DataFrame) -> pl.DataFrame:
    """General money: the epoch's weights and cumulative sum. Earmarked money: by what is open now."""
    weight = pl.when("is_earmarked").then("outstanding_kop").otherwise("epoch_base_kop")
    shared = spread(
        reached.select(
            "item", "laid_kop", group="bucket", weight_kop=weight, had_kop=weight - pl.col("outstanding_kop")
        ).with_columns(sum_kop=pl.col("had_kop").sum().over("group") + pl.col("laid_kop"))
    )
    return reached.with_columns(allocated_kop=shared["share_kop"] - shared["had_kop"])
