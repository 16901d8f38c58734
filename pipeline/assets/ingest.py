"""Ingest: the run of a month begins, then all that arrived is judged and staged. Work: `pipeline.storage.staging`."""

from datetime import date, datetime, timedelta

import dagster as dg

from pipeline.assets.room import GROUPS, OWNER, RETRY, room_assets
from pipeline.billing_month import MOSCOW, BillingMonth
from pipeline.contracts.ingest import PUBLISHED
from pipeline.errors import RaschetError
from pipeline.month_context import book_of, root_run_id, without_values
from pipeline.partitions import months
from pipeline.storage.run import MonthRun
from pipeline.storage.staging import ingest_month

BEGINNING = "run_of_month"
COLUMNS = dg.TableSchema([
    dg.TableColumn("as_of", "Date", "last day of arrivals that counts"),
    dg.TableColumn("state_month", "String", "closed month from which this one starts"),
])


class AsOf(dg.Config):
    """Up to which day arrivals count, as YYYY-MM-DD; yesterday in Moscow when it is not said."""

    as_of: str | None = None


@dg.asset(
    name=BEGINNING,
    partitions_def=months,
    group_name=GROUPS["ingest"],
    owners=[OWNER],
    kinds={"parquet"},
    tags={"room": "ingest"},
    retry_policy=RETRY,
    metadata={"dagster/column_schema": COLUMNS},
    description=(
        "The run of a month begins: the month before is closed, this one is not, the book is locked, the work folder "
        "is empty. Everything after it works for this run only."
    ),
)
def run_of_month(context: dg.AssetExecutionContext, config: AsOf) -> dg.MaterializeResult:
    """Pass the state gate and start a clean work folder."""
    with without_values():
        as_of = _day(config.as_of)
        book = book_of(context)
        run = MonthRun.begin(book, BillingMonth.parse(context.partition_key), root_run_id(context), as_of)
    return dg.MaterializeResult(metadata={"as_of": as_of.isoformat(), "state_month": str(run.state.month)})


@room_assets("ingest", PUBLISHED, after=[BEGINNING])
def ingest_tables(run: MonthRun) -> None:
    """Every delivery of the cycle: its rows accepted, repeated, superseded, suspended or quarantined."""
    ingest_month(run)


def _day(written: str | None) -> date:
    if written is None:
        return datetime.now(MOSCOW).date() - timedelta(days=1)
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise BadAsOf(f"Дата «{written}» не читается", "Укажите as_of как ГГГГ-ММ-ДД") from None


class BadAsOf(RaschetError):
    """The launch names a day that cannot be read."""
