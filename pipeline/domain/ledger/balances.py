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

from pipeline.contracts.ledger import ITEM_KEY
from pipeline.money import total

BALANCE_KEY: Final = ("account_id", "creditor_id", "service_code", "debt_kind_code")
CONSERVATION_KEY: Final = ("creditor_id", "service_code", "house_id", "debt_kind_code")
FLOWS: Final = (
    "opening_kop", "billed_kop", "paid_kop", "reversed_kop", "transferred_kop", "written_off_kop", "closing_kop",
)
_MOVED_ASIDE: Final = ("credit", "superseded")
#: Books whose register lacks an account still conserve its money.
NO_HOUSE: Final = "unknown"


def account_balances(
    opening: pl.DataFrame, before: pl.DataFrame, after: pl.DataFrame, movements: pl.DataFrame
) -> pl.DataFrame:
    """`opening`: items of the state; `before`, `after`: all items handed to the allocation and as it left them."""
    rule, allocated = pl.col("rule_code"), pl.col("allocated_kop")
    is_aside = rule.is_in(_MOVED_ASIDE)
    moved = movements.select(
        *BALANCE_KEY, paid_kop=pl.when(~is_aside & (rule != "reversal")).then(allocated),
        reversed_kop=pl.when(rule == "reversal").then(-allocated), transferred_kop=pl.when(is_aside).then(-allocated),
    )
    withdrawn = withdrawn_items(before, after).select(*BALANCE_KEY, transferred_kop=-pl.col("withdrawn_kop"))
    billed = before.filter(pl.col("present_from") > 0).select(*BALANCE_KEY, "billed_kop")
    closing = after.filter(pl.col("outstanding_kop") != 0).select(*BALANCE_KEY, closing_kop="outstanding_kop")
    return summed(
        [opening.select(*BALANCE_KEY, opening_kop="outstanding_kop"), billed, moved, withdrawn, closing], BALANCE_KEY
    )


def withdrawn_items(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Items of replaced documents with what they had billed (`withdrawn_kop`)."""
    return (
        after.join(before.select(*ITEM_KEY, billed_before="billed_kop"), on=ITEM_KEY, how="inner", nulls_equal=True)
        .filter(pl.col("billed_kop") != pl.col("billed_before"))
        .select(*ITEM_KEY, withdrawn_kop=pl.col("billed_before") - pl.col("billed_kop"))
    )


def conservation(balances: pl.DataFrame, accounts: pl.DataFrame) -> pl.DataFrame:
    """The balances of one part by creditor, service, house and kind."""
    told = balances.join(accounts.select("account_id", "house_id").unique("account_id"), on="account_id", how="left")
    return summed([told.with_columns(pl.col("house_id").fill_null(NO_HOUSE))], CONSERVATION_KEY)


def summed(flows: list[pl.DataFrame], key: tuple[str, ...]) -> pl.DataFrame:
    """Flows added up by key; a flow that a frame lacks is zero."""
    empty = pl.DataFrame(schema={**dict.fromkeys(key, pl.String), **dict.fromkeys(FLOWS, pl.Int64)})
    told = [flow.select(*key, *(name for name in FLOWS if name in flow.columns)) for flow in flows]
    return (
        pl.concat([empty, *told], how="diagonal")
        .group_by(*key).agg(total(pl.col(name).fill_null(0)).alias(name) for name in FLOWS).sort(*key)
    )
