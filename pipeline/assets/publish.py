"""Publish room: the last asset of a month, after every table and every check. All tables appear at once or none.

Here: the asset `published_month`. Not here: how a version is written and flipped (`storage/publish.py`).
"""

from datetime import timedelta
from typing import Any, Final

import dagster as dg

from pipeline.assets.feeds import feeds_come
from pipeline.assets.room import OWNER, RETRY
from pipeline.contracts.catalogue import tables_of
from pipeline.contracts.table import Stage
from pipeline.month_context import run_of, without_values
from pipeline.partitions import months
from pipeline.storage.manifest import Version
from pipeline.storage.publish import publish

BEGINNING: Final = "run_of_month"
TABLES: Final = [table.name for table in tables_of(Stage.PUBLISHED)]

#: A night runs at 03:00: a day and a half without a new version means that a night has failed or was skipped.
FRESHNESS: Final = dg.FreshnessPolicy.time_window(
    fail_window=timedelta(hours=36), warn_window=timedelta(hours=27)
)

#: What a manifest says of a month, as columns of one row: the catalogue asks every asset for its columns.
COLUMNS: Final = dg.TableSchema([
    dg.TableColumn("run_month", "String", "billing month, the hive key of the folder"),
    dg.TableColumn("run_id", "String", "root run that computed the version"),
    dg.TableColumn("as_of", "Date", "last day of arrivals that counts"),
    dg.TableColumn("content_hash", "String", "SHA-256 of what the month says"),
])


@dg.asset(
    name="published_month",
    deps=[BEGINNING, *TABLES],
    partitions_def=months,
    group_name="publish",
    owners=[OWNER],
    kinds={"parquet"},
    tags={"room": "publish"},
    freshness_policy=FRESHNESS,
    retry_policy=RETRY,
    metadata={"dagster/column_schema": COLUMNS},
    description=(
        "Опубликованный месяц: все таблицы разом, одной ссылкой `published/run_month=…`, и только после всех "
        "обязательных проверок. До этого читатели видят прежнюю версию."
    ),
)
def published_month(context: dg.AssetExecutionContext) -> dg.MaterializeResult[Any]:
    """Move the work folder to its version, write the manifest, flip the link."""
    with without_values():
        run = run_of(context)
        version = publish(run)
        for came in feeds_come(run, context.instance):
            context.log_event(came)
        return dg.MaterializeResult(metadata=described(version))


def described(version: Version) -> dict[str, Any]:
    """Which version it is and how much it holds; no value of any row."""
    rows = {f"rows/{table}": version.rows(table) for table in TABLES}
    return {
        "dagster/partition_row_count": sum(rows.values()),
        "as_of": version.as_of.isoformat(),
        "run_id": version.run_id,
        "content_hash": version.content_hash,
        "deliveries": len(version.deliveries),
        **rows,
    }
