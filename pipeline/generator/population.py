"""How a crowd lives, reads and pays: the mix of a town that people look at, and that of a region under load.

Shares are of a thousand. Here: how many; what a habit does is told where it is played (`payments.py`, `meters.py`…).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pipeline.generator.tariffs import (
    CAPITAL_REPAIR,
    COLD_WATER,
    COLD_WATER_COMMON,
    ELECTRICITY,
    ELECTRICITY_COMMON,
    HOT_WATER,
    HOUSING,
    INTERCOM,
    REGIONAL,
    SERVICES,
    Service,
)

TOWN_ACCOUNTS: Final = 1_000


@dataclass(frozen=True)
class Population:
    """Traits of accounts by share, and what is special about their houses.

    `fund_every`, `waste_every`: one house of so many gets documents of the fund's or the waste operator's own.
    `mandate_every`: one house of so many is served under a mandate to collect only (0: none). `months_in_debt`: how
    deep old debtors are when the book starts, in the services `owed`. `split`: payments made in two halves.
    `defects`: rows that go wrong, of every kind of defect. `district_houses`: with about a hundred flats each, a
    district has 65,000 accounts; it delivers its own files.
    """

    services: tuple[Service, ...]
    pays: Mapping[str, int]
    reads: Mapping[str, int]
    water_meter: int
    second_riser: int
    zones: int
    fund_every: int
    waste_every: int
    mandate_every: int
    months_in_debt: tuple[int, int]
    owed: tuple[Service, ...]
    split: int
    defects: int
    district_houses: int = 650

    @property
    def is_region(self) -> bool:
        """A region bills common property and intercoms everywhere, is cut into districts, and much goes wrong in it."""
        return INTERCOM in self.services


TOWN: Final = Population(
    services=(*SERVICES, COLD_WATER_COMMON, ELECTRICITY_COMMON),
    pays={"in_time": 870, "after_due": 50, "every_second_month": 25, "in_part": 15, "stopped": 25, "old_debtor": 15},
    reads={"submits": 860, "smart": 100, "never": 40},
    water_meter=820, second_riser=0, zones=180, fund_every=4, waste_every=12, mandate_every=0,
    months_in_debt=(2, 40), owed=(HOUSING, COLD_WATER, ELECTRICITY, CAPITAL_REPAIR), split=0, defects=0,
)
"""Every habit is often seen; nothing goes wrong but what a story tells."""
REGION: Final = Population(
    services=(*SERVICES, *REGIONAL),
    pays={"in_time": 950, "after_due": 14, "every_second_month": 8, "in_part": 8, "stopped": 8, "old_debtor": 12},
    reads={"submits": 800, "smart": 100, "never": 100},
    water_meter=920, second_riser=270, zones=120, fund_every=48, waste_every=12, mandate_every=20,
    months_in_debt=(1, 36), owed=(HOUSING, COLD_WATER, HOT_WATER, ELECTRICITY, CAPITAL_REPAIR), split=10, defects=10,
)
"""Ninety-five of a hundred pay in full and in time: about 12 lines, 1.1 payments, 3.7 meters and 3.5 readings an
account and month."""


def of_size(accounts: int) -> Population:
    """A town up to a thousand accounts, a region above."""
    return TOWN if accounts <= TOWN_ACCOUNTS else REGION
