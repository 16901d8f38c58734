"""Who answers for the debt of an account on a day, with names and identifiers: the people that papers name as debtors.

    day that counts   =   the day of the paper, or that on which the account was closed, whichever comes first
    who answers       =   tenants of a municipal flat (ЖК РФ, ст. 69), owners of any other (ЖК РФ, ст. 153)

Debts stay with the former owner (ЖК РФ, ст. 153, ч. 2), so a closed account never names the new one. A child answers
through his parents, whom no register knows: `is_minor` keeps him out of papers and lets them warn. Here: the registers
as the month read them, the directory `identities` as of a day. Not here: who may be written to
(`domain/debt/people.py`).
"""

from __future__ import annotations

from datetime import date
from typing import Final

import polars as pl

from pipeline.contracts.papers import IDENTITIES
from pipeline.contracts.registers import ACCOUNTS, PERSONS, RIGHTS
from pipeline.reports.registers import register_of
from pipeline.rules.debt import DebtRules
from pipeline.rules.registry import RuleBook
from pipeline.storage.book import Book
from pipeline.storage.directories import directory
from pipeline.storage.manifest import Version

_CHILD: Final = "minor_owner"
_OWNERS: Final = ("owner", "joint_owner", _CHILD)


def holders_of(book: Book, version: Version, accounts: pl.Series, on: date) -> pl.DataFrame:
    """account_id × person who answers for its debt: names, identifiers, role_code, is_minor; has_left: the account was
    closed before the day, so nobody knows where he lives now."""
    mine = pl.col("account_id").is_in(accounts.unique().implode())
    placed = register_of(book, version, ACCOUNTS, where=mine).select(
        "account_id", "premises_id", "account_kind_code", "closed_on", _on=pl.min_horizontal("closed_on", pl.lit(on))
    )
    flats = pl.col("premises_id").is_in(placed["premises_id"].drop_nulls().unique().implode())
    answers = (
        pl.when(pl.col("account_kind_code") == "municipal_tenant").then(pl.col("role_code") == "tenant")
        .otherwise(pl.col("role_code").is_in(_OWNERS))
    )
    # on the day of a sale both hold the flat: the account that was closed is the earlier one's
    is_later = (pl.col("valid_from") == pl.col("closed_on")).fill_null(False)
    held = (
        placed.join(register_of(book, version, RIGHTS, where=flats), on="premises_id")
        .filter(answers, pl.col("valid_from") <= pl.col("_on"), ~(pl.col("valid_to") < pl.col("_on")).fill_null(False))
        .filter(~is_later | is_later.all().over("account_id"))
        .sort("account_id", "person_id", "valid_from", "role_code")
        .unique(["account_id", "person_id"], keep="first", maintain_order=True)
        .with_columns(has_left=(pl.col("closed_on") < pl.lit(on)).fill_null(False))
        .drop("account_kind_code", "closed_on")
    )
    named = pl.col("person_id").is_in(held["person_id"].unique().implode())
    rules = DebtRules.in_force(RuleBook.read().with_overrides(book.settings.rules), version.as_of)
    is_young = pl.col("birth_on").dt.offset_by(f"{rules.adult_years}y") > pl.col("_on")
    return (
        held.join(register_of(book, version, PERSONS, where=named), on="person_id", how="left")
        .join(directory(book, IDENTITIES, on), on="person_id", how="left")
        .with_columns(is_minor=(pl.col("role_code") == _CHILD) | is_young.fill_null(False))
        .drop("_on").sort("account_id", "person_id")
    )
