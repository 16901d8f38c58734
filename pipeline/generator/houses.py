"""Meters of houses in a town: what they tell beside what is billed to the flats.

One house fits, one loses a third of its water, one is told below its flats, and one tells a volume in place of a
register; the house that bills common property by its meter has one since the sixth month. A reading comes three days
after the documents of its month. Not here: who lives there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Final, NamedTuple

import polars as pl

from pipeline.contracts.house_meters import HOUSE_METER_READINGS
from pipeline.generator.tariffs import COLD_WATER, ELECTRICITY
from pipeline.generator.timetable import Cycle
from pipeline.generator.town import COMMON_HOUSE
from pipeline.money import VOLUME_DIGITS, scaled

_AFTER_ISSUE: Final = timedelta(days=3)
_FIRST_REGISTER: Final = scaled(Decimal(12_000), VOLUME_DIGITS)


class Measured(NamedTuple):
    """A meter of a house: its house, service, how much of each hundred billed to flats it counts, whether it tells
    volumes in place of a register, and the month by number from which it does."""

    house: int
    service: str
    percent: int
    tells_volume: bool = False
    since: int = 0


MEASURED: Final = (
    Measured(1, COLD_WATER.code, 104), Measured(2, COLD_WATER.code, 150), Measured(3, COLD_WATER.code, 97),
    Measured(4, ELECTRICITY.code, 108, tells_volume=True),
    Measured(COMMON_HOUSE, COLD_WATER.code, 110, tells_volume=True, since=5),
)


def house_readings(billed: Sequence[pl.DataFrame], cycle: Cycle, house_ids: Mapping[int, str]) -> pl.DataFrame:
    """`house_meter_readings` of the last of the months `billed` (charge lines of each month so far), inside shape."""
    told_on = cycle.issue_on + _AFTER_ISSUE
    rows = []
    for one in (one for one in MEASURED if len(billed) > one.since):
        contract = f"c-{one.house:05d}-{one.service}"
        counted = [_counted(lines, contract) * one.percent // 100 for lines in billed]
        rows.append({
            "reading_id": f"hm-{one.house}-{one.service}-{cycle.month}", "house_id": house_ids[one.house],
            "meter_id": f"house-{one.house}-{one.service}", "service_code": one.service,
            "charge_month": cycle.month.first_day, "read_on": told_on, "source_code": "company",
            "value_e7": None if one.tells_volume else _FIRST_REGISTER + sum(counted),
            "volume_e7": counted[-1] if one.tells_volume else None,
        })
    return pl.DataFrame(rows, schema=HOUSE_METER_READINGS.inside_schema)


def _counted(lines: pl.DataFrame, contract_id: str) -> int:
    """Volume billed to the flats of a contract for the month itself."""
    own = lines.filter(pl.col("contract_id") == contract_id, pl.col("charged_kop") != 0)
    return int(own["volume_e7"].sum())
