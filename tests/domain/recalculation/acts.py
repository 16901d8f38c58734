"""Readings and earlier proposals of cases about acts on meters, as rows; what comes out may be published."""

from __future__ import annotations

from typing import Any

import polars as pl

from pipeline.contracts.gate import gate
from pipeline.contracts.recalculation import RECALCULATIONS, RETURNED_APPLICATIONS
from pipeline.storage.shapes import to_outside
from tests.domain.metering.town import E7, month_of, scaled


def seen_row(given: dict[str, Any]) -> dict[str, Any]:
    """A judged reading: `is_lower`, below the one before it, tells no volume."""
    value, previous = scaled(given["value"], E7), scaled(given["previous"], E7)
    volume = None if previous is None or given.get("is_lower") else (value or 0) - previous
    return {
        "reading_id": given.get("id", f"{given.get('meter', 'A')}-{given['day']}"), "meter_id": given.get("meter", "A"),
        "read_on": given["day"], "charge_month": given["day"].replace(day=1), "raw_value_e7": value,
        "previous_value_e7": previous, "previous_read_on": given["previous_on"], "volume_e7": volume,
        "verdict_code": given.get("verdict", "accepted"),
    }


def proposal_row(given: dict[str, Any]) -> dict[str, Any]:
    """A proposal of an earlier run for one month."""
    month = month_of(given["month"])
    return {
        "proposal_id": f"p{month}", "event_id": "r", "account_id": "acc", "contract_id": "k1",
        "service_code": "cold_water", "charge_month": month, "corrected_months": [f"{month:%Y-%m}"],
        "cause_code": given.get("cause", "true_up_average"), "status_code": given.get("status", "proposed"),
        "volume_difference_e7": scaled(given.get("volume", "0"), E7),
    }


def pass_the_gate(proposals: pl.DataFrame, returned: pl.DataFrame) -> None:
    """Both tables may be published as they are."""
    gate(to_outside(proposals, RECALCULATIONS), RECALCULATIONS)
    gate(to_outside(returned, RETURNED_APPLICATIONS), RETURNED_APPLICATIONS)
