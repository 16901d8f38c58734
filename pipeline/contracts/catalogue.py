"""Every table of a book in one place, by name."""

from pipeline.contracts import (
    acceptance,
    actual_reads,
    billing,
    changes,
    debt,
    eligibility,
    events,
    finance,
    handovers,
    house_meters,
    ingest,
    ledger,
    mandates,
    metering,
    opening,
    papers,
    payments,
    penalty,
    queue,
    rating,
    recalculation,
    registers,
    reminders,
    reports,
    scenarios,
    substitution,
)
from pipeline.contracts.table import Stage, Table

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        *payments.FEEDS, *billing.FEEDS, *metering.FEEDS, *house_meters.FEEDS,
        *registers.REGISTERS, *papers.DIRECTORIES,
        *events.EVENTS, *opening.OPENING,
        *ingest.PUBLISHED, *ledger.PUBLISHED, *metering.PUBLISHED, *actual_reads.PUBLISHED, *substitution.PUBLISHED,
        *reminders.PUBLISHED, *house_meters.PUBLISHED,
        *eligibility.PUBLISHED,
        *recalculation.PUBLISHED, *acceptance.PUBLISHED, *penalty.PUBLISHED,
        *debt.PUBLISHED, *mandates.PUBLISHED, *queue.PUBLISHED, *rating.PUBLISHED,
        *eligibility.JOURNALS, *debt.JOURNALS, *handovers.JOURNALS, *reminders.JOURNALS,
        *reports.REPORTS, *changes.REPORTS, *finance.REPORTS, *papers.REPORTS,
        *scenarios.SCENARIOS,
    )
}


def tables_of(*stages: Stage) -> list[Table]:
    """Tables of the given stages, in catalogue order."""
    return [table for table in TABLES.values() if table.stage in stages]
