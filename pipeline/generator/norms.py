"""Norms of consumption and who is registered, as registers; what a month by the norm costs each account of a town.

`service_norms` are rows of `contracts/events.SERVICE_NORMS`. A region has none: there the book shows what it does when
nobody tells what a restricted service costs. The registers are told of every book, and lines are billed by them.
"""

from __future__ import annotations

from datetime import date
from typing import Final

import polars as pl

from pipeline.billing_month import start_of_day
from pipeline.contracts.events import SERVICE_NORMS
from pipeline.contracts.registers import CONSUMPTION_NORMS, REGISTRATIONS
from pipeline.generator.tariffs import (
    COLD_WATER,
    COLD_WATER_COMMON,
    ELECTRICITY,
    ELECTRICITY_COMMON,
    GAS,
    HEATING,
    HOT_WATER,
    RISE_ON,
    SEWAGE,
    SINCE,
    WASTE,
    Service,
)

TOLD_ON: Final = date(2026, 1, 12)
#: Volume of one person and month; what comes in as water goes out as sewage.
_NORMS: Final = {
    service: service.norm_e7 for service in (HOT_WATER, ELECTRICITY, GAS)
} | {SEWAGE: COLD_WATER.norm_e7 + HOT_WATER.norm_e7}
_PER_M2: Final = (HEATING, WASTE, COLD_WATER_COMMON, ELECTRICITY_COMMON)


def service_norms(accounts: pl.DataFrame) -> pl.DataFrame:
    """Of citizens, in force since the tariffs of the year; `accounts` carry traits of a block."""
    citizens = accounts.filter(pl.col("account_kind_code") != "organisation")
    told = [
        citizens.filter(pl.col("has_gas") | pl.lit(service is not GAS)).select(
            event_id=pl.format(f"norm-{{}}-{service.code}", "account_id"),
            registered_at=pl.lit(start_of_day(TOLD_ON)).dt.cast_time_unit("us"), account_id="account_id",
            service_code=pl.lit(service.code), valid_from=pl.lit(RISE_ON),
            norm_volume_e7=norm_e7 * pl.col("people"), tariff_e6=pl.lit(service.after_e6, dtype=pl.Int64),
        ) for service, norm_e7 in _NORMS.items()
    ]
    return pl.concat(told).select(SERVICE_NORMS.inside_names).sort("event_id")


def norm_register(services: tuple[Service, ...]) -> pl.DataFrame:
    """`consumption_norms` of the whole book, inside shape."""
    told = [(service, "person", norm_e7) for service, norm_e7 in {**_NORMS, COLD_WATER: COLD_WATER.norm_e7}.items()]
    told += [(service, "m2", service.norm_e7) for service in _PER_M2 if service in services]
    return pl.DataFrame([
        {"service_code": service.code, "per_code": per, "norm_volume_e7": norm_e7, "valid_from": SINCE}
        for service, per, norm_e7 in told
    ], schema=CONSUMPTION_NORMS.inside_schema)


def registrations(accounts: pl.DataFrame) -> pl.DataFrame:
    """`registrations` of a block, inside shape: so many people in each flat, since its first account was opened."""
    flats = accounts.sort("opened_on", "account_id").unique("premises_id", keep="first", maintain_order=True)
    return flats.select(
        "premises_id", person_id=pl.lit(None, dtype=pl.String()), persons_count=pl.col("people").cast(pl.Int32),
        valid_from="opened_on", valid_to=pl.lit(None, dtype=pl.Date()),
    ).select(REGISTRATIONS.inside_names).sort("premises_id")
