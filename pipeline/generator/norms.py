"""What a month of each service that may be restricted costs every account of a town by the norm, as its billers say.

Rows of `contracts/events.SERVICE_NORMS`. A region has none: there the book shows what it does when nobody tells norms.
"""

from __future__ import annotations

from datetime import date
from typing import Final

import polars as pl

from pipeline.billing_month import start_of_day
from pipeline.contracts.events import SERVICE_NORMS
from pipeline.generator.tariffs import COLD_WATER, ELECTRICITY, GAS, HOT_WATER, RISE_ON, SEWAGE

TOLD_ON: Final = date(2026, 1, 12)
#: Volume of one person and month; what comes in as water goes out as sewage.
_NORMS: Final = {
    service: service.norm_e7 for service in (HOT_WATER, ELECTRICITY, GAS)
} | {SEWAGE: COLD_WATER.norm_e7 + HOT_WATER.norm_e7}


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
