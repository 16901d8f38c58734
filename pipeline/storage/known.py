"""What closed months know about the ids that arrived now: rows of feeds from the copies of their deliveries, money from
the published tables. Only by key, and only some months back: the cost does not grow with the age of the book.

Here: for all accounts at once, and for the small tables. Not here: the same for a book in parts (`seen_before.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import polars as pl

from pipeline.billing_month import BillingMonth, start_of_day
from pipeline.contracts import billing, events, ingest, ledger, metering, payments
from pipeline.contracts.house_meters import HOUSE_METER_READINGS
from pipeline.contracts.table import Table
from pipeline.domain.ingest.money_in import KnownMoney
from pipeline.domain.ingest.month import Before
from pipeline.storage.arrivals import Arrivals, accounts_seen
from pipeline.storage.book import Book
from pipeline.storage.delivery_files import empty_rows
from pipeline.storage.state import State
from pipeline.storage.stored_rows import known_rows

PLAIN: Final = (
    payments.BANK_STATEMENTS, payments.PAYMENT_IDENTIFICATIONS, payments.REMITTANCES, HOUSE_METER_READINGS
)
_ROW: Final = ("table_name", "delivery_id", "row_number")


def before(book: Book, state: State, arrived: Arrivals, *, months: int) -> Before:
    """Everything ingest asks of closed months, all accounts at once; ids are remembered for so many of them."""
    back = state.months_back(months)
    closed = state.keyed(ingest.DELIVERIES, back)
    refused = refused_rows(state, back, arrived)

    def known(table: Table, where: pl.Expr) -> pl.DataFrame:
        return standing(known_rows(book, closed, table, where), table, refused)

    documents = arrived.of(billing.BILLING_DOCUMENTS)
    came_again = pl.col("document_id").is_in(documents["document_id"].drop_nulls().unique().implode())
    billed = [*documents["billing_month"].drop_nulls().unique(), arrived.cycle.month.first_day]
    billed_now = pl.col("billing_month").is_in(billed)
    is_replaced = pl.col("document_id").is_in(documents["supersedes_document_id"].drop_nulls().unique().implode())
    rows = {"billing_documents": known(billing.BILLING_DOCUMENTS, came_again | is_replaced | billed_now)}
    again = documents.join(rows["billing_documents"], on="document_id", how="semi")["document_id"]
    rows["charges"] = (
        known(billing.CHARGES, pl.col("document_id").is_in(again.implode())) if again.len()
        else empty_rows(billing.CHARGES)
    )
    rows |= plain_before(book, closed, arrived, refused, (*PLAIN, metering.METER_READINGS))
    came, reversals = arrived.of(payments.PAYMENTS), arrived.of(payments.PAYMENT_REVERSALS)
    suspended = state.read(ledger.SUSPENDED_PAYMENTS)
    ids = ids_of(came["payment_id"], reversals["payment_id"], suspended["payment_id"])
    posted = pl.concat([
        state.keyed(ledger.POSTED_PAYMENTS, back, payment_ids=ids),
        state.keyed(ledger.POSTED_PAYMENTS, back, registry_ids=ids_of(arrived.of(payments.REGISTRIES)["registry_id"])),
    ])
    return Before(state.read(ingest.ACCOUNT_INDEX), accounts_seen(arrived.snapshots), rows,
                  known_money(state, back, arrived, posted))


def plain_before(
    book: Book, closed: pl.DataFrame, arrived: Arrivals, refused: pl.DataFrame, tables: Iterable[Table] = PLAIN
) -> dict[str, pl.DataFrame]:
    """Accepted rows of closed months whose id came again, of tables whose rows are judged one by one."""
    found = {}
    for table in tables:
        key = table.primary_key[0]
        is_again = pl.col(key).is_in(arrived.of(table)[key].drop_nulls().unique().implode())
        found[table.name] = standing(known_rows(book, closed, table, is_again), table, refused)
    return found


def standing(rows: pl.DataFrame, table: Table, refused: pl.DataFrame) -> pl.DataFrame:
    """Rows of closed months that these did not refuse."""
    mine = refused.filter(pl.col("table_name") == table.name)
    return rows.join(mine, on=["delivery_id", "row_number"], how="anti")


def known_money(state: State, back: list[BillingMonth], arrived: Arrivals, posted: pl.DataFrame) -> KnownMoney:
    """What is known of money, with the payments that closed months have `posted` under ids of the cycle."""
    posted = posted.unique().sort("payment_id", "posted_at")
    reversals = arrived.of(payments.PAYMENT_REVERSALS)
    reversed_before = pl.concat([
        state.keyed(ingest.POSTED_REVERSALS, back, payment_ids=ids_of(posted["payment_id"])),
        state.keyed(ingest.POSTED_REVERSALS, back, reversal_ids=ids_of(reversals["reversal_id"])),
    ]).unique().sort("reversal_id")
    return KnownMoney(
        posted, reversed_before, state.read(ledger.SUSPENDED_PAYMENTS), state.read(ingest.KNOWN_REGISTRIES)
    )


def refused_rows(state: State, back: list[BillingMonth], arrived: Arrivals) -> pl.DataFrame:
    """Rows that closed months refused and no later month took in: refused once more than they were re-admitted.

    A line that only fell with its document is left to the document.
    """
    refused = state.keyed(ingest.QUARANTINE, back, columns=[*_ROW, "rule_ids"])
    alone = refused.filter(
        (pl.col("table_name") != billing.CHARGES.name) | (pl.col("rule_ids").list.join(",") != "document_rejected")
    )
    decisions = arrived.of(events.QUARANTINE_DECISIONS).filter(
        pl.col("decision_code") == "readmit", pl.col("received_at") < start_of_day(arrived.cycle.issue_on)
    )
    readmitted = decisions.group_by(
        "table_name", pl.col("refused_delivery_id").alias("delivery_id"),
        pl.col("refused_row_number").alias("row_number"),
    ).agg(_readmitted=pl.len())
    counted = alone.group_by(_ROW).agg(_refused=pl.len()).join(readmitted, on=list(_ROW), how="left")
    return counted.filter(pl.col("_refused") > pl.col("_readmitted").fill_null(0)).select(_ROW)


def ids_of(*columns: pl.Series) -> pl.Series:
    """All ids of some columns, each once."""
    return pl.concat([column.rename("id") for column in columns]).drop_nulls().unique()
