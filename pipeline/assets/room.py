"""How every room's assets are declared: group, owner, kinds, column schema, rows and roubles, so that no file forgets.

Here: the decorators `room_assets` and `report_asset`. Not here: any calculation, any table of one room.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any, Final

import dagster as dg

from pipeline.contracts.meanings import audience, row
from pipeline.contracts.russian import ABOUT
from pipeline.contracts.table import Column, Kind, Table
from pipeline.month_context import run_of, told_in_log, without_values
from pipeline.partitions import months
from pipeline.rendering.column_words import described
from pipeline.storage.run import MonthRun

OWNER = "team:raschet"
PUBLISHED_MONTH: Final = "published_month"
REPORTS: Final = "reports"
RETRY = dg.RetryPolicy(max_retries=0)

#: Group names as an analyst reads them in the catalogue.
GROUPS = {
    "ingest": "ingest", "ledger": "ledger", "metering": "metering", "recalculation": "recalculation",
    "house_meters": "house_meters", "reminders": "metering", "eligibility": "eligibility",
    "penalty": "penalty", "debt": "debt", "queue": "queue", "rating": "rating", "publish": "publish",
}


@dataclass(frozen=True)
class Room:
    """One room as declared: what it computes and which tables it reads of its own month."""

    name: str
    tables: tuple[str, ...]
    after: tuple[str, ...]
    compute: Callable[[MonthRun], None]

    def computed(self, run: MonthRun) -> None:
        """All tables of the room, and which rule values it read."""
        self.compute(run)
        run.record_rules(self.name)


#: Every room of the imported modules: a what-if goes through them outside Dagster's graph.
DECLARED: Final[list[Room]] = []


def rooms_in_order() -> list[Room]:
    """The rooms of this package so that each comes after those whose tables it reads (a test may imitate a room)."""
    named = {room.name: room for room in DECLARED if room.compute.__module__.startswith(f"{__package__}.")}
    owner = {table: room.name for room in named.values() for table in room.tables}
    order = TopologicalSorter(
        {room.name: {owner[name] for name in room.after if name in owner} for room in named.values()}
    )
    return [named[name] for name in order.static_order()]


def room_assets(
    room: str, tables: Sequence[Table], *, after: Sequence[Table | str]
) -> Callable[[Callable[[MonthRun], None]], dg.AssetsDefinition]:
    """One multi-asset that computes the published `tables` of `room` after the tables it reads."""

    def declare(compute: Callable[[MonthRun], None]) -> dg.AssetsDefinition:
        read = (upstream if isinstance(upstream, str) else upstream.name for upstream in after)
        declared = Room(room, tuple(table.name for table in tables), tuple(read), compute)
        DECLARED.append(declared)

        @dg.multi_asset(
            name=room,
            specs=[asset_spec(room, table, after=after) for table in tables],
            partitions_def=months,
            retry_policy=RETRY,
        )
        def body(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[Any]]:
            with without_values(), told_in_log(context):
                run = run_of(context)
                declared.computed(run)
            for table in tables:
                yield dg.MaterializeResult(asset_key=table.name, metadata=delivered(run, table))

        return body

    return declare


def report_asset(
    name: str, figures: Table, *, kinds: set[str], about: str
) -> Callable[[Callable[..., dg.MaterializeResult[Any]]], dg.AssetsDefinition]:
    """One asset of what people read of a published month, with its `figures`; the month itself does not wait for it."""
    return dg.asset(
        name=name,
        deps=[PUBLISHED_MONTH],
        partitions_def=months,
        group_name=REPORTS,
        owners=[OWNER],
        kinds=kinds,
        tags={"room": REPORTS},
        retry_policy=RETRY,
        metadata={"dagster/column_schema": column_schema(figures)},
        description=about,
    )


def asset_spec(room: str, table: Table, *, after: Sequence[Table | str]) -> dg.AssetSpec:
    """The catalogue entry of one table."""
    return dg.AssetSpec(
        key=table.name,
        deps=[upstream if isinstance(upstream, str) else upstream.name for upstream in after],
        description=about(table),
        group_name=GROUPS[room],
        owners=[OWNER],
        kinds={"polars", "parquet"},
        tags={"room": room},
        metadata={"dagster/column_schema": column_schema(table)},
    )


def about(table: Table) -> str:
    """What the table is, what one row is, for whom."""
    return f"{ABOUT[table.name]}\n\nОдна строка: {row(table.name)}.\n\nКому: {audience(table.name)}."


def column_schema(table: Table) -> dg.TableSchema:
    """Columns with meaning, unit and type for the catalogue."""
    return dg.TableSchema([
        dg.TableColumn(
            name=column.name,
            type=typed(column),
            description=described(table, column),
            constraints=dg.TableColumnConstraints(
                nullable=column.is_nullable, unique=table.primary_key == (column.name,)
            ),
        )
        for column in table.columns
    ])


def typed(column: Column) -> str:
    """«Decimal(18, 2)» for «Decimal(precision=18, scale=2)»."""
    shown = str(column.outside_dtype)
    for parameter in ("precision=", "scale=", "time_unit=", "time_zone=", "'"):
        shown = shown.replace(parameter, "")
    return shown


def delivered(run: MonthRun, table: Table) -> dict[str, Any]:
    """Rows and rouble totals of a written table; no value of any row."""
    totals = run.totals(table)
    money = {
        f"total/{column.name}": f"{totals[column.name]:,.2f} ₽".replace(",", " ")
        for column in table.columns
        if column.kind is Kind.MONEY and totals.get(column.name) is not None
    }
    return {"dagster/partition_row_count": totals["rows"], **money}
