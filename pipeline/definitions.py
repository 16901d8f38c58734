"""Assembly of the code location: every asset and check that exists, the jobs, the night. Nothing is computed here.

Each room adds one module to `assets/` and one to `checks/`; the loaders below find the definitions in them.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import dagster as dg
from dagster import DagsterEvent

from pipeline import assets, checks, jobs, schedules

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
        assets=dg.load_assets_from_package_module(assets),
        asset_checks=dg.load_asset_checks_from_package_module(checks),
        jobs=[jobs.month_job, jobs.close_month],
        schedules=[schedules.nightly],
        loggers={"console": dg.colored_console_logger, "quiet": quiet},
        executor=dg.in_process_executor,
    )
