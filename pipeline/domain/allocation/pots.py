"""Payments as pots: how the purpose, the own creditor, the writ and the designation of a payment send its money.

Not here: which items the pot may touch (`admission.py`).
"""

from __future__ import annotations

import polars as pl

from pipeline.domain.allocation.admission import MODE, PLACED_AS
from pipeline.domain.allocation.ground import KIND

_purpose = pl.col("purpose_code")
_has_writ = _purpose.is_in(["enforcement", "court_cost"]) & pl.col("writ_creditor_id").is_not_null()
_has_contract = (_purpose == "advance_contract") & pl.col("from_month").is_not_null()
#: A document or month set by a terminal by default is no designation (Пленум ВС 22 от 27.06.2017, п. 32).
_is_designated = pl.col("designation_code").is_in(["document", "typed"])


def pots_of(money_events: pl.DataFrame) -> pl.DataFrame:
    """One pot a money event. Court money without a writ pays court costs first, then goes on as any other."""
    mode = (
        pl.when(_has_writ).then(pl.lit("writ", dtype=MODE))
        .when(_has_contract).then(pl.lit("contract", dtype=MODE))
        .when(_purpose == "capital_repair").then(pl.lit("capital_repair", dtype=MODE))
        .when(_purpose.is_in(["penalty", "court_cost"])).then(pl.lit("kind", dtype=MODE))
        .otherwise(pl.lit("general", dtype=MODE))
    )
    return money_events.with_columns(
        mode_code=mode, on=pl.col("paid_at").dt.date(),
        kind_code=pl.when(_purpose.is_in(["penalty", "court_cost"])).then(_purpose).cast(KIND),
        ring_creditor_id=pl.when(_has_writ).then("writ_creditor_id").otherwise("designated_creditor_id"),
        from_month=pl.when(_has_writ).then("writ_from_month").when(_has_contract).then("from_month"),
        to_month=pl.when(_has_writ).then("writ_to_month").when(_has_contract).then("to_month"),
        contract_reference=pl.when(_has_contract).then("contract_reference"),
        designated_document=pl.when(_is_designated).then("designated_document"),
        designated_month=pl.when(_is_designated).then("designated_month"),
        placed_as=pl.lit(None, dtype=PLACED_AS),
    )


def surplus(left: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """What is left of pots as advances: ring-fenced to the creditor of a writ, of an own account, of capital repair."""
    rests = left.filter(pl.col("amount_kop") > 0)
    of_no_ring = rests.filter(pl.col("mode_code") == "capital_repair", pl.col("ring_creditor_id").is_null())
    funds = (
        items.filter(pl.col("debt_kind_code") == "capital_repair")
        .join(of_no_ring.select("account"), on="account", how="semi")
        .group_by("account").agg(fund_id=pl.col("creditor_id").sort_by("document").last())
    )
    of_fund = pl.when(pl.col("mode_code") == "capital_repair").then("fund_id")
    return rests.join(funds, on="account", how="left", maintain_order="left").with_columns(
        creditor_id=pl.coalesce("ring_creditor_id", of_fund)
    )
