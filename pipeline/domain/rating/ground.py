"""What the registers say of the accounts, flats, houses and services that lines name.

Lines are in order of account and document, so that neighbours say the same: each account is looked up once, and numbers
stand in place of ids. Days are counted from 0, the first of the month; `to` is the day after the last.

    account, document   numbers of the runs of one account, one document
    holder              number of account and charge month: what `holders` tells of it
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

from pipeline.contracts.registers import service_kind
from pipeline.domain.rating.formulas import BASIS, KIND
from pipeline.domain.rating.persons import OWNERS, once_a_day, registered

LINE: Final = (
    "account_id", "document_id", "line_number", "contract_id", "service_code", "zone_code", "charge_month",
    "basis_code", "volume_e7", "tariff_e6", "charged_kop", "recalculated_kop", "batch_id",
)
_ACCOUNT: Final = (
    "premises_id", "house_id", "territory_code", "opened_on", "closed_on", "area_m2_e7", "heated_area_m2_e7",
    "common_area_m2_e7", "premises_area_m2_e7",
)


@dataclass(frozen=True)
class Known:
    """Registers as of the cut, inside shapes: those of accounts hold at least the accounts of the lines."""

    accounts: pl.DataFrame
    premises: pl.DataFrame
    houses: pl.DataFrame
    rights: pl.DataFrame
    registrations: pl.DataFrame
    meters: pl.DataFrame
    contracts: pl.DataFrame
    services: pl.DataFrame
    tariffs: pl.DataFrame
    norms: pl.DataFrame
    has_registrations: bool
    """Whether anybody has delivered the register: a part of the book may have no row of it."""
    replaced: pl.Series
    """Documents that later versions of the same cycle replace."""


@dataclass(frozen=True)
class Ground:
    """Lines with numbers of what they belong to; `accounts` and `holders` by these numbers."""

    lines: pl.DataFrame
    accounts: pl.DataFrame
    holders: pl.DataFrame
    months: pl.DataFrame


def grounded(lines: pl.DataFrame, known: Known) -> Ground:
    """Lines (LINE, in order of account, document and line) with `line`, `account`, `document`, `month`, `holder`,
    `days`, `kind`, `basis`, `service`."""
    months = _months(lines)
    accounts = _accounts(lines, known)
    numbered = (
        lines.with_row_index("line")
        .with_columns(account=_run("account_id"), document=_run("document_id"), basis=pl.col("basis_code").cast(BASIS))
        .join(_services(known), on="service_code", how="left", maintain_order="left")
        .join(months, on="charge_month", how="left", maintain_order="left")
        .with_columns(holder=pl.col("account") * months.height + pl.col("month"))
    )
    return Ground(numbered, accounts, _holders(accounts, months, known), months)


def _run(name: str) -> pl.Expr:
    """Number, from 0, of the run of equal values that a row lies in."""
    return pl.col(name).ne_missing(pl.col(name).shift(1)).cum_sum().cast(pl.Int64) - 1


def _months(lines: pl.DataFrame) -> pl.DataFrame:
    """Charge months of the lines, numbered, with their days."""
    month = pl.col("charge_month")
    return lines.select(month.unique().sort()).with_columns(
        month=pl.int_range(pl.len(), dtype=pl.Int64),
        days=(month.dt.offset_by("1mo") - month).dt.total_days(),
    )


def _services(known: Known) -> pl.DataFrame:
    services = known.services.sort("service_code")
    return services.select(
        "service_code", service=pl.int_range(pl.len(), dtype=pl.Int64), kind=service_kind().cast(KIND)
    )


def _accounts(lines: pl.DataFrame, known: Known) -> pl.DataFrame:
    """One row a run of lines of one account, in their order: its flat and house, and numbers of both's places."""
    flats = known.premises.select("premises_id", "area_m2_e7", "heated_area_m2_e7")
    houses = known.houses.select(
        "house_id", "territory_code", "heating_mode_code", "common_area_m2_e7", "premises_area_m2_e7"
    )
    held = known.accounts.select("account_id", "premises_id", "house_id", "opened_on", "closed_on")
    names = lines["account_id"]
    heads = lines.select("account_id").filter(names.ne_missing(names.shift(1)))
    metered = known.meters.filter(pl.col("service_code").is_in(_sewage(known))).select("account_id").unique()
    return (
        heads.join(held, on="account_id", how="left", maintain_order="left")
        .join(flats, on="premises_id", how="left", maintain_order="left")
        .join(houses, on="house_id", how="left", maintain_order="left")
        .join(metered.with_columns(has_sewage_meter=pl.lit(True)), on="account_id", how="left", maintain_order="left")
        .select(
            "account_id", *_ACCOUNT, pl.col("has_sewage_meter").fill_null(False),
            heats_evenly=pl.col("heating_mode_code") == "evenly",
            territory=pl.col("territory_code").rank("dense").cast(pl.Int64).fill_null(0),
            house=pl.col("house_id").rank("dense").cast(pl.Int64).fill_null(0),
        )
    )


def _sewage(known: Known) -> list[str]:
    kinds = known.services.with_columns(service_kind())
    return kinds.filter(pl.col("kind_code") == "sewage")["service_code"].to_list()


def _holders(accounts: pl.DataFrame, months: pl.DataFrame, known: Known) -> pl.DataFrame:
    """One row an account and month, in order of `holder`: its days, persons, and whether somebody else has the flat.

    `persons` is missing where it changes inside the month (`is_split`) or nobody is known.
    """
    start, days = pl.col("charge_month"), pl.col("days")
    held = (
        accounts.select("premises_id", "opened_on", "closed_on").with_row_index("account")
        .join(months, how="cross", maintain_order="left_right")
        .with_columns(
            holder=pl.int_range(pl.len(), dtype=pl.Int64),
            open_from=(pl.col("opened_on") - start).dt.total_days().fill_null(0).clip(0, days),
            open_to=((pl.col("closed_on") - start).dt.total_days() + 1).fill_null(days).clip(0, days),
        )
    )
    told = pl.concat([_persons_of_month(known, *month) for month in months.select("charge_month", "month").rows()])
    return (
        held.join(told, on=["premises_id", "month"], how="left", maintain_order="left")
        .with_columns(pl.col("is_split").fill_null(False), is_shared=_is_shared(held, known, months))
        .select("holder", "premises_id", "charge_month", "days", "open_from", "open_to", "persons",
                "is_shared", persons_split="is_split")
    )


def _persons_of_month(known: Known, month: date, number: int) -> pl.DataFrame:
    """premises_id, month, persons, is_split of flats of which anything is told for a month."""
    living, owners = (
        rows.group_by("premises_id").agg(pl.col("persons").sum(), is_split=~pl.col("is_whole").all())
        for rows in _told_of_persons(known, month)
    )
    both = living.join(owners, on="premises_id", how="full", coalesce=True, suffix="_owners")
    lives = pl.col("persons").fill_null(0) > 0
    is_split = pl.col("is_split").fill_null(False) | (~lives & pl.col("is_split_owners").fill_null(False))
    return both.select(
        "premises_id", month=pl.lit(number, dtype=pl.Int64), is_split=is_split,
        persons=pl.when(~is_split).then(pl.when(lives).then("persons").otherwise("persons_owners")),
    )


def persons_by_day(ground: Ground, known: Known, holders: pl.Series) -> pl.DataFrame:
    """holder, day, `_persons`: how many live there on each day, for flats where it changes inside the month."""
    held = ground.holders.filter(pl.col("holder").is_in(holders.implode()))
    days = held.select("holder", "premises_id", "charge_month", day=pl.int_ranges(0, "days")).explode("day")
    dated = days.with_columns(on=pl.col("charge_month") + pl.duration(days="day"))
    told = [
        dated.join(rows.join(held.select("premises_id").unique(), on="premises_id", how="semi"), on="premises_id")
        .filter(pl.col("valid_from") <= pl.col("on"), (pl.col("valid_to") >= pl.col("on")).fill_null(True))
        .group_by("holder", "day").agg(persons=pl.col("persons").sum())
        for rows in (registered(known.registrations), _owning(known))
    ]
    living, owners = (days.join(rows, on=["holder", "day"], how="left", maintain_order="left") for rows in told)
    lives = living["persons"].fill_null(0) > 0
    return days.select("holder", "day").with_columns(
        _persons=pl.when(lives).then(living["persons"]).otherwise(owners["persons"])
    )


def _told_of_persons(known: Known, month: date) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Those registered and owners in force on any day of a month; `is_whole` those that are on every day."""
    start, end = pl.lit(month), pl.lit(month).dt.month_end()
    until = pl.col("valid_to").fill_null(end)
    living, owning = (
        rows.filter(pl.col("valid_from") <= end, until >= start).with_columns(
            is_whole=(pl.col("valid_from") <= start) & (until >= end)
        ) for rows in (registered(known.registrations), _owning(known))
    )
    return living, owning


def _owning(known: Known) -> pl.DataFrame:
    """Owners: of them the fee is asked where nobody is registered (ПП 354, п. 56(2))."""
    return once_a_day(known.rights.filter(pl.col("role_code").is_in(OWNERS)))


def _is_shared(held: pl.DataFrame, known: Known, months: pl.DataFrame) -> pl.Series:
    """Whether another account of the same flat is open on a day of the month on which this one is."""
    ids = known.accounts["premises_id"]
    several = known.accounts.filter(ids.is_duplicated()).select("account_id", "premises_id", "opened_on", "closed_on")
    if several.is_empty():
        return pl.repeat(False, held.height, eager=True)
    last = pl.date(9999, 1, 1)
    pairs = several.join(several, on="premises_id", suffix="_other").filter(
        pl.col("account_id") != pl.col("account_id_other"),
        pl.col("opened_on") <= pl.col("closed_on_other").fill_null(last),
        pl.col("opened_on_other") <= pl.col("closed_on").fill_null(last),
    ).select(
        "premises_id", both_from=pl.max_horizontal("opened_on", "opened_on_other"),
        both_to=pl.min_horizontal(pl.col("closed_on").fill_null(last), pl.col("closed_on_other").fill_null(last)),
    ).unique()
    month_end = pl.col("charge_month").dt.month_end()
    touched = pairs.join(months.select("charge_month", "month"), how="cross").filter(
        pl.col("both_from") <= month_end, pl.col("both_to") >= pl.col("charge_month")
    ).select("premises_id", "month", is_shared=pl.lit(True)).unique()
    return held.select("premises_id", "month").join(
        touched, on=["premises_id", "month"], how="left", maintain_order="left"
    )["is_shared"].fill_null(False)
