"""Negative items of a document: their money first reduces the document's own items (contracts §6.0).

    a negative item  gets the negative movement −x and is closed
    its money x      goes to items of the same contract, then of the same creditor, always of the same kind of debt;
                     the rest is an advance ring-fenced to the creditor

The money is called `credit:<document>:<contract>`. Not here: how advances meet later documents (`standing.py`).
"""

from __future__ import annotations

from typing import Final

import polars as pl

from pipeline.domain.allocation.spread import spread
from pipeline.domain.allocation.standing import Standing

_CONTRACT: Final = ("account", "document", "creditor_id", "contract_id", "debt_kind_code")
_CREDITOR: Final = ("account", "document", "creditor_id", "debt_kind_code")


def credit_payment_id(document_id: str | pl.Expr, contract_id: str | pl.Expr) -> pl.Expr:
    """Name of the money of a document's negative items of one contract."""
    return pl.format("credit:{}:{}", document_id, contract_id)


def net_credits(standing: Standing, issued: pl.DataFrame, document_ids: pl.DataFrame) -> None:
    """Lay the negative items of documents issued by these events. `document_ids`: document → document_id."""
    present = standing.items.filter(pl.col("present_from") == standing.number)
    negative = present.filter(pl.col("outstanding_kop") < 0)
    if negative.is_empty():
        return
    posted = issued.select("account", "posted_at").unique("account")
    credits = (
        negative.group_by(*_CONTRACT)
        .agg(amount_kop=-pl.col("outstanding_kop").sum(), last_event=pl.col("last_event").first())
        .join(document_ids, on="document", how="left").join(posted, on="account", how="left")
        .sort(*_CONTRACT).with_row_index("credit")
        .with_columns(payment_id=credit_payment_id("document_id", "contract_id"))
    )
    open_items = present.filter(pl.col("outstanding_kop") > 0).select(*_CONTRACT, "item", "outstanding_kop")
    own = negative.join(credits.select(*_CONTRACT, "credit"), on=_CONTRACT).select(
        "item", "credit", allocated_kop="outstanding_kop"
    )
    _record(standing, own, credits)
    for level in (_CONTRACT, _CREDITOR):
        met = _met(credits, open_items, level)
        _record(standing, met, credits)
        credits = _less(credits, met, "credit", "amount_kop")
        open_items = _less(open_items, met, "item", "outstanding_kop")
    standing.end_epochs(negative)
    standing.add_advances(credits.with_columns(
        origin_code=pl.lit("credit"), registry_id=None, paid_at="posted_at", channel_code=None,
        contract_reference=None, from_month=None, to_month=None,
    ))


def _met(credits: pl.DataFrame, open_items: pl.DataFrame, level: tuple[str, ...]) -> pl.DataFrame:
    """credit × item × allocated_kop: credits of one group stand on a line in their order, so do the items' shares."""
    available = credits.filter(pl.col("amount_kop") > 0).group_by(*level).agg(credit_kop=pl.col("amount_kop").sum())
    groups = (
        open_items.group_by(*level).agg(open_kop=pl.col("outstanding_kop").sum()).join(available, on=level)
        .sort(*level).with_row_index("group")
        .select(*level, "group", sum_kop=pl.min_horizontal("open_kop", "credit_kop"))
    )
    shares = (
        open_items.join(groups, on=level).rename({"outstanding_kop": "weight_kop"})
        .select("group", "item", "weight_kop", "sum_kop").sort("group", "item").pipe(spread)
        .with_columns(share_end=pl.col("share_kop").cum_sum().over("group"))
    )
    givers = (
        credits.filter(pl.col("amount_kop") > 0).join(groups.drop("sum_kop"), on=level).sort("group", "credit")
        .with_columns(credit_end=pl.col("amount_kop").cum_sum().over("group"))
        .select("group", "credit", "amount_kop", "credit_end")
    )
    overlap = pl.min_horizontal("share_end", "credit_end") - pl.max_horizontal(
        pl.col("share_end") - pl.col("share_kop"), pl.col("credit_end") - pl.col("amount_kop")
    )
    return (
        shares.join(givers, on="group").select("item", "credit", allocated_kop=overlap)
        .filter(pl.col("allocated_kop") > 0)
    )


def _less(frame: pl.DataFrame, met: pl.DataFrame, key: str, column: str) -> pl.DataFrame:
    used = met.group_by(key).agg(used_kop=pl.col("allocated_kop").sum())
    return (
        frame.join(used, on=key, how="left", maintain_order="left")
        .with_columns(pl.col(column) - pl.col("used_kop").fill_null(0)).drop("used_kop")
        .filter(pl.col(column) > 0)
    )


def _record(standing: Standing, lines: pl.DataFrame, credits: pl.DataFrame) -> None:
    terms = credits.select("credit", "account", "document", "payment_id", "posted_at")
    standing.record(
        lines.join(terms, on="credit", how="left").sort("account", "item", "credit")
        .with_columns(
            place=pl.int_range(pl.len(), dtype=pl.Int64).over("account"), rule_code=pl.lit("credit"),
            origin_code=pl.lit("credit"), registry_id=None, paid_at="posted_at", channel_code=None,
            reversal_id=None, is_ring_fenced=pl.lit(True), contract_reference=None,
        )
    )
