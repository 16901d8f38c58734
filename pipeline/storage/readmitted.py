"""Rows that a person has taken back from the quarantine of a closed month: they arrive again that day.

A document comes with those of its lines that fell with it. Rows of the open month need no second arrival: they are
judged every night anyway, with the decision at hand.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from pipeline.billing_month import MOSCOW, MOSCOW_NAME
from pipeline.contracts.billing import CHARGES
from pipeline.contracts.events import QUARANTINE_DECISIONS
from pipeline.contracts.ingest import QUARANTINE
from pipeline.domain.ingest.fates import SOUND
from pipeline.storage.arrivals import Arrivals, stored
from pipeline.storage.book import Book
from pipeline.storage.delivery_files import taken
from pipeline.storage.landing import LANDED
from pipeline.storage.state import State

FILES: Final = {
    "delivery_id": pl.String(), "table_name": pl.String(), "received_at": pl.Datetime("us", MOSCOW_NAME),
    "status_code": pl.String(), "dated_by_code": pl.String(), "files": pl.Int64(),
}
_ROW: Final = ("table_name", "delivery_id", "row_number")


def with_readmitted(book: Book, state: State, arrived: Arrivals) -> tuple[Arrivals, pl.DataFrame]:
    """The arrivals with re-admitted rows of closed months, and the deliveries that these come from."""
    wanted = _wanted(state, arrived)
    files = []
    groups = wanted.partition_by("table_name", "delivery_id", "received_at", as_dict=True, maintain_order=True)
    for (table_name, delivery_id, received_at), rows in groups.items():
        table = LANDED[str(table_name)]
        delivery = stored(book, table.name, str(delivery_id), received_at.astimezone(MOSCOW).date())
        where = pl.col("row_number").is_in(rows["row_number"].implode())
        arrived = arrived.with_rows(table, taken(delivery, where=where).rows)
        files.append((delivery_id, table_name, received_at, "readmitted", delivery.dated_by, 1))
    return arrived, pl.DataFrame(files, schema=FILES, orient="row")


def _wanted(state: State, arrived: Arrivals) -> pl.DataFrame:
    """Refused rows of closed months that a decision of this cycle takes back: key and day of the decision."""
    mine = [one.delivery_id for one in arrived.read if one.table is QUARANTINE_DECISIONS]
    decisions = arrived.of(QUARANTINE_DECISIONS).filter(
        pl.col("delivery_id").is_in(mine), pl.col("decision_code") == "readmit", SOUND,
        pl.col("table_name").is_in(list(LANDED)),
    )
    asked = decisions.select(
        "table_name", pl.col("refused_delivery_id").alias("delivery_id"),
        pl.col("refused_row_number").alias("row_number"), "received_at",
    ).sort("received_at").unique(list(_ROW), keep="first", maintain_order=True)
    if asked.is_empty():
        return asked
    refused = state.keyed(QUARANTINE, delivery_ids=asked["delivery_id"]).drop("received_at")
    taken_back = asked.join(refused.unique(list(_ROW)), on=list(_ROW))
    return pl.concat([taken_back.select(asked.columns), _lines_of(taken_back, state, asked.columns)]).unique(
        list(_ROW)
    ).sort(_ROW)


def _lines_of(taken_back: pl.DataFrame, state: State, columns: list[str]) -> pl.DataFrame:
    """Refused lines of the documents that are taken back, wherever they were delivered."""
    documents = taken_back.filter(pl.col("table_name") == "billing_documents").with_columns(_document()).select(
        "document_id", "received_at"
    )
    if documents.is_empty():
        return taken_back.select(columns).clear()
    accounts = taken_back["account_id"].drop_nulls().unique()
    lines = state.keyed(QUARANTINE, account_ids=accounts).filter(pl.col("table_name") == CHARGES.name)
    return lines.drop("received_at").with_columns(_document()).join(documents, on="document_id").select(columns)


def _document() -> pl.Expr:
    return pl.col("original_values").str.json_path_match("$.document_id").alias("document_id")
