"""The sections of the report, in the order of the page and of the workbook. A new one is a name here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from pipeline.reports.month import (
    ageing,
    bonus,
    channels,
    collection,
    debtors,
    enforcement,
    houses,
    mandates,
    meters,
    penalties,
    radar,
    rating,
    reads,
    recalculations,
    shields,
    turnover,
    waiting,
)
from pipeline.reports.month.section import Section
from pipeline.reports.month.source import Source

SECTIONS: Final[tuple[Callable[[Source], Section], ...]] = (
    collection.collection, collection.vintages, turnover.creditors, turnover.services, turnover.kinds, turnover.houses,
    ageing.ageing, channels.channels, bonus.bonus, debtors.notice, debtors.court, debtors.lists, mandates.mandates,
    enforcement.restriction, enforcement.cases, enforcement.instalments, radar.radar, shields.shields,
    penalties.penalties, rating.outcomes, rating.houses, reads.services, reads.league,
    houses.services, houses.league, recalculations.recalculations,
    meters.substitutes, meters.substitute_bills, meters.verification, meters.reminders,
    waiting.suspended, waiting.quarantined, waiting.registries,
)
