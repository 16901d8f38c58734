"""Rows of deliveries that were taken before, from their copies: of closed months, and refused ones as sent."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl

from pipeline.billing_month import MOSCOW
from pipeline.contracts.table import Table
from pipeline.storage.arrivals import stored
from pipeline.storage.book import Book
from pipeline.storage.delivery_files import empty_rows, outside_rows, taken
from pipeline.storage.landing import Delivery


def known_deliveries(book: Book, closed: pl.DataFrame, table: Table) -> list[Delivery]:
    """Deliveries of a table that closed months have read, from their copies."""
    read = closed.filter(pl.col("table_name") == table.name, pl.col("status_code") == "read")
    return [
        stored(book, table.name, delivery_id, None if dated_by == "rows" else _day_of(read, delivery_id))
        for delivery_id, dated_by in read.select("delivery_id", "dated_by_code").unique().sort("delivery_id").rows()
    ]


def known_rows(book: Book, closed: pl.DataFrame, table: Table, where: pl.Expr) -> pl.DataFrame:
    """Rows of a feed that closed months took in, of which `where` is true, in the inside shape with provenance.
    `closed` are the deliveries of those months; refused rows are the caller's to leave out."""
    found = [
        taken(delivery, where=where).rows for delivery in known_deliveries(book, closed, table) if _has(delivery, where)
    ]
    return pl.concat([empty_rows(table), *found])


def _has(delivery: Delivery, where: pl.Expr) -> bool:
    """Whether a delivery has such a row: mostly it has none, and then only the columns asked about are read."""
    # a condition of several parts names a column once for each
    names = list(dict.fromkeys(where.meta.root_names()))
    return bool(outside_rows(delivery, columns=names)[0].select(where.any()).item())


def originals(book: Book, refused: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Refused rows (delivery_id, row_number) as delivered."""
    frames = []
    for (delivery_id,), rows in refused.partition_by("delivery_id", as_dict=True, maintain_order=True).items():
        delivery = stored(book, table.name, str(delivery_id))
        where = pl.col("row_number").is_in(rows["row_number"].implode())
        frames.append(outside_rows(delivery, where=where)[0].with_columns(
            delivery_id=pl.lit(str(delivery_id))
        ))
    empty = pl.DataFrame(schema={"row_number": pl.Int64(), **table.outside_schema, "delivery_id": pl.String()})
    return pl.concat([empty, *frames])


def _day_of(read: pl.DataFrame, delivery_id: str) -> date:
    came: datetime = read.filter(pl.col("delivery_id") == delivery_id).select(pl.col("received_at").min()).item()
    return came.astimezone(MOSCOW).date()
