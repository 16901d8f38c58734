"""What all blocks of a book share, and what each gives back to the book. Picklable: blocks are made in any process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import polars as pl

from pipeline.generator.accounts import Settlement
from pipeline.generator.draws import Draws
from pipeline.generator.landing import Landing
from pipeline.generator.population import Population
from pipeline.generator.slips import Slips
from pipeline.generator.timetable import Cycle


@dataclass(frozen=True)
class Plan:
    """What all blocks of a book share."""

    landing: Landing
    settlement: Settlement
    crowd: int
    cycles: list[Cycle]
    late_registries: Mapping[tuple[str, date], date] = field(default_factory=dict)
    snapshots: tuple[tuple[date, str], ...] = ()

    @property
    def draws(self) -> Draws:
        return self.settlement.draws

    @property
    def population(self) -> Population:
        return self.settlement.population

    @property
    def slips(self) -> Slips | None:
        """How often something goes wrong; None where nothing does but what a story tells."""
        return Slips(self.draws, self.population.defects) if self.population.defects else None

    @property
    def opened_on(self) -> date:
        """Day of the opening feeds: the last one before the first documents."""
        return self.cycles[0].issue_on - timedelta(days=1)

    @property
    def registered_on(self) -> date:
        """Day of the first snapshot of every register."""
        return self.cycles[0].month.first_day

    @property
    def last_day(self) -> date:
        """What arrives later has not arrived."""
        return self.cycles[-1].next_issue_on - timedelta(days=1)

    @property
    def blocks(self) -> dict[str, tuple[int, int]]:
        """Files of a block bear its name: a district of a region."""
        name, start = ("district-{:03d}", 1) if self.population.is_region else ("block-{:04d}", 0)
        return {
            name.format(number): block for number, block in enumerate(self.settlement.blocks(self.crowd), start=start)
        }


@dataclass(frozen=True)
class Made:
    """Of one block: rows delivered by table; sums of its registries; what came in for its creditors
    (`remittances.py`); sums and slips of its crowd by month (`truths.py`)."""

    rows: Counter[str]
    sums: pl.DataFrame
    collected: pl.DataFrame
    truths: Counter[str]
