"""Age of an item at the cut, its limitation and its disputes.

    days_overdue    days after the due date; the due date itself is still in time
    months_overdue  whole calendar months since the due date (10 March to 9 April is none, to 10 April is one)
    limitation_on   the same day `limitation_years` later: the last day to go to court    ГК РФ, ст. 192, 196, 200
    is_disputed     nobody of the account may be asked for it: a hold `dispute` or `complaint` of the account (and
                    creditor, where it names one) is in force, or the owner of a municipal flat owes it: capital repair
                    that a tenant is billed, fees of months in which nobody lived there   ЖК РФ, ст. 153, 158, 169

A lump sum without months has no limitation date: it is never time-barred and never goes to court until reconciled.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from pipeline.domain.tenancy.empty_flats import with_owners_items

_DISPUTES = ("dispute", "complaint")


def with_limitation(items: pl.DataFrame, *, on: date, limitation_years: int) -> pl.DataFrame:
    """`limitation_on` and `is_time_barred` as of `on`."""
    # a million items share a few due dates: years are added once a date
    due = items["due_on"].unique()
    last_day = pl.col("due_on").replace_strict(due, due.dt.offset_by(f"{limitation_years}y"), return_dtype=pl.Date)
    return items.with_columns(
        limitation_on=pl.when(pl.col("charge_month").is_not_null()).then(last_day)
    ).with_columns(
        is_time_barred=(pl.col("limitation_on") < pl.lit(on)).fill_null(False)
    )


def with_age(items: pl.DataFrame, *, on: date) -> pl.DataFrame:
    """`days_overdue` and `months_overdue` at the cut."""
    due = pl.col("due_on")
    days = (pl.lit(on) - due).dt.total_days()
    months = (pl.lit(on.year) - due.dt.year()) * 12 + (pl.lit(on.month) - due.dt.month().cast(pl.Int32))
    is_short = (due.dt.day() > on.day).cast(pl.Int32)
    return items.with_columns(
        days_overdue=pl.max_horizontal(days, 0).cast(pl.Int32),
        months_overdue=pl.max_horizontal(months - is_short, 0).cast(pl.Int32),
    )


def with_disputes(
    items: pl.DataFrame, holds: pl.DataFrame, accounts: pl.DataFrame, empty: pl.DataFrame, *, on: date
) -> pl.DataFrame:
    """`is_disputed` at the cut. accounts: account_id, account_kind_code; empty: `empty_flats.EMPTY`."""
    running = holds.filter(
        pl.col("reason_code").is_in(_DISPUTES), pl.col("account_id").is_not_null(), pl.col("from_on") <= pl.lit(on),
        (pl.col("to_on") >= pl.lit(on)).fill_null(True),
    )
    of_account = running.filter(pl.col("creditor_id").is_null()).select("account_id", whole=pl.lit(True)).unique()
    # a creditor that no item has stands on no code
    creditor = pl.col("creditor_id").cast(items.schema["creditor_id"], strict=False)
    of_creditor = (
        running.select("account_id", creditor, partly=pl.lit(True)).filter(pl.col("creditor_id").is_not_null()).unique()
    )
    return (
        with_owners_items(items, accounts, empty).join(of_account, on="account_id", how="left", maintain_order="left")
        .join(of_creditor, on=["account_id", "creditor_id"], how="left", maintain_order="left")
        .with_columns(is_disputed=pl.coalesce("whole", "partly", pl.lit(False)) | pl.col("is_owners"))
        .drop("whole", "partly", "is_owners")
    )
