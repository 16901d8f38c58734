"""A house of three flats with a meter of its heat: December is closed, in January the house is held against its flats.

Every flat is billed half a unit of heat by norm, 310.00 (see `tests/recalculation/town.py`).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from pipeline.assets import house_meters
from pipeline.assets.room import rooms_in_order
from pipeline.storage.run import MonthRun
from tests.ingest.town import JANUARY, Town
from tests.recalculation.town import NIGHT, billed_town

READ_ON = date(2026, 2, 10)


def reading(reading_id: str, **more: Any) -> dict[str, Any]:
    """The volume of January of the house's meter, exactly what three flats were billed."""
    return {
        "reading_id": reading_id, "house_id": "H1", "meter_id": "HM1", "service_code": "heat",
        "charge_month": date(2026, 1, 1), "read_on": date(2026, 1, 31), "source_code": "company",
        "value": None, "volume": Decimal("1.5"),
    } | more


def measured_town(root: Path, *readings: dict[str, Any], rules: str = "") -> Town:
    town = billed_town(root, rules)
    if readings:
        town.deliver("house_meter_readings", READ_ON, *readings)
    return town


def night(town: Town, as_of: date = NIGHT) -> MonthRun:
    """A night of January as far as the balances of houses."""
    run = town.run(as_of, JANUARY)
    for room in rooms_in_order():
        if room.compute.__module__ == house_meters.__name__:
            room.computed(run)
    return run
