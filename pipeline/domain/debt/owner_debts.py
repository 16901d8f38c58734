"""What the owner of a municipal flat owes of what its accounts are billed: a list of its own, for a letter to him.

    fee             open and overdue of months in which nobody lived in the flat      ЖК РФ, ст. 153, ч. 3
    capital repair  open and overdue on the account of a tenant                       ЖК РФ, ст. 158, 169

The ledger marks these items (`ledger/ageing.py`), so nobody who lived or lives there is asked for them. Gross sums:
money on the account is its payers', and covers nothing of the owner's. Not here: which months those are
(`tenancy/empty_flats.py`).
"""

from __future__ import annotations

from datetime import date

import polars as pl

from pipeline import money
from pipeline.contracts.owner_debts import OWNER_DEBTS
from pipeline.domain.debt.arrears import PAIR
from pipeline.domain.tenancy.empty_flats import OWNERS, TENANT, owners_items

_OPEN = "outstanding_kop"


def owner_debts(
    open_items: pl.DataFrame, accounts: pl.DataFrame, rights: pl.DataFrame, empty: pl.DataFrame, *, as_of: date
) -> pl.DataFrame:
    """OWNER_DEBTS of one part. open_items: `arrears.ITEM`; empty: `empty_flats.EMPTY`."""
    municipal = accounts.filter(pl.col("account_kind_code") == TENANT).select("account_id", "premises_id")
    overdue = open_items.filter(pl.col("days_overdue") > 0).join(municipal, on="account_id")
    repair = overdue.filter(pl.col("debt_kind_code") == "capital_repair")
    return (
        pl.concat([owners_items(overdue, empty).with_columns(is_fee=True), repair.with_columns(is_fee=False)])
        .group_by(*PAIR, "premises_id")
        .agg(
            pl.coalesce("charge_month", "billing_month").min().alias("from_month"),
            pl.coalesce("charge_month", "billing_month").max().alias("to_month"),
            _sum(pl.col("is_fee")).alias("fee_kop"), _sum(~pl.col("is_fee")).alias("capital_repair_kop"),
            money.total(_OPEN).alias("total_kop"), _sum(pl.col("is_time_barred")).alias("barred_kop"),
            pl.col("due_on").min().alias("oldest_due_on"), pl.col("days_overdue").max(),
        )
        .filter(pl.col("total_kop") > 0)
        .join(_owners(rights, as_of), on="premises_id", how="left")
        .with_columns(run_on=pl.lit(as_of))
        .select(OWNER_DEBTS.inside_names).cast(pl.Schema(OWNER_DEBTS.inside_schema)).sort(OWNER_DEBTS.primary_key)
    )


def _sum(condition: pl.Expr) -> pl.Expr:
    return money.total(pl.when(condition).then(_OPEN).otherwise(0))


def _owners(rights: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """premises_id, person_id: the one owner that the register names tonight."""
    now = (pl.col("valid_from") <= as_of) & (pl.col("valid_to") >= as_of).fill_null(True)
    named = rights.filter(pl.col("role_code").is_in(OWNERS) & now).select("premises_id", "person_id").unique()
    return named.filter(pl.len().over("premises_id") == 1)
