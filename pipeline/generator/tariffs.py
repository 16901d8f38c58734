"""What things cost and how much is used by norm in Энск: plausible for the Moscow region, invented to the kopeck.

Tariffs at 10⁻⁶ rouble a unit, volumes at 10⁻⁷. The rise of 1 January 2026 (+1.7 %: VAT 20 → 22 %) concerns regulated
tariffs; what the owners decide (housing, insurance) stays.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import polars as pl

from pipeline.contracts.registers import TARIFFS

SINCE: Final = date(2020, 1, 1)
RISE_ON: Final = date(2026, 1, 1)
UNIT: Final = 10**7


@dataclass(frozen=True)
class Service:
    """A service of the register `services` with the town's tariffs before and after the rise."""

    code: str
    name: str
    unit: str
    class_code: str
    may_restrict: bool
    before_e6: int
    after_e6: int
    norm_e7: int = 0
    kind_code: str | None = None
    """What it is by law, where its code does not say so itself."""

    def tariff_e6(self, month: date) -> int:
        return self.after_e6 if month >= RISE_ON else self.before_e6


HOUSING: Final = Service("housing", "Содержание жилого помещения", "m2", "housing", False, 38_600_000, 38_600_000)
COLD_WATER: Final = Service(
    "cold_water", "Холодное водоснабжение", "m3", "utility", False, 46_190_000, 46_980_000, 43_300_000
)
HOT_WATER: Final = Service(
    "hot_water", "Горячее водоснабжение", "m3", "utility", True, 251_340_000, 255_610_000, 31_800_000
)
SEWAGE: Final = Service("sewage", "Водоотведение", "m3", "utility", True, 52_870_000, 53_770_000)
HEATING: Final = Service("heating", "Отопление", "gcal", "utility", False, 2_691_500_000, 2_737_260_000, 165_000)
ELECTRICITY: Final = Service("electricity", "Электроснабжение", "kwh", "utility", True, 8_240_000, 8_380_000, 85 * UNIT)
GAS: Final = Service("gas", "Газоснабжение", "m3", "utility", True, 8_860_000, 9_010_000, 10 * UNIT)
WASTE: Final = Service("waste", "Обращение с ТКО", "m3", "utility", False, 1_182_450_000, 1_202_550_000, 95_000)
CAPITAL_REPAIR: Final = Service(
    "capital_repair", "Взнос на капитальный ремонт", "m2", "capital_repair", False, 20_600_000, 22_000_000
)
INSURANCE: Final = Service(
    "insurance", "Добровольное страхование жилья", "m2", "voluntary", False, 1_950_000, 1_950_000, kind_code="other"
)
PENALTY: Final = Service("penalty", "Пени", "rub", "penalty", False, 0, 0, kind_code="other")

SERVICES: Final = (
    HOUSING, COLD_WATER, HOT_WATER, SEWAGE, HEATING, ELECTRICITY, GAS, WASTE, CAPITAL_REPAIR, INSURANCE, PENALTY,
)
COLD_WATER_COMMON: Final = Service(
    "cold_water_common", "Холодная вода на содержание общего имущества", "m3", "housing", False, 46_190_000, 46_980_000,
    2_000, "common_property"
)
ELECTRICITY_COMMON: Final = Service(
    "electricity_common", "Электроэнергия на содержание общего имущества", "kwh", "housing", False,
    8_240_000, 8_380_000, 6_000_000, "common_property"
)
INTERCOM: Final = Service("intercom", "Домофон", "account", "housing", False, 65_000_000, 65_000_000, UNIT, "fixed")
REGIONAL: Final = (COLD_WATER_COMMON, ELECTRICITY_COMMON, INTERCOM)
"""Services that a town does not bill apart, but for the common property of one house. Norms of common property are
volumes a square metre of the flat."""
EVERY_SERVICE: Final = (*SERVICES, *REGIONAL)
SERVICE_ORDER: Final = {service.code: place for place, service in enumerate(EVERY_SERVICE)}
NIGHT_SHARE: Final = (38, 100)
"""Night tariff of a two-zone electricity meter, as a share of the day tariff."""
HEATING_MONTHS: Final = frozenset({10, 11, 12, 1, 2, 3, 4})


def tariff_register(territories: Iterable[str], services: Iterable[Service]) -> pl.DataFrame:
    """`tariffs` of every territory, inside shape: before the rise and since, electricity by zones too."""
    above, below = NIGHT_SHARE
    periods = ((SINCE, RISE_ON - timedelta(days=1), False), (RISE_ON, None, True))
    priced = [
        (service.code, zone, day_e6 * above // below if zone == "t2" else day_e6, since, until)
        for service in services for since, until, is_after in periods
        for day_e6 in [service.after_e6 if is_after else service.before_e6] if day_e6
        for zone in ((None, "t1", "t2") if service is ELECTRICITY else (None,))
    ]
    return pl.DataFrame([
        {"territory_code": territory, "service_code": code, "zone_code": zone, "part_code": "variable",
         "tariff_e6": tariff_e6, "valid_from": since, "valid_to": until}
        for territory in sorted(territories) for code, zone, tariff_e6, since, until in priced
    ], schema=TARIFFS.inside_schema)
