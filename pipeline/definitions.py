"""Assembly of the code location: the assets and checks of every room, the jobs, the night. Nothing is computed here.

A new room is one module in `assets/` and one in `checks/`, and a name in each of the two lists below.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import dagster as dg
from dagster import DagsterEvent

from pipeline import jobs, schedules
from pipeline.assets import (
    changes,
    debt,
    eligibility,
    feeds,
    house_meters,
    ingest,
    ledger,
    metering,
    penalty,
    publish,
    queue,
    rating,
    reading_reminders,
    recalculation,
    reports,
)
from pipeline.checks import acceptance as acceptance_checks
from pipeline.checks import actual_reads as actual_read_checks
from pipeline.checks import changes as change_checks
from pipeline.checks import debt as debt_checks
from pipeline.checks import debt_court as debt_court_checks
from pipeline.checks import debt_instalments as debt_instalment_checks
from pipeline.checks import eligibility as eligibility_checks
from pipeline.checks import house_corrections as house_correction_checks
from pipeline.checks import house_meters as house_meter_checks
from pipeline.checks import ingest as ingest_checks
from pipeline.checks import ledger as ledger_checks
from pipeline.checks import mandates as mandate_checks
from pipeline.checks import metering as metering_checks
from pipeline.checks import penalty as penalty_checks
from pipeline.checks import queue as queue_checks
from pipeline.checks import rating as rating_checks
from pipeline.checks import reading_reminders as reminder_checks
from pipeline.checks import recalculation as recalculation_checks
from pipeline.checks import recalculation_advance as advance_checks
from pipeline.checks import recalculation_owners as owner_checks
from pipeline.checks import recalculation_registers as corrected_register_checks
from pipeline.checks import reports as report_checks
from pipeline.checks import speed as speed_checks
from pipeline.checks import substitution as substitution_checks
from pipeline.checks.room import checks_of

ROOMS: Final = (
    ingest, rating, metering, house_meters, ledger, recalculation, eligibility, penalty, debt, reading_reminders, queue,
    publish, reports, changes,
)
CHECKS: Final = (
    ingest_checks, rating_checks, metering_checks, ledger_checks, recalculation_checks, eligibility_checks, debt_checks,
    debt_court_checks, debt_instalment_checks, mandate_checks, penalty_checks, queue_checks, report_checks,
    change_checks, speed_checks, substitution_checks, actual_read_checks, corrected_register_checks, owner_checks,
    house_meter_checks, house_correction_checks, acceptance_checks, advance_checks, reminder_checks,
)
Hearer = Callable[[DagsterEvent], None]
_hearers: list[Hearer] = []


@contextmanager
def heard_by(hearer: Hearer) -> Iterator[None]:
    """Inside the block `hearer` gets every event of runs of this process that use the logger `quiet`."""
    _hearers.append(hearer)
    try:
        yield
    finally:
        _hearers.remove(hearer)


class _Hand(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        event = getattr(record, "dagster_meta", {}).get("dagster_event")
        if event is not None:
            for hearer in _hearers:
                hearer(event)


@dg.logger({}, description="Молчит: события хранятся в экземпляре Dagster, на экран выводит их сама команда.")
def quiet(_context: dg.InitLoggerContext) -> logging.Logger:
    """Prints nothing, hands events to the command line's progress."""
    logger = logging.Logger("raschet.quiet", level=logging.DEBUG)
    logger.addHandler(_Hand())
    return logger


@dg.definitions
def defs() -> dg.Definitions:
    """Everything that this code location offers."""
    return dg.Definitions(
        assets=[*dg.load_assets_from_modules(ROOMS), *feeds.feeds],
        asset_checks=[checks_of(room) for room in CHECKS],
        jobs=[jobs.month_job, jobs.close_month, jobs.what_if_job],
        schedules=[schedules.nightly],
        loggers={"console": dg.colored_console_logger, "quiet": quiet},
        executor=dg.in_process_executor,
    )
