"""Balances of the cycle: account × creditor × service × kind of debt, and the same by house.

    closing = opening + billed − paid + reversed + transferred − written off

    billed       lines of the cycle's documents, signed, old and new versions alike
    paid         money laid on items by the rules, from payments and advances
    reversed     what reversals took back
    transferred  credits of negative items, money moved by new versions, and the withdrawal of what old versions billed
"""

from __future__ import annotations

from typing import Final

import polars as pl

from pipeline.domain.allocation.ground import KIND
from pipeline.domain.allocation.runs import packed, ranked, starts, summed_along, summed_by
from pipeline.money import total

BALANCE_KEY: Final = ("account_id", "creditor_id", "service_code", "debt_kind_code")
CONSERVATION_KEY: Final = ("creditor_id", "service_code", "house_id", "debt_kind_code")
FLOWS: Final = (
    "opening_kop", "billed_kop", "paid_kop", "reversed_kop", "transferred_kop", "written_off_kop", "closing_kop",
)
#: Books whose register lacks an account still conserve its money.
NO_HOUSE: Final = "unknown"


def account_balances(items: pl.DataFrame) -> pl.DataFrame:
    """`items`: all items of the allocation, how they were handed in, what moved, and how they were left."""
    creditors, services = ranked(items["creditor_id"]), ranked(items["service_code"])
    is_new, zero = pl.col("present_from") > 0, pl.lit(0, dtype=pl.Int64)
    # nothing is written off yet: a column of zeros need not be sorted and added up
    moving = [name for name in FLOWS if name != "written_off_kop"]
    # an item that came back for nothing to move on it was nothing and is nothing
    is_told = is_new | (pl.col("was_outstanding_kop") != 0) | pl.col("is_moved")
    coded = items.select(
        is_told=is_told, row=pl.int_range(pl.len(), dtype=pl.UInt32), account=starts("account_id").cum_sum(),
        creditor=pl.col("creditor_id").cast(creditors), service=pl.col("service_code").cast(services),
        kind=pl.col("debt_kind_code").cast(KIND),
        opening_kop=pl.when(~is_new).then("was_outstanding_kop").otherwise(zero),
        billed_kop=pl.when(is_new).then("was_billed_kop").otherwise(zero),
        paid_kop="moved_paid_kop", reversed_kop="moved_reversed_kop",
        transferred_kop=-pl.col("moved_credited_kop") - pl.col("moved_superseded_kop")
        - (pl.col("was_billed_kop") - pl.col("billed_kop")),
        closing_kop="outstanding_kop",
    ).filter("is_told")
    key = packed(
        account=items.height, creditor=len(creditors.categories), service=len(services.categories),
        kind=len(KIND.categories),
    )
    summed = summed_along(coded.with_columns(key.alias("key")), "key", moving, told=["row"])
    return items.select(pl.col(BALANCE_KEY).gather(summed["row"])).with_columns(
        *(summed[name] for name in moving), written_off_kop=zero
    ).select(*BALANCE_KEY, *FLOWS)


def withdrawn_items(items: pl.DataFrame) -> pl.DataFrame:
    """Items of replaced documents with what they had billed (`withdrawn_kop`)."""
    return items.filter(pl.col("was_billed_kop") != pl.col("billed_kop")).with_columns(
        withdrawn_kop=pl.col("was_billed_kop") - pl.col("billed_kop")
    )


def conservation(balances: pl.DataFrame, accounts: pl.DataFrame) -> pl.DataFrame:
    """The balances of one part by creditor, service, house and kind."""
    houses = accounts.select("account_id", "house_id").unique("account_id")
    heads = balances.filter(starts("account_id")).select("account_id").join(
        houses, on="account_id", how="left", maintain_order="left"
    )
    run = balances.select((starts("account_id").cum_sum() - 1).alias("run"))["run"]
    of_head = heads["house_id"].fill_null(NO_HOUSE)
    told = balances.with_columns(of_head.cast(ranked(of_head)).gather(run))
    codes = {name: ranked(told[name]) for name in CONSERVATION_KEY}
    coded = told.with_columns(pl.col(name).cast(dtype) for name, dtype in codes.items())
    key = packed(**{name: len(dtype.categories) for name, dtype in codes.items()})
    summed = summed_by(coded.with_columns(key.alias("key")), "key", FLOWS, told=CONSERVATION_KEY)
    return summed.select(pl.col(CONSERVATION_KEY).cast(pl.String), *FLOWS)


def summed(flows: list[pl.DataFrame], key: tuple[str, ...]) -> pl.DataFrame:
    """Flows added up by key; a flow that a frame lacks is zero."""
    empty = pl.DataFrame(schema={**dict.fromkeys(key, pl.String), **dict.fromkeys(FLOWS, pl.Int64)})
    told = [flow.select(*key, *(name for name in FLOWS if name in flow.columns)) for flow in flows]
    return (
        pl.concat([empty, *told], how="diagonal")
        .group_by(*key).agg(total(pl.col(name).fill_null(0)).alias(name) for name in FLOWS).sort(*key)
    )
