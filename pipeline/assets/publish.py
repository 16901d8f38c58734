"""Publish room: the last asset of a month, after every table and every check. All tables appear at once or none.

Here: the asset `published_month`. Not here: how a version is written and flipped (`storage/publish.py`).
"""

from datetime import datetime, timedelta
from typing import Any, Final

import dagster as dg

from pipeline.assets.feeds import feeds_come
from pipeline.assets.room import OWNER, PUBLISHED_MONTH, RETRY
from pipeline.billing_month import MOSCOW, BillingMonth
from pipeline.contracts.catalogue import tables_of
from pipeline.contracts.table import Stage
from pipeline.month_context import run_of, without_values
from pipeline.partitions import months
from pipeline.storage.book import Book
from pipeline.storage.closing_gate import obstacles
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
    dg.TableColumn("run_month", "String", "Расчётный месяц: ключ папки run_month=…"),
    dg.TableColumn("run_id", "String", "Запуск, который рассчитал эту версию."),
    dg.TableColumn("as_of", "Date", "По какой день включительно посчитано поступившее."),
    dg.TableColumn("content_hash", "String", "Контрольная сумма содержания месяца: одинаковые данные дают одинаковую."),
])


@dg.asset(
    name=PUBLISHED_MONTH,
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
        return dg.MaterializeResult(metadata=described(version) | {"закрытие": may_be_closed(run.book, version.month)})


def may_be_closed(book: Book, month: BillingMonth) -> str:
    """What a person may do next: a night never closes a month."""
    standing = obstacles(book, month, datetime.now(MOSCOW).date() - timedelta(days=1))
    if not standing:
        return f"Месяц {month} можно закрыть: задание close_month."
    return f"Пока рано: {'; '.join(obstacle.text for obstacle in standing)}."


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
