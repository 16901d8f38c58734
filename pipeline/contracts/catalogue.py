"""Every table of a book in one place, by name."""

from pipeline.contracts import (
    billing,
    changes,
    debt,
    eligibility,
    events,
    finance,
    handovers,
    ingest,
    ledger,
    mandates,
    metering,
    opening,
    papers,
    payments,
    penalty,
    queue,
    recalculation,
    registers,
    reports,
    scenarios,
)
from pipeline.contracts.table import Stage, Table

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        *payments.FEEDS, *billing.FEEDS, *metering.FEEDS, *registers.REGISTERS, *papers.DIRECTORIES,
        *events.EVENTS, *opening.OPENING,
        *ingest.PUBLISHED, *ledger.PUBLISHED, *metering.PUBLISHED, *eligibility.PUBLISHED,
        *recalculation.PUBLISHED, *penalty.PUBLISHED,
        *debt.PUBLISHED, *mandates.PUBLISHED, *queue.PUBLISHED, *eligibility.JOURNALS, *debt.JOURNALS,
        *handovers.JOURNALS,
        *reports.REPORTS, *changes.REPORTS, *finance.REPORTS, *papers.REPORTS,
        *scenarios.SCENARIOS,
    )
}


def tables_of(*stages: Stage) -> list[Table]:
    """Tables of the given stages, in catalogue order."""
    return [table for table in TABLES.values() if table.stage in stages]
