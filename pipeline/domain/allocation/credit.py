"""Negative items of a document: their money first reduces the document's own items (contracts §6.0).

    a negative item  gets the negative movement −x and is closed
    its money x      goes to items of the same contract, then of the same creditor, always of the same kind of debt;
                     the rest is an advance ring-fenced to the creditor

The money is called `credit:<document>:<contract>`. Not here: how advances meet later documents (`standing.py`).
"""

from __future__ import annotations

from typing import Final

import polars as pl

from pipeline.domain.allocation.admission import RULE
from pipeline.domain.allocation.ground import KIND
from pipeline.domain.allocation.runs import packed, ranked, sum_before
from pipeline.domain.allocation.spread import spread
from pipeline.domain.allocation.standing import Standing

#: A credit's groups of items, narrow and wide: of its contract, of its creditor; always of its document and kind.
_CONTRACT: Final = "contract_level"
_CREDITOR: Final = "creditor_level"
_NEEDED: Final = ("item", "account", "document", "creditor_id", "debt_kind_code", "outstanding_kop", "last_event")


def credit_payment_id(document_id: str | pl.Expr | pl.Series, contract_id: str | pl.Expr) -> pl.Expr:
    """Name of the money of a document's negative items of one contract."""
    return pl.format("credit:{}:{}", document_id, contract_id)


def net_credits(standing: Standing, issued: pl.DataFrame) -> None:
    """Lay the negative items of documents issued by these events."""
    is_negative, is_open = pl.col("outstanding_kop") < 0, pl.col("outstanding_kop") > 0
    is_issued = pl.col("present_from") == standing.number
    documents = standing.items.select(pl.col("document").filter(is_issued & is_negative)).to_series().unique()
    if documents.is_empty():
        return
    own = (
        standing.items.select(pl.col(_NEEDED).filter(is_issued & pl.col("document").is_in(documents.implode())))
        .pipe(_with_levels, standing)
    )
    negative = own.filter(is_negative)
    # most items of such a document stand beside a negative one of another creditor, and no credit meets them
    open_items = own.filter(is_open, pl.col(_CREDITOR).is_in(negative[_CREDITOR].unique().implode()))
    credits = _credits(standing, negative, issued)
    withdrawn = negative.join(credits.select(_CONTRACT, "credit"), on=_CONTRACT).select(
        "item", "credit", allocated_kop="outstanding_kop"
    )
    steps = [_movements(withdrawn, credits)]
    for level in (_CONTRACT, _CREDITOR):
        met = _met(credits, open_items, level)
        steps.append(_movements(met, credits))
        credits = _less(credits, met, "credit", "amount_kop")
        open_items = _less(open_items, met, "item", "outstanding_kop")
    standing.record(*steps)
    standing.end_epochs(negative)
    standing.add_advances(credits.with_columns(from_month=None, to_month=None))


def _with_levels(items: pl.DataFrame, standing: Standing) -> pl.DataFrame:
    """The two groups that a credit stays in, as codes that order as (document, creditor, contract, kind) do."""
    contracts = standing.ground.book["contract_id"].gather(items["item"])
    coded = items.with_columns(contract=contracts.cast(ranked(contracts)))
    sizes = {"document": standing.ground.documents.height, "creditor_id": len(standing.ground.creditors.categories)}
    kind = {"debt_kind_code": len(KIND.categories)}
    contract = {"contract": len(coded.schema["contract"].categories)}  # type: ignore[attr-defined]
    return coded.with_columns(
        packed(**sizes, **contract, **kind).alias(_CONTRACT), packed(**sizes, **kind).alias(_CREDITOR)
    )


def _credits(standing: Standing, negative: pl.DataFrame, issued: pl.DataFrame) -> pl.DataFrame:
    """One credit a contract and kind of a document, numbered in their order, as sources of money."""
    posted = issued.select("account", "posted_at").unique("account")
    documents = standing.ground.documents["document_id"]
    told = (
        negative.group_by(_CONTRACT)
        .agg(pl.col("account", "document", "creditor_id", "contract", "last_event", _CREDITOR).first(),
             amount_kop=-pl.col("outstanding_kop").sum())
        .sort(_CONTRACT).with_row_index("credit")
        .join(posted, on="account", how="left", maintain_order="left")
    )
    return standing.sourced(told.with_columns(
        payment_id=credit_payment_id(documents.gather(told["document"]), pl.col("contract").cast(pl.String)),
        origin_code=pl.lit("credit"), registry_id=None, paid_at="posted_at", channel_code=None, contract_reference=None,
    ))


def _met(credits: pl.DataFrame, open_items: pl.DataFrame, level: str) -> pl.DataFrame:
    """credit × item × allocated_kop: credits of one group stand on a line in their order, so do the items' shares."""
    givers = credits.filter(pl.col("amount_kop") > 0).select(level, "credit", "amount_kop")
    available = givers.group_by(level).agg(credit_kop=pl.col("amount_kop").sum())
    takers = open_items.join(available, on=level).select(level, "item", "credit_kop", weight_kop="outstanding_kop")
    sums = takers.group_by(level).agg(
        sum_kop=pl.min_horizontal(pl.col("weight_kop").sum(), pl.col("credit_kop").first())
    )
    share_end = sum_before(pl.col("share_kop"), level) + pl.col("share_kop")
    shares = (
        takers.join(sums, on=level).sort(level, "item").rename({level: "group"}).pipe(spread)
        .rename({"group": level}).with_columns(share_end=share_end)
    )
    credit_end = sum_before(pl.col("amount_kop"), level) + pl.col("amount_kop")
    standing_givers = givers.sort(level, "credit").with_columns(credit_end=credit_end)
    overlap = pl.min_horizontal("share_end", "credit_end") - pl.max_horizontal(
        pl.col("share_end") - pl.col("share_kop"), pl.col("credit_end") - pl.col("amount_kop")
    )
    return (
        shares.join(standing_givers, on=level).select("item", "credit", allocated_kop=overlap)
        .filter(pl.col("allocated_kop") > 0)
    )


def _less(frame: pl.DataFrame, met: pl.DataFrame, key: str, column: str) -> pl.DataFrame:
    used = met.group_by(key).agg(used_kop=pl.col("allocated_kop").sum())
    return (
        frame.join(used, on=key, how="left", maintain_order="left")
        .with_columns(pl.col(column) - pl.col("used_kop").fill_null(0)).drop("used_kop")
        .filter(pl.col(column) > 0)
    )


def _movements(lines: pl.DataFrame, credits: pl.DataFrame) -> pl.DataFrame:
    terms = credits.select("credit", "account", "document", "posted_at", "source")
    return lines.join(terms, on="credit", how="left").sort("item", "credit").with_columns(
        rule_code=pl.lit("credit", dtype=RULE), reversal_id=None, is_ring_fenced=pl.lit(True),
    )
