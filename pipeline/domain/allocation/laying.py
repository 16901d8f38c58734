"""Laying pots of money on items: which document how much, which item how much, what is left.

    documents of one pot stand in line by (stage, due_on, billing_month, type, document_id)
    a document takes min(what is left of the pot, what the pot may pay of it)
    a document paid in full pays every item; the one partly paid is spread (`spread.py`)

Here: one sum an account at a time, for all accounts at once. Not here: the order of events (`rounds.py`).

A `bucket` is what a pot may pay of one document in one stage: one integer that orders as (account, stage, document).

Whether money may touch an item follows from a few of its terms, which neighbours share. So it is asked once a stretch
of items of one document with the same terms (a third of the rows), and only the answer goes back to the items.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from pipeline.domain.allocation.admission import admitted, with_rule
from pipeline.domain.allocation.runs import starts, sum_before
from pipeline.domain.allocation.spread import spread

#: What admission looks at; beside them the creditor, where money is an own creditor's.
_TERMS: Final = ("document", "debt_kind_code", "limitation_on", "is_time_barred", "billing_month", "document_type_code")
_POT_COLUMNS: Final = (
    "amount_kop", "mode_code", "kind_code", "ring_creditor_id", "from_month", "to_month", "designated_document",
    "designated_month", "on", "placed_as", "posted_at", "source",
)
_OF_STRETCH: Final = ("bucket", "account", "document", "open_kop", "laid_kop", "rule_code", "is_earmarked", "posted_at",
                      "source")


@dataclass(frozen=True)
class Laid:
    """`lines`: item × pot with allocated_kop, rule_code, is_earmarked, in the order money meets them; `left`: the pots
    with what is left of them."""

    lines: pl.DataFrame
    left: pl.DataFrame


def lay(items: pl.LazyFrame, pots: pl.DataFrame, *, exact_total_pays_penalty: bool) -> Laid:
    """Lay at most one pot an account. `items`: the present items of any accounts, in item order."""
    lines = _spread_inside_documents(_reached(items, pots, exact_total_pays_penalty))
    used = lines.group_by("account").agg(used_kop=pl.col("allocated_kop").sum())
    left = (
        pots.join(used, on="account", how="left", maintain_order="left")
        .with_columns(amount_kop=pl.col("amount_kop") - pl.col("used_kop").fill_null(0))
        .drop("used_kop")
    )
    return Laid(lines, left)


def _reached(items: pl.LazyFrame, pots: pl.DataFrame, exact_total_pays_penalty: bool) -> pl.DataFrame:
    """Items that money reaches, with what was found for their stretch."""
    met = _met(items, pots)
    stretches = _stretches(met, pots)
    reached = (
        stretches.pipe(admitted, exact_total_pays_penalty=exact_total_pays_penalty)
        .pipe(_within_reach)
        .pipe(with_rule)
    )
    return _on_items(met, stretches.height, reached)


def _met(items: pl.LazyFrame, pots: pl.DataFrame) -> pl.DataFrame:
    """Open items of accounts with a pot: `pot`, the row of it, and `stretch`, the number of the item's stretch."""
    of_account = pots.lazy().select(
        "account", pot=pl.int_range(pl.len(), dtype=pl.UInt32), is_ring=pl.col("ring_creditor_id").is_not_null()
    )
    is_first = starts(*_TERMS) | (pl.col("is_ring") & starts("creditor_id"))
    return (
        items.filter(pl.col("outstanding_kop") > 0)
        .select("account", "item", "creditor_id", "outstanding_kop", "epoch_base_kop", *_TERMS)
        .join(of_account, on="account", how="inner", maintain_order="left")
        .with_columns(stretch=is_first.cum_sum() - 1).collect()
    )


def _stretches(met: pl.DataFrame, pots: pl.DataFrame) -> pl.DataFrame:
    """Stretch × pot with what is open of the stretch (`outstanding_kop`)."""
    is_last = (pl.col("stretch") != pl.col("stretch").shift(-1)).fill_null(True)
    ends = met.select(
        "account", "stretch", "creditor_id", *_TERMS, "pot", until=pl.col("outstanding_kop").cum_sum()
    ).filter(is_last)
    open_kop = pl.col("until") - pl.col("until").shift(1, fill_value=0)
    return pl.concat([
        ends.select(pl.exclude("pot", "until"), outstanding_kop=open_kop),
        pots.select(pl.col(_POT_COLUMNS).gather(ends["pot"])),
    ], how="horizontal")


def _within_reach(stretches: pl.DataFrame) -> pl.DataFrame:
    """Only documents that the pot reaches, with `open_kop` of the document and `laid_kop` on it."""
    stage, document = pl.col("stage").cast(pl.Int64), pl.col("document").cast(pl.Int64)
    standing = stretches.with_columns(bucket=(pl.col("account").cast(pl.Int64) * 4 + stage) * (1 << 32) + document)
    laid = pl.min_horizontal(pl.col("amount_kop") - sum_before(pl.col("open_kop"), "account"), pl.col("open_kop"))
    reached = (
        standing.group_by("bucket")
        .agg(pl.col("account", "amount_kop").first(), open_kop=pl.col("outstanding_kop").sum())
        .sort("bucket").select("bucket", "open_kop", laid_kop=laid).filter(pl.col("laid_kop") > 0)
    )
    return standing.join(reached, on="bucket", how="inner", maintain_order="left")


def _on_items(met: pl.DataFrame, stretches: int, reached: pl.DataFrame) -> pl.DataFrame:
    """The same, from the stretches."""
    row = pl.select(pl.repeat(None, stretches, dtype=pl.UInt32)).to_series().scatter(
        reached["stretch"], pl.int_range(reached.height, dtype=pl.UInt32, eager=True)
    )
    items = met.select(
        "item", "outstanding_kop", "epoch_base_kop", row=row.gather(met["stretch"])
    ).filter(pl.col("row").is_not_null())
    return pl.concat([items.drop("row"), reached.select(pl.col(_OF_STRETCH).gather(items["row"]))], how="horizontal")


def _spread_inside_documents(reached: pl.DataFrame) -> pl.DataFrame:
    is_full = pl.col("laid_kop") == pl.col("open_kop")
    columns = ("bucket", "account", "item", "document", "allocated_kop", "rule_code", "is_earmarked", "posted_at",
               "source")
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
