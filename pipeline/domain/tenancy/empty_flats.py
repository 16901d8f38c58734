"""Months in which nobody lived in a municipal flat: until it is let its landlord owes the fee (ЖК РФ, ст. 153, ч. 3).

    stay         days of a tenancy (`rights`) or of a registration of somebody (`registrations`)
    empty month  no stay has a day of it, and one had ended before

Before the first stay nothing is known: registers often begin later than debts, or tell of some houses only. A flat of
which no stay is told is therefore not called empty. A month of which anybody had a day stays with the account. Not
here: who is asked (`debt/owner_debts.py`).
"""

from __future__ import annotations

from datetime import date
from typing import Final

import polars as pl

TENANT: Final = "municipal_tenant"
OWNERS: Final = ("owner", "joint_owner")
#: account_id and the months of its flat that nobody lived in; to_month is missing while it is empty.
EMPTY: Final = {"account_id": pl.String(), "from_month": pl.Date(), "to_month": pl.Date()}
_EVER: Final = date(9999, 12, 31)


def empty_months(accounts: pl.DataFrame, rights: pl.DataFrame, registrations: pl.DataFrame) -> pl.DataFrame:
    """EMPTY of municipal flats as the registers tell them."""
    municipal = accounts.filter(pl.col("account_kind_code") == TENANT).select("account_id", "premises_id")
    stays = _stays(rights, registrations).join(municipal, on="premises_id", how="semi")
    return municipal.join(_gaps(stays), on="premises_id").select(*EMPTY).sort("account_id", "from_month")


def owners_items(items: pl.DataFrame, empty: pl.DataFrame) -> pl.DataFrame:
    """Rows of `items` (account_id, debt_kind_code, charge_month) that are a fee of an empty month, once each."""
    months = items.filter(pl.col("debt_kind_code") == "principal").select("account_id", "charge_month").unique()
    of_owner = months.join(empty, on="account_id").filter(
        pl.col("charge_month").is_between(pl.col("from_month"), pl.col("to_month").fill_null(_EVER))
    ).select("account_id", "charge_month").unique()
    return items.filter(pl.col("debt_kind_code") == "principal").join(
        of_owner, on=["account_id", "charge_month"], how="semi"
    )


def with_owners_items(items: pl.DataFrame, accounts: pl.DataFrame, empty: pl.DataFrame) -> pl.DataFrame:
    """`is_owners` of items: what nobody of the account owes but the owner of the municipal flat, capital repair that a
    tenant is billed and fees of empty months. accounts: account_id, account_kind_code; empty: EMPTY."""
    tenants = accounts.filter(pl.col("account_kind_code") == TENANT)["account_id"].unique()
    is_repair = (pl.col("debt_kind_code") == "capital_repair") & pl.col("account_id").is_in(tenants.implode())
    flats = items.filter(pl.col("account_id").is_in(empty["account_id"].unique().implode()))
    fees = owners_items(flats, empty).select("account_id", "charge_month", is_empty=pl.lit(True)).unique()
    if fees.is_empty():
        return items.with_columns(is_owners=is_repair)
    is_fee = pl.col("is_empty").fill_null(False) & (pl.col("debt_kind_code") == "principal")
    return (
        items.join(fees, on=["account_id", "charge_month"], how="left", maintain_order="left")
        .with_columns(is_owners=is_repair | is_fee).drop("is_empty")
    )


def _stays(rights: pl.DataFrame, registrations: pl.DataFrame) -> pl.DataFrame:
    columns = ("premises_id", "valid_from", pl.col("valid_to").fill_null(_EVER))
    lived = pl.col("person_id").is_not_null() | (pl.col("persons_count") > 0)
    return pl.concat([
        rights.filter(pl.col("role_code") == "tenant").select(columns), registrations.filter(lived).select(columns)
    ])


def _gaps(stays: pl.DataFrame) -> pl.DataFrame:
    """premises_id, from_month, to_month: whole months after a stay and before the next one."""
    ended = stays.sort("premises_id", "valid_from", "valid_to").with_columns(
        reached=pl.col("valid_to").cum_max().over("premises_id"),
        next_from=pl.col("valid_from").shift(-1).over("premises_id"),
    ).filter(pl.col("reached") < pl.col("next_from").fill_null(_EVER))
    whole = (pl.col("reached") + pl.duration(days=1))
    begins = pl.when(whole.dt.day() == 1).then(whole).otherwise(whole.dt.month_start().dt.offset_by("1mo"))
    return ended.select(
        "premises_id", from_month=begins, to_month=pl.col("next_from").dt.month_start().dt.offset_by("-1mo")
    ).filter((pl.col("from_month") <= pl.col("to_month")).fill_null(True))
