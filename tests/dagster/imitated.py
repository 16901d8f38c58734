"""A month without rooms: every table published empty, one check that a test can make fail. For tests of assembly."""

import sys

import dagster as dg

from pipeline.assets.publish import published_month
from pipeline.assets.room import room_assets
from pipeline.billing_month import BillingMonth
from pipeline.checks.room import DECLARED, Finding, checks_of, room_check
from pipeline.contracts.catalogue import tables_of
from pipeline.contracts.ledger import ADVANCES, OPEN_ITEMS
from pipeline.contracts.table import Stage
from pipeline.definitions import quiet
from pipeline.jobs import close_month, month_job
from pipeline.month_context import book_of, root_run_id
from pipeline.partitions import months
from pipeline.storage.run import MonthRun

BROKEN = "broken"
ODD = "odd"
CRASHING = "crashing"
WRECKED = "wrecked"
NAME = "Иванова Ольга Петровна"


class AsOf(dg.Config):
    as_of: str


@dg.asset(partitions_def=months)
def run_of_month(context: dg.AssetExecutionContext, config: AsOf) -> None:
    from datetime import date

    month = BillingMonth.parse(context.partition_key)
    MonthRun.begin(book_of(context), month, root_run_id(context), date.fromisoformat(config.as_of))


@room_assets("ledger", tables_of(Stage.PUBLISHED), after=["run_of_month"])
def every_table(run: MonthRun) -> None:
    if (run.book.root / CRASHING).exists():
        raise ValueError(NAME)
    for table in tables_of(Stage.PUBLISHED):
        run.write(table, "part-000", table.empty_inside())


before = len(DECLARED)


@room_check(OPEN_ITEMS, blocking=True)
def nothing_is_wrecked(run: MonthRun) -> Finding:
    """Проверка, которая может не выполниться."""
    if (run.book.root / WRECKED).exists():
        raise ValueError(NAME)
    return Finding(True, "Всё цело")


@room_check(OPEN_ITEMS, blocking=True)
def sums_agree(run: MonthRun) -> Finding:
    """Суммы сходятся."""
    is_broken = (run.book.root / BROKEN).exists()
    return Finding(not is_broken, "Суммы сходятся", expected=10, found=7, difference=3, direction="не хватает",
                   sample_ids=["a1", "a2"])


@room_check(ADVANCES, blocking=False)
def nothing_is_odd(run: MonthRun) -> Finding:
    """Ничего необычного."""
    return Finding(not (run.book.root / ODD).exists(), "Необычно много авансов")


imitated_checks = checks_of(sys.modules[__name__])
# the audit of a real month must not meet these
del DECLARED[before:]

imitated = dg.Definitions(
    assets=[run_of_month, every_table, published_month],
    asset_checks=[imitated_checks],
    jobs=[month_job],
    executor=dg.in_process_executor,
)

with_closing = dg.Definitions(
    assets=imitated.assets, asset_checks=imitated.asset_checks, jobs=[month_job, close_month],
    loggers={"console": dg.colored_console_logger, "quiet": quiet}, executor=dg.in_process_executor,
)
