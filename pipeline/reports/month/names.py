"""Names of creditors and services from the registers that a month was computed from, instead of their codes.

A register is read from its copy by content, found by the month's own table `deliveries`: the same version gives the
same names for ever. A code without a row is shown as it is. No personal register is ever opened here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import polars as pl

from pipeline.contracts.events import QUARANTINE_DECISIONS
from pipeline.contracts.registers import CHANNELS, CREDITORS, SERVICE_CONTRACTS, SERVICES
from pipeline.contracts.table import Table
from pipeline.rendering.russian import NOTHING
from pipeline.reports.published import PublishedMonth
from pipeline.storage.arrivals import input_path
from pipeline.storage.book import Book
from pipeline.storage.files import scan_as

_DECISIONS = "SELECT DISTINCT delivery_id FROM ({deliveries}) WHERE table_name = $table ORDER BY delivery_id"
_NEWEST = """
    SELECT delivery_id FROM deliveries
    WHERE table_name = $table AND received_at = (SELECT max(received_at) FROM deliveries WHERE table_name = $table)
    ORDER BY delivery_id
"""


@dataclass(frozen=True)
class Names:
    """Names by code; services and channels with what the report groups by."""

    creditors: dict[str, str]
    services: dict[str, str]
    own_online: frozenset[str]

    @classmethod
    def of(cls, book: Book, month: PublishedMonth) -> Self:
        """Names as of the month; also makes the view `house_of_contract` (contract_id, house_id) for SQL."""
        creditors = _register(book, month, CREDITORS, ["creditor_id", "name"])
        services = _register(book, month, SERVICES, ["service_code", "name"])
        channels = _register(book, month, CHANNELS, ["channel_code", "is_own_online"])
        month.execute(_houses(_files(book, month, SERVICE_CONTRACTS)))
        return cls(
            dict(creditors.iter_rows()), dict(services.iter_rows()),
            frozenset(channels.filter("is_own_online")["channel_code"].to_list()),
        )

    def creditor(self, code: str | None) -> str:
        return NOTHING if code is None else self.creditors.get(code, code)

    def service(self, code: str | None) -> str:
        return NOTHING if code is None else self.services.get(code, code)


def _register(book: Book, month: PublishedMonth, table: Table, columns: list[str]) -> pl.DataFrame:
    schema = {name: table[name].outside_dtype for name in columns}
    files = _files(book, month, table)
    if not files:
        return pl.DataFrame(schema=schema)
    return scan_as(files, schema).select(columns).collect().drop_nulls(columns[0]).sort(columns[0])


def decided_rows(book: Book, month: PublishedMonth, schemas: Sequence[str]) -> str:
    """SQL of the refused rows (table_name, delivery_id, row_number) that a person has decided, up to `$cut`."""
    deliveries = " UNION ALL ".join(f"SELECT delivery_id, table_name FROM {schema}.deliveries" for schema in schemas)
    found = month.rows(_DECISIONS.format(deliveries=deliveries), table=QUARANTINE_DECISIONS.name)
    rows = _from(_copies(book, QUARANTINE_DECISIONS, found), QUARANTINE_DECISIONS)
    return (
        "SELECT table_name, refused_delivery_id AS delivery_id, refused_row_number::BIGINT AS row_number "
        f"FROM {rows} WHERE registered_at <= $cut"
    )


def _files(book: Book, month: PublishedMonth, table: Table) -> list[Path]:
    """Copies of the register's snapshot that the month was computed from."""
    return _copies(book, table, month.rows(_NEWEST, table=table.name))


def _copies(book: Book, table: Table, deliveries: list[dict[str, Any]]) -> list[Path]:
    ids = [row["delivery_id"] for row in deliveries]
    return [file for delivery_id in ids if (file := input_path(book, table, delivery_id)).is_file()]


def _from(files: list[Path], table: Table) -> str:
    """What to select from: the files, or no row of the table's columns."""
    if not files:
        return f"(SELECT {', '.join(f'NULL AS {name}' for name in table.names)} WHERE FALSE)"
    names = ", ".join("'" + str(file).replace("'", "''") + "'" for file in files)
    return f"read_parquet([{names}], union_by_name = true, hive_partitioning = false)"


def _houses(files: list[Path]) -> str:
    return (
        "CREATE VIEW house_of_contract AS SELECT contract_id, min(house_id) AS house_id "
        f"FROM {_from(files, SERVICE_CONTRACTS)} WHERE contract_id IS NOT NULL GROUP BY contract_id"
    )
