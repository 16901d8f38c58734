"""The norm of a month of one account and service, as far as anybody has told it.

    as the biller states it (`service_norms`), else
    norm of the register × persons registered × days of each / days of the month        (per person)
                           on days when nobody is registered, the owners (ПП 354, п. 56(2))
    norm of the register × heated, else whole area                                       (per m²)

A norm of the house comes before one of the territory, that before one of the book. Nothing is guessed: a flat without
persons and owners, or on which several accounts are open, has no norm by persons, nor has one where nobody lives; where
nobody delivers registrations, nobody is known not to be registered.
"""

from __future__ import annotations

from datetime import date
from typing import Final, NamedTuple

import polars as pl

from pipeline import money
from pipeline.billing_month import BillingMonth
from pipeline.domain.rating.persons import OWNERS, once_a_day, registered

SERVICE_OF_ACCOUNT: Final = ("account_id", "service_code")
_HOME: Final = ("account_id", "premises_id", "house_id")
_NORM: Final = ("service_code", "per_code", "norm_volume_e7")


class NormSources(NamedTuple):
    """Inside shapes, further columns are ignored: SERVICE_NORMS, CONSUMPTION_NORMS, REGISTRATIONS, RIGHTS, PREMISES,
    HOUSES, ACCOUNTS; whether the book has registrations at all."""

    told: pl.DataFrame
    norms: pl.DataFrame
    registrations: pl.DataFrame
    rights: pl.DataFrame
    premises: pl.DataFrame
    houses: pl.DataFrame
    accounts: pl.DataFrame
    has_registrations: bool


def norms_of(sources: NormSources, account_ids: pl.Series, *, month: date) -> pl.DataFrame:
    """account_id, service_code, norm_e7 (of all who live there), norm_tariff_e6 (null where the biller told none) of
    these accounts in the month. Of what the biller states the latest that has begun counts."""
    stated = (
        sources.told.filter(pl.col("valid_from") <= month, pl.col("account_id").is_in(account_ids.implode()))
        .sort("valid_from", "registered_at", "event_id")
        .unique(SERVICE_OF_ACCOUNT, keep="last", maintain_order=True)
        .select(*SERVICE_OF_ACCOUNT, norm_e7="norm_volume_e7", norm_tariff_e6="tariff_e6")
    )
    counted = _by_registers(sources, account_ids, month).join(stated, on=SERVICE_OF_ACCOUNT, how="anti")
    return pl.concat([stated, counted.select(stated.columns)])


def _by_registers(sources: NormSources, account_ids: pl.Series, month: date) -> pl.DataFrame:
    wanted = pl.col("account_id").is_in(account_ids.implode())
    is_open = pl.col("closed_on").fill_null(month) >= month
    is_alone = pl.len().over("premises_id") == 1
    homes = sources.accounts.filter(is_open).select(*_HOME, is_alone=is_alone).filter(wanted)
    days = BillingMonth.of(month).days
    volume = (
        pl.when(pl.col("per_code") == "person")
        .then(pl.when("is_alone").then(money.divided(money.widened("norm_volume_e7") * pl.col("person_days"), days)))
        .when(pl.col("per_code") == "m2")
        .then(money.divided(money.widened("norm_volume_e7") * pl.col("area_e7"), 10**money.VOLUME_DIGITS))
        .when(pl.col("per_code") == "account").then("norm_volume_e7")
    )
    return (
        _norms_in_force(sources, homes, month)
        .join(_person_days(sources, homes, month), on="premises_id", how="left")
        .join(_areas(sources.premises, homes), on="premises_id", how="left")
        .with_columns(norm_e7=volume, norm_tariff_e6=pl.lit(None, dtype=pl.Int64))
        .drop_nulls("norm_e7")
        .unique(SERVICE_OF_ACCOUNT, keep="none")
    )


def _norms_in_force(sources: NormSources, homes: pl.DataFrame, month: date) -> pl.DataFrame:
    """The norms of each home's services: of its house, else of its territory, else of the book."""
    now = sources.norms.filter(pl.col("valid_from") <= month, pl.col("valid_to").fill_null(month) >= month)
    placed = homes.join(sources.houses.select("house_id", "territory_code"), on="house_id", how="left")
    everywhere = now.filter(pl.col("house_id").is_null(), pl.col("territory_code").is_null())
    norm = (*_NORM, "valid_from")
    found = pl.concat([
        placed.join(now.select("house_id", *norm), on="house_id").with_columns(scope=pl.lit(0)),
        placed.join(now.select("territory_code", *norm), on="territory_code").with_columns(scope=pl.lit(1)),
        placed.join(everywhere.select(norm), how="cross").with_columns(scope=pl.lit(2)),
    ], how="diagonal")
    key = (*SERVICE_OF_ACCOUNT, "per_code")
    return found.sort("scope", "valid_from", descending=[False, True]).unique(key, keep="first", maintain_order=True)


def _person_days(sources: NormSources, homes: pl.DataFrame, month: date) -> pl.DataFrame:
    """premises_id, person_days: on each day of the month those registered, or else those who own the flat."""
    lived_in = sources.premises.filter(pl.col("use_code").fill_null("residential") != "non_residential")["premises_id"]
    flats = homes.filter(pl.col("premises_id").is_in(lived_in.implode())).select("premises_id").unique()
    owners = sources.rights.filter(pl.col("role_code").is_in(list(OWNERS)), pl.lit(sources.has_registrations))
    spells = [registered(_of(sources.registrations, flats)), once_a_day(_of(owners, flats))]
    stretches = _stretches(flats, spells, month)
    living, owning = (
        stretches.join(rows, on="premises_id")
        .filter(pl.col("valid_from") <= pl.col("day"), pl.col("valid_to").fill_null(date.max) >= pl.col("day"))
        .group_by("premises_id", "day", "days").agg(pl.col("persons").sum())
        for rows in spells
    )
    lived = living.filter(pl.col("persons") > 0)
    counted = pl.concat([lived, owning.join(lived, on=["premises_id", "day"], how="anti")])
    return counted.group_by("premises_id").agg(person_days=(pl.col("persons") * pl.col("days")).sum())


def _stretches(flats: pl.DataFrame, spells: list[pl.DataFrame], month: date) -> pl.DataFrame:
    """premises_id, the first `day` of each stretch of the month on which nobody comes and nobody goes, its `days`."""
    next_month = BillingMonth.of(month).next.first_day
    changes = pl.concat([
        rows.select("premises_id", day=day)
        for rows in spells for day in (pl.col("valid_from"), pl.col("valid_to").dt.offset_by("1d"))
    ])
    begun = pl.concat([
        flats.with_columns(day=pl.lit(month)), changes.filter(pl.col("day") > month, pl.col("day") < next_month)
    ]).unique().sort("premises_id", "day")
    until = pl.col("day").shift(-1).over("premises_id").fill_null(next_month)
    return begun.with_columns(days=(until - pl.col("day")).dt.total_days())


def _of(rows: pl.DataFrame, flats: pl.DataFrame) -> pl.DataFrame:
    return rows.filter(pl.col("premises_id").is_in(flats["premises_id"].implode()))


def _areas(premises: pl.DataFrame, homes: pl.DataFrame) -> pl.DataFrame:
    of_homes = premises.filter(pl.col("premises_id").is_in(homes["premises_id"].implode()))
    return of_homes.select("premises_id", area_e7=pl.coalesce("heated_area_m2_e7", "area_m2_e7"))
