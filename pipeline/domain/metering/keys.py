"""Keys and month arithmetic that all steps of the room share.

Inside the room a missing zone is "" so that plain joins meet it; `with_zones` and `without_zones` stand at the doors.
"""

from __future__ import annotations

import polars as pl

METER = ("meter_id", "zone_code")
SERVICE = ("account_id", "contract_id", "service_code")
#: The unit of true-up: what one charge line of a metered service bills.
GROUP = (*SERVICE, "zone_code")
MONTH = (*GROUP, "charge_month")

_NO_ZONE = ""
_KNOWN_FOR_MONTHS = 12


def with_zones(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with "" where there is no zone."""
    return frame.with_columns(pl.col("zone_code").fill_null(_NO_ZONE))


def without_zones(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame as tables hold it: null where there is no zone."""
    return frame.with_columns(pl.col("zone_code").replace(_NO_ZONE, None))


def has_no_zone() -> pl.Expr:
    return pl.col("zone_code") == _NO_ZONE


def month_number(month: pl.Expr) -> pl.Expr:
    """Months since year 0, for differences of months."""
    return month.dt.year().cast(pl.Int64) * 12 + month.dt.month().cast(pl.Int64)


def is_recent(month: pl.Expr, of: pl.Expr) -> pl.Expr:
    """Not more than a year before: what lies further back is not remembered."""
    return month_number(of) - month_number(month) <= _KNOWN_FOR_MONTHS
